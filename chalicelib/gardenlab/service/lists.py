"""The getters: one NFT, and the three lists that return everything by default and page on request."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

from chalicelib.core.errors import NotFound, existing
from chalicelib.core.http.respond import render
from chalicelib.core.pagination import MAX_ARRAY_LIMIT, AnswerRoom, decode_position, parse_limit
from chalicelib.gardenlab.errors import ResourceNotFound
from chalicelib.gardenlab.models import FinalTransactionRow, ScanRow, TokenRow
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


class RenderedPage(NamedTuple):
    """Rendered items, and the position of the last where more exist behind it."""

    items: list[bytes]
    next_position: str | None


def get_nft(origin: str, query: NftQuery) -> TokenRow:
    """One NFT. Raises `NotFound` (404) where it, or its collection, is unknown."""
    try:
        return _token(origin, query)
    except ResourceNotFound as error:
        raise NotFound("There is no such NFT.") from error


def list_interactions(origin: str, query: ListQuery) -> RenderedPage:
    """A collection's interactions, oldest first."""
    collection = resolve(origin, contract_id=query.contract_id, contract=query.contract)
    iterate = partial(interactions_repository.iterate, origin, collection.contract_id)
    return _page(query, _INTERACTION_POSITION, InteractionRead, iterate)


def list_scans(origin: str, query: TokenListQuery) -> RenderedPage:
    """A token's scans, oldest first."""
    iterate = partial(repository.iterate_numbered, ScanRow, _token(origin, query).pk)
    return _page(query, _SCAN_POSITION, ScanRead, iterate)


def list_transactions(origin: str, query: TokenListQuery) -> RenderedPage:
    """A token's final transactions, one row a scan, oldest first."""
    iterate = partial(repository.iterate_numbered, FinalTransactionRow, _token(origin, query).pk)
    return _page(query, _TRANSACTION_POSITION, TransactionRead, iterate)


def _token(origin: str, query: NftQuery | TokenListQuery) -> TokenRow:
    token_id = chosen_token(query, required=True) or ""
    collection = resolve(origin, contract_id=query.contract_id, contract=query.contract)
    row = repository.find_token(origin, collection.contract_id, token_id)
    return existing(row, otherwise=ResourceNotFound("There is no such NFT."))


def _page(query: ListQuery, pattern: str, model: type[Any], iterate: Callable[..., Iterator[Any]]) -> RenderedPage:
    """A page of the rows that `iterate` gives; it takes `after` and `page_size` by name."""
    limit = parse_limit(query.limit, default=None, maximum=MAX_ARRAY_LIMIT)
    after = query.starting_after
    position = decode_position(after, pattern=pattern) if after is not None else None
    rows = iterate(after=position, page_size=None if limit is None else limit + 1)
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
