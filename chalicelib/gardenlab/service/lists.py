"""The getters: one NFT, and the three lists that return everything by default and page on request."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from chalicelib.core.errors import NotFound, existing
from chalicelib.core.http.respond import render
from chalicelib.core.pagination import MAX_ARRAY_LIMIT, AnswerRoom, decode_position, parse_limit
from chalicelib.gardenlab.errors import ResourceNotFound
from chalicelib.gardenlab.models import TokenRow
from chalicelib.gardenlab.repository import interactions as interactions_repository
from chalicelib.gardenlab.repository import tokens as repository
from chalicelib.gardenlab.schemas import (
    InteractionRead,
    ListQuery,
    NftQuery,
    ScanRead,
    TokenListQuery,
    TransactionRead,
    chosen_token,
)
from chalicelib.gardenlab.service.collections import resolve

_INTERACTION_POSITION = r"INTERACTION#[0-9A-Z]{20}"
_SCAN_POSITION = r"SCAN#[0-9]{10}"
_TRANSACTION_POSITION = r"TX#[0-9]{10}"

Iterate = Callable[[str | None, int | None], Iterator[Any]]


class RenderedPage(NamedTuple):
    """Rendered items, and the position of the last where more exist behind it."""

    items: list[bytes]
    next_position: str | None


def get_nft(origin: str, query: NftQuery) -> TokenRow:
    """One NFT. Raises `NotFound` (404) where it, or its collection, is unknown."""
    token_id = chosen_token(query, required=True) or ""
    try:
        collection = resolve(origin, contract_id=query.contract_id, contract=query.contract)
    except ResourceNotFound as error:
        raise NotFound("There is no such NFT.") from error
    row = repository.find_token(origin, collection.contract_id, token_id)
    return existing(row, otherwise=NotFound("There is no such NFT."))


def list_interactions(origin: str, query: ListQuery) -> RenderedPage:
    """A collection's interactions, oldest first."""
    collection = resolve(origin, contract_id=query.contract_id, contract=query.contract)

    def iterate(after: str | None, page_size: int | None) -> Iterator[Any]:
        return interactions_repository.iterate(origin, collection.contract_id, after=after, page_size=page_size)

    return _page(query, _INTERACTION_POSITION, InteractionRead, iterate)


def list_scans(origin: str, query: TokenListQuery) -> RenderedPage:
    """A token's scans, oldest first."""
    pk = _token_pk(origin, query)
    return _page(
        query,
        _SCAN_POSITION,
        ScanRead,
        lambda after, page_size: repository.iterate_scans(pk, after=after, page_size=page_size),
    )


def list_transactions(origin: str, query: TokenListQuery) -> RenderedPage:
    """A token's final transactions, one row a scan, oldest first."""
    pk = _token_pk(origin, query)
    return _page(
        query,
        _TRANSACTION_POSITION,
        TransactionRead,
        lambda after, page_size: repository.iterate_transactions(pk, after=after, page_size=page_size),
    )


def _token_pk(origin: str, query: TokenListQuery) -> str:
    token_id = chosen_token(query, required=True) or ""
    collection = resolve(origin, contract_id=query.contract_id, contract=query.contract)
    row = repository.find_token(origin, collection.contract_id, token_id)
    if row is None:
        raise ResourceNotFound("There is no such NFT.")
    return row.pk


def _page(query: ListQuery, pattern: str, model: type[Any], iterate: Iterate) -> RenderedPage:
    limit = parse_limit(query.limit, default=None, maximum=MAX_ARRAY_LIMIT)
    after = query.starting_after
    position = decode_position(after, pattern=pattern) if after is not None else None
    rows = iterate(position, None if limit is None else limit + 1)
    items: list[bytes] = []
    room, last = AnswerRoom(), None
    for row in islice(rows, None if limit is None else limit + 1):
        item = render(model.model_validate(row))
        fits = room.takes(item)
        if items and (len(items) == limit or not fits):
            return RenderedPage(items, last)
        items.append(item)
        last = row.sk
    return RenderedPage(items, None)
