"""Mints an NFT for an address: the job is queued in the transaction, and the call returns at once."""

from decimal import Decimal
from itertools import count
from typing import Any

from chalicelib.chain.metadata import metadata_document
from chalicelib.chain.service import outbox as chain
from chalicelib.core.errors import BadRequest
from chalicelib.core.retrying import RowChanged, until_unchanged
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab.domain import MICRO
from chalicelib.gardenlab.errors import MiscError
from chalicelib.gardenlab.models import MINT_FAILED, MINTING, RESERVED, CollectionRow, TokenRow
from chalicelib.gardenlab.repository import tokens as repository
from chalicelib.gardenlab.schemas import MintRead, MintToken, chosen_token, nft_url
from chalicelib.gardenlab.service import guests, token_ids
from chalicelib.gardenlab.service.actions import token_reference
from chalicelib.gardenlab.service.collections import resolve
from chalicelib.idempotency.service import Guard
from chalicelib.partners.audits import audit

_WAITING = (RESERVED, MINT_FAILED)
_AUDITED = ("status", "user_addr", "token_id")


def mint(origin: str, body: MintToken, guard: Guard) -> dict[str, Any]:
    """Sets the guest's NFT to *minting* and queues its job; a repeated call with the same address gets the same answer.

    Where the mint before failed since somebody else has the NFT's token, it takes another token id. Raises
    `ResourceNotFound` where e-mail and uid do not both match, `MiscError` for another address, a choice that the
    caller must make, or a collection that keeps its NFTs' ids.
    """
    token_id = chosen_token(body)
    collection = resolve(origin, contract_id=body.contract_id, contract=body.contract)
    tries = count()

    def once() -> dict[str, Any]:
        guard.unseal()  # by a try that did not commit
        strong = next(tries) > 0
        try:
            token = _choose(collection, body, token_id, strong=strong)
            if token.status not in _WAITING:
                return _again(token, body.user_addr, guard)
        except (BadRequest, guests.IndexBehind) as refusal:
            if strong:
                raise
            raise RowChanged from refusal  # perhaps: the index may lag
        if token_ids.is_taken(token) and not strong:
            raise RowChanged  # perhaps, likewise: no mint starts from what the index shows
        return _start(token, body.user_addr, guard)

    return until_unchanged("the NFT", once, moved=chain.AlreadyQueued)


def document_of(token: TokenRow, *, token_id: str | None = None) -> bytes:
    """The NFT's metadata as it stands, perhaps under another id: no e-mail, no uid."""
    return metadata_document(
        name=token.name,
        description=token.description,
        image=token.img_url,
        external_url=nft_url(token.place, token_id or token.token_id),
        level=int(token.level),
        xp=Decimal(int(token.xp_micros)) / MICRO,
        attributes=token.attributes_map,
    )


def _choose(collection: CollectionRow, body: MintToken, token_id: str | None, *, strong: bool) -> TokenRow:
    if token_id is not None:
        return guests.token_of_guest(collection, token_id, email=body.email, uid=body.uid)
    rows = guests.tokens_of_guest(collection, email=body.email, uid=body.uid, strong=strong)
    waiting = [row for row in rows if row.status in _WAITING]
    claimed = [row for row in rows if row.user_addr == body.user_addr and row.status not in _WAITING]
    choice = waiting or claimed
    if len(choice) > 1:
        raise MiscError("The guest holds several such NFTs; name one by token_id.")
    if not choice:
        raise MiscError("The NFT has been claimed for another address.")
    if not strong:
        _require_sure(rows, choice[0])
    return choice[0]


def _require_sure(rows: list[TokenRow], chosen: TokenRow) -> None:
    """Raises `IndexBehind` where the index is not enough to decide, since no write would notice that it lags.

    It may still show an NFT as minting whose mint has just failed, also one of several that should be chosen.
    """
    guests.require_newest(chosen)
    if len(rows) > 1 or chosen.status not in _WAITING:
        raise guests.IndexBehind(chosen.token_id)


def _again(token: TokenRow, user_addr: str, guard: Guard) -> dict[str, Any]:
    if token.user_addr != user_addr:
        raise MiscError("The NFT has been claimed for another address.")
    answer = _answer(token, token_ids.named(token), user_addr, token.mint_url or "")
    transaction = Transaction()
    guard.seal(transaction, answer)
    transaction.commit()
    return answer


def _start(token: TokenRow, user_addr: str, guard: Guard) -> dict[str, Any]:
    from chalicelib.gardenlab.service import told  # loads with the first mint, not with the API

    attempt = int(token.mint_attempts) + 1
    transaction = Transaction()
    named = token_ids.add_other_id(transaction, token) if token_ids.is_taken(token) else token_ids.named(token)
    uri = chain.enqueue_mint(
        transaction,
        token_reference(token)._replace(token_id=named.token_id),
        attempt=attempt,
        recipient=user_addr,
        document=document_of(token, token_id=named.token_id),
    )
    changes = {"status": MINTING, "user_addr": user_addr, "mint_url": uri, "mint_attempts": attempt}
    before = {name: getattr(token, name) for name in _AUDITED}
    repository.add_change(transaction, token, {**named._asdict(), "mint_failure": None, **changes})
    audit(
        transaction,
        token.origin,
        action="nft.mint",
        target=f"{token.contract_id}/{token.lies_under}",
        before=before,
        after={"status": MINTING, "user_addr": user_addr, "token_id": named.token_id},
    )
    told.add_claim(transaction, token, user_addr=user_addr, token_url=uri)
    answer = _answer(token, named, user_addr, uri)
    guard.seal(transaction, answer)
    transaction.commit()
    return answer


def _answer(token: TokenRow, named: token_ids.Named, user_addr: str, uri: str) -> dict[str, Any]:
    return MintRead(
        userAddr=user_addr,
        contract=token.contract,
        tokenId=named.token_id,
        reservedTokenId=named.reserved_id,
        tokenUrl=uri,
    ).model_dump()
