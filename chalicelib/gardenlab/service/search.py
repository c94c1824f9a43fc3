"""Search for a partner's NFTs by e-mail, uid or token id; and a collection's newest NFTs."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice

from chalicelib.core.emails import InvalidEmail, canonical_email
from chalicelib.core.numbers import read_whole
from chalicelib.core.side_by_side import side_by_side
from chalicelib.gardenlab.domain import LARGEST_TOKEN_ID
from chalicelib.gardenlab.models import CollectionRow, TokenRow
from chalicelib.gardenlab.repository import collections as collections_repository
from chalicelib.gardenlab.repository import tokens as repository
from chalicelib.gardenlab.service.guests import newest_first

MAX_COLLECTIONS = 100
MOST_FOUND = 100
_PAGE_OF_IDS = 100
_LONGEST = 256


def find_nfts(origin: str, text: str, *, contract_id: str | None = None) -> list[TokenRow]:
    """NFTs whose e-mail, uid or token id the text is, newest first; of one collection or of all, side by side.

    A request or two for each collection: at most 100 collections are looked into, and 100 NFTs answered.
    """
    text = text.strip()
    if not 1 <= len(text) <= _LONGEST:
        return []
    collections = collections_repository.list_collections(origin, limit=MAX_COLLECTIONS, after=None).items
    chosen = [row for row in collections if contract_id in (None, row.contract_id)]
    calls = [call for row in chosen for call in _lookups(row, text)]
    found = {row.pk: row for rows in side_by_side(calls) for row in rows} if calls else {}
    return newest_first(found.values())[:MOST_FOUND]


def newest_nfts(collection: CollectionRow, *, below: int | None, limit: int) -> tuple[list[TokenRow], int | None]:
    """A collection's NFTs, the highest reserved id first, and the id below which there are more, None at the end.

    Two requests. A function that ends loses the ids that it leased, so there are gaps, and a page may be short.
    """
    top = collections_repository.next_token_id(collection.origin, collection.contract_id) if below is None else below
    ids = range(top - 1, max(top - 1 - _PAGE_OF_IDS, -1), -1)
    found = repository.find_tokens(collection.origin, collection.contract_id, [str(number) for number in ids])
    rows = found[:limit]
    lowest = int(rows[-1].lies_under) if len(found) > limit else min(ids, default=0)
    return rows, lowest if lowest > 0 else None


def _lookups(collection: CollectionRow, text: str) -> list[Callable[[], list[TokenRow]]]:
    place = collection.origin, collection.contract_id
    calls: list[Callable[[], list[TokenRow]]] = [partial(_first, partial(repository.iterate_by_uid, *place, text))]
    if read_whole(text, least=0, most=LARGEST_TOKEN_ID) is not None:
        calls.append(partial(_one, *place, text))
    try:
        email = canonical_email(text) if "@" in text else None
    except InvalidEmail:
        email = None
    if email is not None:
        calls.append(partial(_first, partial(repository.iterate_by_email, *place, email)))
    return calls


def _one(origin: str, contract_id: str, token_id: str) -> list[TokenRow]:
    row = repository.find_token(origin, contract_id, token_id)
    return [] if row is None else [row]


def _first(iterate: Callable[[], Iterator[TokenRow]]) -> list[TokenRow]:
    return list(islice(iterate(), MOST_FOUND))
