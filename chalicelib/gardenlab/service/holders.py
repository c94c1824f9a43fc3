"""NFTs as holders and the public see them: by the contract's address, whoever the partner is; by e-mail, at all."""

from collections.abc import Callable
from itertools import islice
from typing import Any, NamedTuple

from chalicelib.core.emails import canonical_email
from chalicelib.core.pagination import Page
from chalicelib.core.side_by_side import side_by_side
from chalicelib.core.tables import read_batch
from chalicelib.gardenlab.errors import ResourceNotFound
from chalicelib.gardenlab.models import CollectionRow, FinalTransactionRow, MoveRow, ScanRow, TokenRow
from chalicelib.gardenlab.repository import collections as collections_repository
from chalicelib.gardenlab.repository import tokens as repository
from chalicelib.gardenlab.repository.timeline import is_token_position
from chalicelib.gardenlab.schemas import Guest, NewAction
from chalicelib.gardenlab.service import actions
from chalicelib.gardenlab.service.collections import owner_of
from chalicelib.idempotency.service import Guard

_SHOWN_AT_MOST = 25
_LOOKED_AT = 100


class Nft(NamedTuple):
    """An NFT with its collection; `mint` once its mint is final."""

    token: TokenRow
    collection: CollectionRow
    mint: FinalTransactionRow | None


def nfts_of(email: str, *, limit: int, after: str | None) -> Page[TokenRow]:
    """NFTs reserved to an e-mail, at all partners, newest first, behind a `created_key`: two requests."""
    return repository.list_by_holder(canonical_email(email), limit=limit, after=after)


def position_named(text: str | None) -> str | None:
    """The `created_key` in a link to a next page; None if there is none, or none that is valid."""
    return text if text is not None and is_token_position(text) else None


def partners_of(email: str) -> list[str]:
    """The partners of the newest 100 NFTs reserved to an e-mail: two requests."""
    return list(dict.fromkeys(token.origin for token in nfts_of(email, limit=_LOOKED_AT, after=None).items))


def nfts_in(collection: CollectionRow, email: str) -> list[TokenRow]:
    """The newest NFTs, at most 25, reserved to an e-mail in one collection, from the index: one request."""
    found = repository.iterate_by_email(collection.origin, collection.contract_id, canonical_email(email))
    return list(islice(found, _SHOWN_AT_MOST))


def find_nft(place: str, token_id: str) -> Nft | None:
    """An NFT by its contract's `place` and an id that it has or ever had, strongly consistent.

    One request; one more where the place is not known, and one by an id that the NFT took later.
    """
    owner = owner_of(place)
    if owner is None:
        return None
    collection_place = owner.origin, owner.contract_id
    token, mint, collection = read_batch(
        [
            repository.token_address(*collection_place, token_id),
            repository.mint_address(repository.token_key(*collection_place, token_id)),
            collections_repository.collection_address(*collection_place),
        ]
    )
    if not isinstance(token, TokenRow) or not isinstance(collection, CollectionRow):
        return None
    if token.lies_elsewhere:
        return find_nft(place, token.lies_under)
    return Nft(token, collection, mint if isinstance(mint, FinalTransactionRow) else None)


def find_nft_with_history(
    place: str, token_id: str, *, limit: int, before: int | None
) -> tuple[Nft, Page[ScanRow]] | None:
    """The NFT with its latest scans, optionally before a number: one more request, in parallel."""
    owner = owner_of(place)
    if owner is None:
        return None
    pk = repository.token_key(owner.origin, owner.contract_id, token_id)
    calls: list[Callable[[], Any]] = [
        lambda: find_nft(place, token_id),
        lambda: repository.newest_scans(pk, limit=limit, before=before),
    ]
    nft, scans = side_by_side(calls)
    if nft is not None and nft.token.pk != pk:
        scans = repository.newest_scans(nft.token.pk, limit=limit, before=before)
    return None if nft is None else (nft, scans)


def moves_of(token: TokenRow) -> list[MoveRow]:
    """The newest changes of hands of an NFT's token, newest first: one request where there were any."""
    return [] if token.owner_at is None else repository.newest_moves(token.pk, limit=_SHOWN_AT_MOST)


def apply_to_token(origin: str, *, contract: str, token_id: str, action_id: str, guard: Guard) -> dict[str, Any]:
    """Applies an interaction to an NFT on behalf of the partner's operator, whoever holds it.

    Raises `ResourceNotFound` for another partner's, and the contract's refusals.
    """
    nft = find_nft(contract, token_id)
    if nft is None or nft.token.origin != origin:
        raise ResourceNotFound("There is no such NFT in your collections.")
    body = NewAction(
        origin=origin,
        contract_id=nft.token.contract_id,
        action_id=action_id,
        guest=Guest(uid=nft.token.uid),
        token_id=token_id,
    )
    return actions.new_action(origin, body, guard)
