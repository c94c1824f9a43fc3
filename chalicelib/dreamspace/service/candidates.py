"""Candidate rows of a list, ascending by id, from a parent's key or from the best index for the filters."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from chalicelib.core.ids import digest
from chalicelib.dreamspace.domain.models import Model
from chalicelib.dreamspace.domain.times import sortable
from chalicelib.dreamspace.models import (
    DreamspaceRow,
    EntryRow,
    EventRow,
    SpecimenRow,
    StampRow,
    TransactionRow,
    UserRow,
)
from chalicelib.dreamspace.repository import children, documents, indexes, keys, users
from chalicelib.dreamspace.repository.keys import LARGEST_ID

ROWS: dict[Model, type[DreamspaceRow]] = {
    Model.USERS: UserRow,
    Model.TRANSACTIONS: TransactionRow,
    Model.SPECIMENS: SpecimenRow,
    Model.EVENTS: EventRow,
    Model.DOCUMENTS: EntryRow,
    Model.STAMPS: StampRow,
}
_TRAITS = {
    Model.SPECIMENS: "forgotten",
    Model.EVENTS: "event_type",
    Model.DOCUMENTS: "seal",
    Model.STAMPS: "stamp_type",
}
_RANGES = {
    Model.USERS: {"created": "by_time"},
    Model.TRANSACTIONS: {"created": "by_time"},
    Model.SPECIMENS: {"born": "by_time", "forgotten": "by_moment"},
    Model.EVENTS: {"created": "by_time", "occurred": "by_moment"},
    Model.DOCUMENTS: {"created": "by_time"},
    Model.STAMPS: {},
}
_OWNER = {Model.TRANSACTIONS: "user_id", Model.SPECIMENS: "owner_id", Model.EVENTS: "user_id"}


def iterate(
    origin: str, model: Model, values: Mapping[str, Any], *, after: int, page_size: int | None
) -> Iterator[DreamspaceRow]:
    """Rows with ids greater than `after`, which include all rows that pass the filters.

    An id is one read; a user's rows are read from the user, strongly consistent; otherwise one index is queried, page
    by page. A range of times is read completely, since it is not sorted by id.
    """
    if after >= LARGEST_ID or any(_matches_nothing(name, value) for name, value in values.items()):
        return
    yield from _rows(origin, model, values, after=max(after, 0), page_size=page_size)


def _rows(
    origin: str, model: Model, values: Mapping[str, Any], *, after: int, page_size: int | None
) -> Iterator[DreamspaceRow]:
    number = values.get(model.id_field)
    if number is not None:
        return iter([row for row in [_one(origin, model, number)] if row is not None and number > after])
    if model is Model.USERS and "twitch_id" in values:
        return _with_twitch(origin, values["twitch_id"], after)
    if model in _OWNER and _OWNER[model] in values:
        return children.iterate_children(origin, model, values[_OWNER[model]], after=after, page_size=page_size)
    if model is Model.EVENTS and "document_id" in values:
        return indexes.iterate_events_of(origin, values["document_id"], after=after, page_size=page_size)
    if model is Model.EVENTS and "document_seal" in values:
        seal_key = keys.seal_key(origin, values["document_seal"])
        return indexes.iterate_by_id(EventRow, "by_seal", seal_key, after=after, page_size=page_size)
    if model is Model.DOCUMENTS and "stamp_type" in values:
        return _stamped(origin, values["stamp_type"], after)
    kind = ROWS[model]
    ranged = _range_of(model, values)
    trait = _TRAITS.get(model)
    if trait is not None and trait in values and (ranged is None or not ranged.is_closed):
        trait_key = keys.trait_key(origin, model, values[trait])
        return indexes.iterate_by_id(kind, "by_trait", trait_key, after=after, page_size=page_size)
    list_key = keys.list_key(origin, model)
    if ranged is not None:
        if ranged.is_empty:
            return iter(())
        rows = indexes.in_range(kind, ranged.index, list_key, start=ranged.start, end=ranged.end)
        later = [row for row in rows if (row.id_key or "") > keys.id_text(after)]
        return iter(sorted(later, key=lambda row: row.id_key or ""))
    rows = indexes.iterate_by_id(kind, "listed", list_key, after=after, page_size=page_size)
    if "metadata" in values:
        wanted = digest(values["metadata"])
        return (row for row in rows if isinstance(row, EntryRow) and row.metadata_digest == wanted)
    return rows


def are_strong(model: Model, values: Mapping[str, Any]) -> bool:
    """True where the candidates are read strongly consistent, and not from an index."""
    return model.id_field in values or _OWNER.get(model) in values


class _Range:
    """A range of times as index keys."""

    def __init__(self, index: str, after: datetime | None, before: datetime | None) -> None:
        self.index = index
        self.start = None if after is None else sortable(after)
        self.end = None if before is None else sortable(before)

    @property
    def is_closed(self) -> bool:
        """True if it has a start and an end."""
        return self.start is not None and self.end is not None

    @property
    def is_empty(self) -> bool:
        """True if no time can be in it."""
        return self.start is not None and self.end is not None and self.start >= self.end


def _range_of(model: Model, values: Mapping[str, Any]) -> _Range | None:
    """The best range to read; a range with both ends is preferred."""
    ranges = [
        _Range(index, values.get(f"{stem}_after"), values.get(f"{stem}_before"))
        for stem, index in _RANGES[model].items()
        if f"{stem}_after" in values or f"{stem}_before" in values
    ]
    return max(ranges, key=lambda found: found.is_closed, default=None)


def _matches_nothing(name: str, value: Any) -> bool:
    return name.endswith("_id") and isinstance(value, int) and not 1 <= value <= LARGEST_ID


def _one(origin: str, model: Model, number: int) -> DreamspaceRow | None:
    if model is Model.USERS:
        return users.find_user(origin, number)
    if model is Model.DOCUMENTS:
        return documents.find_entry(origin, number)
    if model is Model.STAMPS:
        return documents.find_stamp(origin, number)
    place = children.find_place(origin, model, number)
    return None if place is None else children.find_child(origin, model, place, number)


def _with_twitch(origin: str, twitch_id: str, after: int) -> Iterator[DreamspaceRow]:
    user_id = users.find_by_twitch(origin, twitch_id)
    user = None if user_id is None or user_id <= after else users.find_user(origin, user_id)
    return iter([] if user is None else [user])


def _stamped(origin: str, stamp_type: str, after: int) -> Iterator[DreamspaceRow]:
    """Entry stubs of documents with the stamp type; the documents are read with the page."""
    for document_id in indexes.iterate_stamped(origin, stamp_type, after=after):
        yield documents.entry_stub(origin, document_id)
