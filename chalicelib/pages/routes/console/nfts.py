"""`/console/nfts`: search for NFTs, show one, and apply interactions by hand."""

import re
from typing import Any

from chalice.app import Response

from chalicelib.core.errors import BadRequest, NotFound
from chalicelib.core.http.parse import validated
from chalicelib.core.http.request import target_of
from chalicelib.core.numbers import read_whole
from chalicelib.gardenlab.domain import LARGEST_TOKEN_ID
from chalicelib.gardenlab.errors import ResourceNotFound
from chalicelib.gardenlab.models import MINTING, TokenRow
from chalicelib.gardenlab.schemas import NewAction, NftQuery, NftRead, nft_url
from chalicelib.gardenlab.service import actions, collections, lists, search
from chalicelib.gardenlab.service.costs import transaction_cost
from chalicelib.gardenlab.service.history import Scanned, history, why_mint_waits
from chalicelib.gardenlab.service.holders import moves_of
from chalicelib.idempotency.service import KeyReused, guard_for, run_once
from chalicelib.pages.routes.console.calls import ConsoleCall, address, form, fragment, page
from chalicelib.pages.routes.console.forms import EMPTY, Form
from chalicelib.pages.routes.console.gardenlab import (
    STATES,
    Choices,
    collections_of,
    first_category_of,
    interactions_of,
    xp_of,
)
from chalicelib.pages.service.console import key_of
from chalicelib.pages.service.views import lock_of, scan_view
from chalicelib.partners.service import key_names

NFTS = "/console/nfts"
ONE = "/console/collections/{id}/nfts/{item}"
APPLY = "/console/apply"
_PAGE = 25
_NFT_PAGE = re.compile(r"/nft/(0[xX][0-9a-fA-F]{40})/([0-9]{1,78})")


@page(NFTS, "nfts")
def search_nfts(call: ConsoleCall) -> Response:
    """Finds NFTs by e-mail, uid or token id; without a search text, lists a collection's newest."""
    text = call.query.get("q", "").strip()
    found = _scanned(call, text) if text else None
    if found is not None:
        return call.redirect(address("collections", found.contract_id, "nfts", found.token_id))
    choices = collections_of(call.origin)
    chosen = call.query.get("collection") or None
    rows, older = [], None
    if text:
        rows = search.find_nfts(call.origin, text, contract_id=chosen)
    elif choices:
        row = next((row for row in choices if row.contract_id == chosen), choices[0])
        below = call.query.get("below", "")
        rows, next_below = search.newest_nfts(row, below=int(below) if _is_id(below) else None, limit=_PAGE)
        chosen = row.contract_id
        older = address("nfts", collection=chosen, below=next_below) if next_below is not None else None
    return call.show(
        "nfts.html",
        q=text,
        collections=choices,
        chosen=chosen,
        nfts=[{"row": row, "xp": xp_of(row), "state": STATES[row.status]} for row in rows],
        older=older,
        category=first_category_of(call.origin, chosen) if chosen and not (rows or text) else None,
    )


@fragment(ONE + "/live", "nfts", "nft_state.html")
def _state(call: ConsoleCall, id: str, item: str) -> dict[str, Any]:
    """An NFT with its scans, moves and transactions."""
    token = _token(call, id, item)
    below = call.query.get("below", "")
    found = history(token, below=int(below) if _is_id(below) else None, limit=_PAGE)
    older = None
    if found.below is not None:
        older = address("collections", token.contract_id, "nfts", token.token_id, below=found.below)
    scans = [_scan(each, token.chain) for each in found.scans]
    actors = [token.announced_by, *(scan["actor"] for scan in scans)]
    return {
        "nft": NftRead.model_validate(token),
        "token": token,
        "lock": lock_of(token, collections.find(call.origin, token.contract_id)),
        "state": STATES[token.status],
        "waits_for": why_mint_waits(token),
        "scans": scans,
        "key_names": key_names(call.origin) if any(key_of(actor) for actor in actors) else {},
        "mint": found.mint,
        "mint_cost": transaction_cost(token.chain, found.mint),
        "moves": moves_of(token),
        "older": older,
        "is_first": not below,
        "is_moving": token.status == MINTING or any(scan["is_waiting"] for scan in scans),
        "page_url": nft_url(token.place, token.token_id),
    }


@page(ONE, "nfts")
def show_nft(call: ConsoleCall, id: str, item: str, fields: Form = EMPTY) -> Response:
    """Shows an NFT with its scans and transactions."""
    interactions = interactions_of(call.origin, id)
    return call.show("nft.html", form=fields, interactions=interactions, **_state(call, id, item))


@form(ONE + "/interactions", "nfts", refused=show_nft)
def apply_interaction(call: ConsoleCall, fields: Form, id: str, item: str) -> Response:
    """Applies an interaction to an NFT."""
    _apply(call, _token(call, id, item), fields)
    return call.done(address("collections", id, "nfts", item), "applied")


@page(APPLY, "nfts")
def show_apply(call: ConsoleCall, fields: Form = EMPTY, *, result: dict[str, Any] | None = None) -> Response:
    """Shows the form for staff at an entrance: a scanned NFT code and the interaction to apply."""
    choices = collections_of(call.origin)
    names = [row.contract_id for row in choices]
    wanted = fields.text("collection") or call.query.get("collection", "")
    if "action_id" not in fields and "action" in call.query:
        fields = Form({**fields, "action_id": call.query["action"]})
    chosen = wanted if wanted in names else names[0] if names else None
    interactions = interactions_of(call.origin, chosen) if chosen else Choices([], False)
    return call.show(
        "apply.html",
        headers={"Permissions-Policy": "camera=(self), geolocation=(), microphone=()"},
        collections=choices,
        chosen=chosen,
        interactions=interactions,
        form=fields,
        result=result,
    )


@form(APPLY, "nfts", refused=show_apply)
def apply_by_code(call: ConsoleCall, fields: Form) -> Response:
    """Applies the chosen interaction to the scanned NFT, and shows the form again."""
    contract_id = fields.text("collection")
    token = _scanned(call, fields.text("code")) or _typed(call, contract_id, fields.text("code"))
    if token.contract_id != contract_id:
        raise BadRequest(f"code: is an NFT of the collection {token.contract_id}; choose that one", param="code")
    _apply(call, token, fields)
    after = _token(call, token.contract_id, token.token_id)
    kept = Form({name: fields.text(name) for name in ("collection", "action_id")})
    result = {"row": after, "xp": xp_of(after), "gained": xp_of(after) - xp_of(token), "before": token}
    return show_apply(call, kept, result=result)


def _scan(each: Scanned, chain: str) -> dict[str, Any]:
    return {
        "number": each.number,
        "transaction": each.transaction,
        "cost": transaction_cost(chain, each.transaction),
        "is_waiting": each.is_waiting and each.transaction is None,
        **scan_view(each.scan),
    }


def _apply(call: ConsoleCall, token: TokenRow, fields: Form) -> None:
    """Applies the interaction once, even if the form is sent repeatedly."""
    value = {
        "origin": call.origin,
        "contract_id": token.contract_id,
        "action_id": fields.text("action_id"),
        "guest": {"uid": token.uid, "email": token.email},
        "token_id": token.token_id,
        "xpIncrement": fields.number("xpIncrement"),
    }
    if not value["action_id"]:
        raise BadRequest("action_id: choose an interaction", param="action_id")
    body = fields.validated(NewAction, value)
    nonce = fields.text("nonce") or None
    guard = guard_for(
        nonce,
        partner=call.origin,
        route="console/apply",
        target=target_of(call.request),
        body=body.model_dump_json().encode(),
    )
    try:
        run_once(guard, lambda sealed: actions.new_action(call.origin, body, sealed))
    except KeyReused as error:
        raise BadRequest("This form was sent before for something else; load the page again.") from error


def _token(call: ConsoleCall, contract_id: str, token_id: str) -> TokenRow:
    if not _is_id(token_id):
        raise NotFound("There is no such NFT.")
    query = validated(NftQuery, {"origin": call.origin, "contract_id": contract_id, "tokenId": token_id})
    return lists.get_nft(call.origin, query)


def _scanned(call: ConsoleCall, text: str) -> TokenRow | None:
    """The partner's NFT whose public page has this address; None for any other text."""
    match = _NFT_PAGE.search(text)
    if match is None or not _is_id(match[2]):
        return None
    try:
        collection = collections.resolve(call.origin, contract_id=None, contract=match[1])
    except ResourceNotFound as error:
        raise BadRequest("code: is an NFT of another partner", param="code") from error
    return _token(call, collection.contract_id, match[2])


def _typed(call: ConsoleCall, contract_id: str, text: str) -> TokenRow:
    if not _is_id(text):
        raise BadRequest("code: must be the address of an NFT's page, or its number", param="code")
    return _token(call, contract_id, text)


def _is_id(text: str) -> bool:
    return read_whole(text, least=0, most=LARGEST_TOKEN_ID) is not None
