"""Lists: read candidates, read what they refer to in one request, filter, and cut at `limit` or 5 MB."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from chalicelib.core.clock import now
from chalicelib.core.errors import NotFound
from chalicelib.core.http.respond import render
from chalicelib.core.pagination import MAX_ANSWER_BYTES, AnswerRoom
from chalicelib.core.side_by_side import side_by_side
from chalicelib.core.tables import BATCH_GET_LIMIT, Address, Row, read_batch
from chalicelib.core.times import stored_time
from chalicelib.dreamspace.domain.filters import UNINDEXED, needs_join, passes
from chalicelib.dreamspace.domain.models import Model, Parent
from chalicelib.dreamspace.models import (
    DreamspaceRow,
    EntryRow,
    EventRow,
    SpecimenRow,
    StampRow,
    TransactionRow,
    UserRow,
)
from chalicelib.dreamspace.repository import documents as documents_repository
from chalicelib.dreamspace.repository.documents import document_address, entry_address, stamp_of_row
from chalicelib.dreamspace.repository.users import user_address
from chalicelib.dreamspace.schemas.listed import listed_schema
from chalicelib.dreamspace.service import candidates
from chalicelib.dreamspace.service.retried import until_unchanged
from chalicelib.dreamspace.service.views import DocumentView, EventView, SpecimenView, TransactionView
from chalicelib.partners.removals import SETTLED, read_unless_removed

# A document has up to 350 KB in its row alone, and an answer at most 5 MB.
_DOCUMENTS_AT_ONCE, _ROWS_AT_ONCE = 100, 1000
# Up to this many rows are read strongly consistent, without asking for the last removal.
_FEW = 2
# Rows that are read at first for each one that is asked for, where filters drop some.
_ROWS_TO_FILTER = 4
Values = Mapping[str, Any]
R = TypeVar("R", bound=Row)


class RenderedPage(NamedTuple):
    """Rendered objects; `next_after` is the last id if more objects follow."""

    items: list[bytes]
    next_after: int | None


class Listing(NamedTuple):
    """A list request: filters, start position and the path's parent."""

    origin: str
    model: Model
    values: Values
    after: int = 0
    limit: int | None = None
    parent: Parent | None = None


def list_page(listing: Listing) -> RenderedPage:
    """A page of a list. Raises `NotFound` if the parent does not exist."""
    return until_unchanged("the list", lambda: _page(listing))


def require_parent(listing: Listing) -> None:
    """Raises `NotFound` if the parent does not exist."""
    parent = listing.parent
    if parent is not None:
        _Joined(listing.origin, strong=True).require(parent)


def _page(listing: Listing) -> RenderedPage:
    items: list[bytes] = []
    room, last = AnswerRoom(), None
    limit = listing.limit
    for view in _views(listing):
        if len(items) == limit:
            return RenderedPage(items, last)
        if view is not None:
            if isinstance(view, DocumentView | EventView):
                view.fetch()
            item = render(listed_schema(listing.model, view).model_validate(view))
            if not room.takes(item) and items:
                return RenderedPage(items, last)
            items.append(item)
            last = int(getattr(view, listing.model.id_field))
    return RenderedPage(items, None)


def _views(listing: Listing) -> Iterator[Any]:
    """The page's views in order, and one more item if more objects follow; that item may be None."""
    if listing.model is Model.STAMPS and "document_id" in listing.values:
        yield from _stamps_of_document(listing)
        return
    joined = _Joined(listing.origin, strong=candidates.are_strong(listing.model, listing.values))
    model, values, limit = listing.model, listing.values, listing.limit
    is_exact = len(values) <= 1 and not values.keys() & UNINDEXED  # the index has exactly the rows that are asked for
    page_size = None if limit is None else limit + 1 if is_exact else _ROWS_TO_FILTER * (limit + 1)
    rows = (
        row
        for row in candidates.iterate(listing.origin, model, values, after=listing.after, page_size=page_size)
        if passes(model, values, row, joined=False)
    )
    shown = 0
    # An event exists whatever it refers to, so one more row proves that more events follow.
    looks_ahead = model is Model.USERS or (model is Model.EVENTS and not needs_join(model, values))
    most = _DOCUMENTS_AT_ONCE if model in (Model.EVENTS, Model.DOCUMENTS) else _ROWS_AT_ONCE
    size = most if limit is None else limit if looks_ahead else limit + 1
    while chunk := list(islice(rows, min(size, most))):
        joined.read([*_references(listing, chunk), *joined.parent(listing.parent)], gone=_gone_users(listing, chunk))
        joined.require(listing.parent)
        for view in _fetched(joined.view(model, row) for row in chunk):
            if view is not None and passes(model, values, view, joined=True):
                yield view
                shown += 1
        if looks_ahead and limit is not None and shown >= limit:
            yield from (None for _ in islice(rows, 1))
            return
        size = most
    joined.require(listing.parent)


def _stamps_of_document(listing: Listing) -> Iterator[Any]:
    number = listing.values["document_id"]
    found = documents_repository.find_document(listing.origin, number)
    if found is None:
        if listing.parent is not None:
            raise NotFound(Model.DOCUMENTS.unknown)
        return
    for stamp in found.stamps:
        if stamp.stamp_id > listing.after and passes(Model.STAMPS, listing.values, stamp, joined=False):
            yield stamp


def _fetched(views: Iterator[Any]) -> list[Any]:
    """The views; the data of as many documents as an answer can hold is fetched in parallel."""
    every = list(views)
    waiting, size = [], 0
    for view in every:
        document = view if isinstance(view, DocumentView) else getattr(view, "document", None)
        if isinstance(document, DocumentView) and document.stored_bytes and size < MAX_ANSWER_BYTES:
            size += document.stored_bytes
            waiting.append(document)
    if len(waiting) > 1:  # a single one is fetched when it is shown
        side_by_side([document.fetch for document in waiting])
    return every


class _Joined:
    """The objects that rows refer to, each read once, strongly consistent where the rows are.

    Rows from an index may be a moment old, and so may the objects that they refer to: such a read costs half. An object
    that it lacks may be new, and is read again strongly consistent. So is everything if something was removed a moment
    ago, since no list shows what was removed.
    """

    def __init__(self, origin: str, *, strong: bool) -> None:
        self._origin = origin
        self._strong = strong
        self._knows_removals = False
        self._found: dict[Address, Row | None] = {}

    def read(self, addresses: Sequence[Address], *, gone: Collection[Address] = ()) -> None:
        """Reads missing rows in batches of a hundred. What a replica lacks of `gone` was removed before."""
        missing = [address for address in dict.fromkeys(addresses) if address not in self._found]
        if not self._strong and len(missing) > _FEW:
            self._read_replicas(missing)
            missing = [each for each in missing if self._found.get(each) is None]
            missing = [each for each in missing if self._strong or each not in gone]
        self._read(missing, consistent=True)

    def _read_replicas(self, addresses: Sequence[Address]) -> None:
        """Reads what replicas have; nothing where something was removed a moment ago."""
        first = 0 if self._knows_removals else BATCH_GET_LIMIT - 1
        if first:
            rows = read_unless_removed(self._origin, addresses[:first])
            self._knows_removals, self._strong = True, rows is None
            self._found.update(zip(addresses, rows or (), strict=False))
        if not self._strong:
            self._read(addresses[first:], consistent=False)

    def _read(self, addresses: Sequence[Address], *, consistent: bool) -> None:
        for start in range(0, len(addresses), BATCH_GET_LIMIT):
            batch = addresses[start : start + BATCH_GET_LIMIT]
            self._found.update(zip(batch, read_batch(batch, consistent=consistent), strict=True))

    def parent(self, parent: Parent | None) -> list[Address]:
        """The key of the parent's row."""
        if parent is None:
            return []
        if parent.model is Model.USERS:
            return [user_address(self._origin, parent.id)]
        return [entry_address(self._origin, parent.id)]

    def require(self, parent: Parent | None) -> None:
        """Raises `NotFound` if the parent does not exist."""
        if parent is not None:
            [address] = self.parent(parent)
            self.read([address])
            if self._found[address] is None:
                raise NotFound(parent.model.unknown)

    def view(self, model: Model, row: DreamspaceRow) -> Any:
        """The view of a row; None if an object that it needs does not exist."""
        return _ASSEMBLE[model](self, row)

    def user(self, user_id: int) -> UserRow | None:
        """A user that was read."""
        return self._row(user_address(self._origin, user_id))

    def entry(self, document_id: int) -> EntryRow | None:
        """A document's entry that was read."""
        return self._row(entry_address(self._origin, document_id))

    def document(self, document_id: int | None) -> DocumentView | None:
        """A document that was read, with all its stamps."""
        found = None if document_id is None else self._row(document_address(self._origin, document_id))
        if found is None:
            return None
        if not found.is_overflowing or self._strong:
            return DocumentView(documents_repository.with_stamp_groups(self._origin, found))
        rows = documents_repository.find_document(self._origin, found.document_id)  # row and groups of one moment
        return None if rows is None else DocumentView(rows)

    def _row(self, address: tuple[type[R], str, str]) -> R | None:
        found = self._found[address]
        return found if isinstance(found, address[0]) else None


def _references(listing: Listing, rows: Sequence[DreamspaceRow]) -> Iterator[Address]:
    for row in rows:
        if isinstance(row, TransactionRow | EventRow):
            yield user_address(listing.origin, row.user_id)
        if isinstance(row, SpecimenRow):
            yield user_address(listing.origin, row.owner_id)
        if isinstance(row, StampRow):
            yield entry_address(listing.origin, row.document_id)
        if isinstance(row, EntryRow) or (isinstance(row, EventRow) and row.document_id is not None):
            yield document_address(listing.origin, row.document_id)


def _gone_users(listing: Listing, rows: Sequence[DreamspaceRow]) -> set[Address]:
    """The users of events that are older than a minute: a user whom a replica lacks then was deleted.

    An event's move to another user is noted as a removal.
    """
    before = now() - SETTLED
    return {
        user_address(listing.origin, row.user_id)
        for row in rows
        if isinstance(row, EventRow) and stored_time(row.created_at) < before
    }


def _transaction(joined: _Joined, row: TransactionRow) -> TransactionView | None:
    user = joined.user(row.user_id)
    return None if user is None else TransactionView(row, user)


def _specimen(joined: _Joined, row: SpecimenRow) -> SpecimenView | None:
    owner = joined.user(row.owner_id)
    return None if owner is None else SpecimenView(row, owner)


def _stamp(joined: _Joined, row: StampRow) -> Any:
    entry = joined.entry(row.document_id)
    return stamp_of_row(row) if entry is not None and entry.generation == row.generation else None


_ASSEMBLE: dict[Model, Callable[[_Joined, Any], Any]] = {
    Model.USERS: lambda _, row: row,
    Model.TRANSACTIONS: _transaction,
    Model.SPECIMENS: _specimen,
    Model.EVENTS: lambda joined, row: EventView(row, joined.user(row.user_id), joined.document(row.document_id)),
    Model.DOCUMENTS: lambda joined, row: joined.document(row.document_id),
    Model.STAMPS: _stamp,
}
