"""`/claim/{contract}/{token}`: a holder claims an NFT for a connected wallet or for an address."""

from typing import Any
from urllib.parse import urlsplit

from chalice.app import Blueprint, Request, Response

from chalicelib.chain.addresses import ZERO_ADDRESS, InvalidAddress, checksum_address
from chalicelib.chain.rpc_errors import RpcError
from chalicelib.core.emails import canonical_email
from chalicelib.core.errors import BadRequest, Unauthorized, Unavailable
from chalicelib.core.html.policy import page_headers
from chalicelib.core.html.rendering import public_path
from chalicelib.core.settings import settings
from chalicelib.core.transactions import Addition, add_nothing
from chalicelib.gardenlab.models import MINT_FAILED, RESERVED, TokenRow
from chalicelib.gardenlab.schemas import MintToken
from chalicelib.gardenlab.service import mints, token_ids
from chalicelib.gardenlab.service.holders import Nft
from chalicelib.idempotency.service import Guard
from chalicelib.pages.routes.holder import (
    HOME,
    holder_form,
    holder_message,
    holder_of,
    nft_of,
    parse_nft_path,
    raise_no_such_nft,
    redirect_to_sign_in,
)
from chalicelib.pages.routes.visits import own_host, page, see_other
from chalicelib.pages.service import wallet_proofs
from chalicelib.pages.service.sessions import Visit
from chalicelib.pages.service.views import nft_view

NFT = HOME + "/{contract}/{token}"

routes = Blueprint(__name__)


@routes.route(NFT, methods=["GET"])
def show_nft(contract: str, token: str) -> Response:
    """Shows an NFT that is reserved to the signed-in holder, and how to claim it."""
    visit, email = holder_of(routes.current_request)
    if email is None:
        return redirect_to_sign_in(visit, _path(contract, token))
    return _page(visit, email, _require_holder(nft_of(contract, token), email))


@routes.route(NFT + "/state", methods=["GET"])
def show_state(contract: str, token: str) -> Response:
    """Shows the state of the claim: a fragment that the page reloads until the claim has ended."""
    visit, email = holder_of(routes.current_request)
    if email is None:
        raise Unauthorized("Please sign in again.")
    nft = _require_holder(nft_of(contract, token), email)
    return page(visit, "claim_state.html", **_nft_values(nft))


@routes.route(NFT + "/address", methods=["POST"])
def check_address(contract: str, token: str) -> Response:
    """Shows the parsed address and asks the holder to confirm it."""
    visit, email, form = holder_form(routes.current_request)
    if email is None:
        return redirect_to_sign_in(visit, _path(contract, token))
    nft = _require_holder(nft_of(contract, token), email)
    given = form.get("address", "").strip()
    try:
        address = _wallet(given)
    except BadRequest as error:
        return _page(visit, email, nft, status=400, given=given[:100], address_problem=error.message)
    unchecked = given[2:] in (given[2:].lower(), given[2:].upper())
    view = nft_view(nft.token, nft.collection)
    return page(visit, "claim_confirm.html", email=email, nft=view, address=address, unchecked=unchecked)


@routes.route(NFT + "/mint", methods=["POST"])
def claim_for_address(contract: str, token: str) -> Response:
    """Claims the NFT for the confirmed address."""
    visit, email, form = holder_form(routes.current_request)
    if email is None:
        return redirect_to_sign_in(visit, _path(contract, token))
    nft = _require_holder(nft_of(contract, token), email)
    return _claim(visit, email, nft, _wallet(form.get("address", "")))


@routes.route(NFT + "/message", methods=["POST"])
def give_message(contract: str, token: str) -> Response:
    """Answers the text that a connected wallet must sign."""
    request = routes.current_request
    visit, email, form = holder_form(request)
    if email is None:
        raise Unauthorized("Please sign in again.")
    nft = _require_holder(nft_of(contract, token), email)
    address = _wallet(form.get("address", ""))
    try:
        text = wallet_proofs.message_for(visit, nft.token, address, **_sign_in_site(request, nft.token))
    except (RpcError, LookupError) as error:
        raise _chain_unavailable() from error
    return Response(text, status_code=200, headers={**page_headers(), "Content-Type": "text/plain; charset=utf-8"})


@routes.route(NFT + "/signed", methods=["POST"])
def claim_for_wallet(contract: str, token: str) -> Response:
    """Claims the NFT for the wallet that signed the text."""
    request = routes.current_request
    visit, email, form = holder_form(request)
    if email is None:
        return redirect_to_sign_in(visit, _path(contract, token))
    nft = _require_holder(nft_of(contract, token), email)
    try:
        proof = wallet_proofs.read_proof(
            visit, nft.token, form.get("message", ""), form.get("signature", ""), **_sign_in_site(request, nft.token)
        )
        return _claim(visit, email, nft, proof.address, along=proof.add_use)
    except wallet_proofs.ProofRefused as error:
        return _page(visit, email, nft, status=400, problem=str(error))
    except (RpcError, LookupError) as error:
        raise _chain_unavailable() from error


def _path(contract: str, token: str) -> str:
    address, token_id = parse_nft_path(contract, token)
    return f"{HOME}/{address}/{token_id}"


def _require_holder(nft: Nft, email: str) -> Nft:
    if nft.token.mailbox != canonical_email(email):
        raise_no_such_nft()
    return nft


def _claim(visit: Visit, email: str, nft: Nft, address: str, *, along: Addition = add_nothing) -> Response:
    token = nft.token
    body = MintToken(
        origin=token.origin,
        contract_id=token.contract_id,
        email=token.email,
        uid=token.uid,
        user_addr=address,
        token_id=token.token_id,
    )
    try:
        mints.mint(token.origin, body, Guard(None, along=along))
    except BadRequest as error:
        now_so = _require_holder(nft_of(token.place, token.token_id), email)
        return _page(visit, email, now_so, status=400, problem=holder_message(error))
    return see_other(visit, f"{HOME}/{token.place}/{token.token_id}")


def _page(
    visit: Visit,
    email: str,
    nft: Nft,
    *,
    status: int = 200,
    given: str = "",
    problem: str | None = None,
    address_problem: str | None = None,
) -> Response:
    facts = {**_nft_values(nft), "given": given, "problem": problem, "address_problem": address_problem}
    return page(visit, "claim_nft.html", status=status, email=email, headers=page_headers(images=True), **facts)


def _nft_values(nft: Nft) -> dict[str, Any]:
    token, is_stuck = nft.token, token_ids.is_stuck(nft.token, nft.collection)
    return {
        "nft": nft_view(token, nft.collection),
        "stage": token.status,
        "claimable": token.status in (RESERVED, MINT_FAILED) and not is_stuck,
        "is_stuck": is_stuck,
        "address": token.owner or token.user_addr,
        "transaction": None if nft.mint is None else (nft.mint.tx_hash, nft.mint.transaction_url),
    }


def _wallet(text: str) -> str:
    try:
        address = checksum_address(text.strip())
    except InvalidAddress as error:
        raise BadRequest(f"That does not look right: {error}.") from error
    if address == ZERO_ADDRESS:
        raise BadRequest("That address is nobody's: what is sent there is lost.")
    return address


def _sign_in_site(request: Request, token: TokenRow) -> dict[str, str]:
    """The host and URI in the message that the wallet signs."""
    host, scheme = own_host(request), urlsplit(settings().public_url).scheme
    path = public_path(f"{HOME}/{token.place}/{token.token_id}")
    return {"host": host, "uri": f"{scheme}://{host}{path}"}


def _chain_unavailable() -> Unavailable:
    return Unavailable("The chain does not answer just now. Please try again in a few minutes.")
