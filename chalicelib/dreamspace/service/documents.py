"""Use cases of documents, also of documents inside an event's body."""

from itertools import islice
from typing import Any

from chalicelib.core.errors import NotFound, existing
from chalicelib.core.tables import read_batch
from chalicelib.core.transactions import Transaction
from chalicelib.dreamspace.domain.models import Model, Parent, Referrer
from chalicelib.dreamspace.models import DocumentRow
from chalicelib.dreamspace.repository import children
from chalicelib.dreamspace.repository import documents as repository
from chalicelib.dreamspace.repository.counters import take_ids
from chalicelib.dreamspace.repository.documents import DocumentRows, Stamp
from chalicelib.dreamspace.repository.indexes import iterate_events_of
from chalicelib.dreamspace.schemas.documents import DocumentCreate, DocumentUpdate, StampBody
from chalicelib.dreamspace.service import storage
from chalicelib.dreamspace.service.audits import audit_removal, audit_update, values_of
from chalicelib.dreamspace.service.change_events import changed, commit_with_events
from chalicelib.dreamspace.service.retried import PathMoved, until_unchanged, until_written, written
from chalicelib.dreamspace.service.storage import StoredData
from chalicelib.dreamspace.service.tidying import request_document_tidying
from chalicelib.dreamspace.service.views import DocumentView, server_now

# Events that are updated in the document's own transaction; the worker updates the others.
_RESEALED_AT_ONCE = 25
_AUDITED = ("seal", "metadata")


class NewDocument:
    """A new document whose data is stored already; each try adds it to its own transaction."""

    def __init__(self, origin: str, body: DocumentCreate) -> None:
        self._origin = origin
        self._body = body
        [self.document_id] = take_ids(origin, Model.DOCUMENTS)
        self._stamps = number_stamps(origin, self.document_id, body.stamps)
        self._stored = storage.store(origin, self.document_id, body.document_data)
        self._created_at = server_now()

    def add_to(self, transaction: Transaction) -> DocumentView:
        """Adds the document to a transaction and returns its view."""
        row = repository.document_row(
            self._origin,
            self.document_id,
            created_at=self._created_at,
            seal=self._body.seal,
            metadata=self._body.metadata,
            **self._stored.fields,
        )
        rows = repository.add_first_stamps(transaction, self._origin, row, self._stamps)
        repository.add_document(transaction, self._origin, row)
        self._stored.add_use(transaction)
        return _with_data(rows, self._body.document_data)


def number_stamps(origin: str, document_id: int, bodies: list[StampBody]) -> list[Stamp]:
    """New stamps with ids that rise in the given order."""
    numbers = take_ids(origin, Model.STAMPS, len(bodies))
    return [Stamp(number, document_id, **dict(body)) for number, body in zip(numbers, bodies, strict=True)]


def get(origin: str, document_id: int, inside: Parent | None = None) -> DocumentView:
    """Raises `NotFound`, or `ObjectGone` if the document changed meanwhile."""
    del inside  # a document is in no other object's collection
    view = DocumentView(find(origin, document_id))
    view.fetch()
    return view


def find(origin: str, document_id: int) -> DocumentRows:
    """A document's rows. Raises `NotFound`."""
    return existing(repository.find_document(origin, document_id), otherwise=NotFound(Model.DOCUMENTS.unknown))


def find_many(origin: str, document_ids: list[int]) -> dict[int, DocumentRow]:
    """The rows of up to 100 documents; missing ones are left out."""
    rows = read_batch([repository.document_address(origin, number) for number in document_ids])
    return {row.document_id: row for row in rows if isinstance(row, DocumentRow)}


def create(origin: str, body: DocumentCreate) -> DocumentView:
    """Creates a document with its stamps."""
    new = NewDocument(origin, body)

    def once() -> DocumentView:
        transaction = Transaction()
        view = new.add_to(transaction)
        commit_with_events(transaction, origin, changed(Model.DOCUMENTS, "created", view))
        return view

    return until_unchanged("the document", once)


def update(origin: str, document_id: int, body: DocumentUpdate, referrer: Referrer | None = None) -> DocumentView:
    """Changes the given fields; given stamps replace all stamps. Raises `NotFound`, or `PathMoved` as `delete`."""
    given = body.model_fields_set
    if "document_data" in given:
        find(origin, document_id)
    stored = storage.store(origin, document_id, body.document_data) if "document_data" in given else None
    stamps = number_stamps(origin, document_id, body.stamps) if "stamps" in given else None
    update = _Update(origin, body, stored, stamps, referrer)
    return until_written(origin, Model.DOCUMENTS, document_id, lambda: update.attempt(find(origin, document_id)))


@written(Model.DOCUMENTS)
def delete(origin: str, document_id: int, referrer: Referrer | None = None) -> DocumentView:
    """Removes a document and its stamps; its events then have no document.

    Raises `NotFound`, or `PathMoved` if the path no longer leads to it.
    """
    view = get(origin, document_id)
    row: DocumentRow = view.row
    transaction = Transaction()
    repository.add_document_removal(transaction, row)
    storage.add_removal(transaction, origin, row)
    request_document_tidying(transaction, origin, document_id)
    _add_path(transaction, origin, view.rows, referrer)
    audit_removal(transaction, origin, Model.DOCUMENTS, document_id, before=values_of(row, _AUDITED))
    commit_with_events(transaction, origin, changed(Model.DOCUMENTS, "deleted", view))
    return view


def _add_path(transaction: Transaction, origin: str, rows: DocumentRows, referrer: Referrer | None) -> None:
    """Adds the condition that the path's stamp is still on the document, or that its event still has it.

    Its event notes that the path was followed. A stamp needs no note, since its removal changes the document.
    """
    if referrer is None:
        return
    if referrer.user_id is not None:
        number = rows.row.document_id
        children.add_followed(transaction, origin, referrer, document_id=number, otherwise=PathMoved())
        return
    placed = rows.find_stamp(referrer.id)
    if placed is None:
        raise PathMoved
    repository.add_holder_check(transaction, placed.holder, otherwise=PathMoved())


class _Update:
    """One PATCH with all its tries."""

    def __init__(
        self,
        origin: str,
        body: DocumentUpdate,
        stored: StoredData | None,
        stamps: list[Stamp] | None,
        referrer: Referrer | None = None,
    ) -> None:
        self._origin = origin
        self._body = body
        self._stored = stored
        self._stamps = stamps
        self._referrer = referrer
        self._reseals = True

    def attempt(self, rows: DocumentRows) -> DocumentView:
        """Writes the changes; the commit fails if the document has changed."""
        transaction, row, referrer = Transaction(), rows.row, self._referrer
        changes = self._fields(row)
        if self._stored is not None:
            self._stored.add_use(transaction)
            storage.add_removal(transaction, self._origin, row)
            changes |= self._stored.fields
        if "seal" in changes and self._reseals:
            self._reseals = False  # what the index says may be old; a second try leaves it to the worker
            events = iterate_events_of(self._origin, row.document_id, page_size=_RESEALED_AT_ONCE)
            for event in islice(events, _RESEALED_AT_ONCE):
                if referrer is not None and referrer.user_id is not None and event.event_id == referrer.id:
                    referrer = None  # the change of its seal has the same condition
                children.add_seal_change(transaction, self._origin, event, row.document_id, changes["seal"])
        if self._stamps is not None and (rows.stamps or self._stamps):
            repository.add_stamps_copy(transaction, row)
            changes |= {"generation": row.generation + 1, "stamps": [], "is_overflowing": False}
        if {"seal", "generation"} & changes.keys():
            request_document_tidying(transaction, self._origin, row.document_id)
        if changes:
            _add_path(transaction, self._origin, rows, referrer)
            self._audit(transaction, rows)
            rows = self._write(transaction, rows, changes)
        return _with_data(rows, self._body.document_data if self._stored is not None else None)

    def _audit(self, transaction: Transaction, rows: DocumentRows) -> None:
        row, after = rows.row, self._fields(rows.row)
        if self._stored is not None:
            after["document_data"] = {"bytes": len((self._body.document_data or "").encode())}
        before: dict[str, Any] = values_of(row, _AUDITED)
        if self._stamps is not None:
            before["stamps"] = sorted(stamp.stamp_id for stamp in rows.stamps)
            after["stamps"] = [stamp.stamp_id for stamp in self._stamps]
        audit_update(transaction, self._origin, Model.DOCUMENTS, row.document_id, before=before, after=after)

    def _fields(self, row: DocumentRow) -> dict[str, Any]:
        given = self._body.model_dump(exclude_unset=True, include={"seal", "metadata"})
        return {name: value for name, value in given.items() if getattr(row, name) != value}

    def _write(self, transaction: Transaction, rows: DocumentRows, changes: dict[str, Any]) -> DocumentRows:
        if "generation" in changes:
            rows, more = repository.add_replacement(
                transaction, self._origin, rows.row, changes["generation"], self._stamps or []
            )
            changes |= more
        repository.add_document_change(transaction, self._origin, rows.row, changes)
        commit_with_events(transaction, self._origin, changed(Model.DOCUMENTS, "updated", DocumentView(rows)))
        return rows


def _with_data(rows: DocumentRows, data: str | None) -> DocumentView:
    view = DocumentView(rows)
    if data is not None:
        view.show(data)
    view.fetch()
    return view
