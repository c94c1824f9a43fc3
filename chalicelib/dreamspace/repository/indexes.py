"""Queries of the indexes. Indexes lag behind the table, so callers check rows by the objects that they refer to."""

from collections.abc import Iterator
from typing import Literal, TypeVar

from pynamodb.expressions.condition import Condition
from pynamodb.pagination import ResultIterator

from chalicelib.dreamspace.models import DreamspaceRow, EventRow, StampRow
from chalicelib.dreamspace.repository import keys

R = TypeVar("R", bound=DreamspaceRow)
_FIRST_TIME, _LAST_TIME = "0", "9" * 18


def iterate_by_id(
    kind: type[R],
    index: Literal["listed", "by_trait", "by_seal"],
    index_key: str,
    *,
    after: int,
    page_size: int | None,
) -> Iterator[R]:
    """Objects after an id: all of a model, those with a trait, or events whose documents have a seal."""
    return _walk(kind, index, index_key, kind.id_key > keys.id_text(after), page_size)


def iterate_events_of(
    origin: str, document_id: int, *, after: int = 0, page_size: int | None = None
) -> Iterator[EventRow]:
    """Events of a document, after an id."""
    condition = EventRow.document_sort > keys.id_text(after)
    return _walk(EventRow, "by_document", keys.events_of_key(origin, document_id), condition, page_size)


def iterate_stamped(origin: str, stamp_type: str, *, after: int) -> Iterator[int]:
    """Ids of documents with a stamp of a type, after an id, ascending."""
    condition = StampRow.document_sort > keys.id_text(after) + keys.END
    last = None
    for row in _walk(StampRow, "by_document", keys.stamped_key(origin, stamp_type), condition, None):
        if row.document_id != last:
            last = row.document_id
            yield row.document_id


def in_range(kind: type[R], index: str, list_key: str, *, start: str | None, end: str | None) -> Iterator[R]:
    """Rows in a range of the index `by_time` or `by_moment`, both ends included."""
    sort = kind.time_key if index == "by_time" else kind.moment_key
    condition = sort.between(start or _FIRST_TIME, f"{end or _LAST_TIME}{keys.END}")
    return _walk(kind, index, list_key, condition, None)


def _walk(kind: type[R], index: str, hash_key: str, condition: Condition, page_size: int | None) -> Iterator[R]:
    return in_growing_pages(kind.query(hash_key, condition, index_name=index, page_size=page_size))


def in_growing_pages(rows: ResultIterator[R]) -> Iterator[R]:
    """The rows, read in pages of which each is four times as long as the one before.

    A short list then reads little if most rows pass its filters, and needs few pages if few rows pass.
    """
    pages, left = rows.page_iter, rows.page_iter.page_size
    for row in rows:
        if left is not None and pages.page_size is not None:
            left -= 1
            if not left:
                pages.page_size *= 4
                left = pages.page_size
        yield row
