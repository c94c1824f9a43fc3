"""Use cases of events."""

from functools import lru_cache, partial
from typing import Any

from chalicelib.core.errors import BadRequest, NotFound
from chalicelib.core.retrying import RowChanged
from chalicelib.core.tables import Address, read_batch
from chalicelib.core.transactions import Transaction
from chalicelib.dreamspace.domain.models import Model, Parent
from chalicelib.dreamspace.models import DocumentRow, EventRow, PlaceRow, UserRow
from chalicelib.dreamspace.repository import children as repository
from chalicelib.dreamspace.repository import documents as documents_repository
from chalicelib.dreamspace.repository import keys
from chalicelib.dreamspace.repository import users as users_repository
from chalicelib.dreamspace.repository.counters import ids_of_call
from chalicelib.dreamspace.schemas.documents import DocumentCreate
from chalicelib.dreamspace.schemas.events import EVENT_FIELDS, EventCreate, EventUpdate
from chalicelib.dreamspace.service.audits import audit_removal, audit_update, values_of
from chalicelib.dreamspace.service.change_events import changed, commit_with_events
from chalicelib.dreamspace.service.documents import NewDocument
from chalicelib.dreamspace.service.ledger import add_entry, add_entry_removal, is_same_entry
from chalicelib.dreamspace.service.retried import until_unchanged, until_written, written
from chalicelib.dreamspace.service.users import Upsert, UserPlan, named_user
from chalicelib.dreamspace.service.views import DocumentView, EventView, server_now
from chalicelib.partners.removals import note_removal


def get(origin: str, event_id: int, inside: Parent | None = None) -> EventView:
    """Raises `NotFound`, or `RowChanged` or `ObjectGone` if it changed meanwhile."""
    view = find(origin, event_id, inside)
    view.fetch()
    return view


def create(origin: str, body: EventCreate) -> EventView:
    """Creates an event, with the user and document in its body, in one transaction. Raises `NotFound`."""
    creation = _Creation(origin, body)
    return until_written(
        origin, Model.USERS, body.user_id if body.user is None else body.user.twitch_id, creation.attempt
    )


def attach(origin: str, event_id: int, body: DocumentCreate, inside: Parent | None = None) -> DocumentView:
    """Creates a document for an event. Raises `NotFound`, or `BadRequest` if the event has a document already."""
    new_document = lru_cache(maxsize=1)(partial(NewDocument, origin, body))

    def once() -> DocumentView:
        view = find(origin, event_id, inside)
        if view.document is not None:
            raise BadRequest("document: the event has one already", param="document")
        new, transaction = new_document(), Transaction()
        document = new.add_to(transaction)
        changes = repository.document_fields(origin, event_id, new.document_id, body.seal)
        repository.add_event_change(transaction, origin, view.row, changes)
        after = {"document_id": new.document_id}
        audit_update(transaction, origin, Model.EVENTS, event_id, before={"document_id": None}, after=after)
        view.document = document
        made = changed(Model.DOCUMENTS, "created", document)
        commit_with_events(transaction, origin, made, changed(Model.EVENTS, "updated", view))
        return document

    return until_written(origin, Model.EVENTS, event_id, once)


def load(origin: str, event_id: int, inside: Parent | None = None) -> EventView:
    """An event to be changed, without its document's data. Raises `NotFound`."""
    return until_unchanged("the event", lambda: find(origin, event_id, inside))


def update(origin: str, loaded: EventView, body: EventUpdate, inside: Parent | None = None) -> EventView:
    """Changes the given fields of a loaded event. Raises `NotFound`."""
    event_id, views = int(loaded.event_id), [loaded]

    def once() -> EventView:
        view = views.pop() if views else find(origin, event_id, inside)
        _Update(origin, view, body).write()
        view.fetch()
        return view

    return until_written(origin, Model.EVENTS, event_id, once)


@written(Model.EVENTS)
def delete(origin: str, event_id: int, inside: Parent | None = None) -> EventView:
    """Removes an event; its document stays. Raises `NotFound`."""
    place, view = _find_placed(origin, event_id, inside)
    view.fetch()
    transaction = Transaction()
    repository.add_event_removal(transaction, view.row, place)
    add_entry_removal(transaction, origin, view.row)
    audit_removal(transaction, origin, Model.EVENTS, event_id, before=values_of(view.row, _audited(view.row)))
    commit_with_events(transaction, origin, changed(Model.EVENTS, "deleted", view))
    return view


class _Creation:
    """One POST with all its tries."""

    def __init__(self, origin: str, body: EventCreate) -> None:
        self._origin = origin
        self._body = body
        self._upsert = None if body.user is None else Upsert(origin, body.user)
        self._new: NewDocument | None = None
        self._new_ids = ids_of_call(origin, Model.EVENTS)
        self._created_at = server_now()

    def attempt(self) -> EventView:
        """Reads the objects that the body refers to, and writes everything."""
        transaction = Transaction()
        plan, document = self._references()
        plan.add_to(transaction)
        changes = [changed(Model.USERS, plan.verb, plan.row)]
        if document is not None:
            number, seal = document.document_id, document.seal
            documents_repository.add_entry_check(transaction, self._origin, number, seal=seal)
        elif self._body.document is not None:
            self._new = self._new or NewDocument(self._origin, self._body.document)
            document = self._new.add_to(transaction)
            changes.append(changed(Model.DOCUMENTS, "created", document))
        row = self._row(plan.row, document)
        repository.add_child(transaction, self._origin, Model.EVENTS, row)
        add_entry(transaction, self._origin, row)
        view = EventView(row, plan.row, document)
        commit_with_events(transaction, self._origin, *changes, changed(Model.EVENTS, "created", view))
        view.fetch()
        return view

    def _references(self) -> tuple[UserPlan, DocumentView | None]:
        """The objects that the body refers to: one request, or two if a twitch_id names the user."""
        body, origin = self._body, self._origin
        user_id = self._upsert.known_id() if self._upsert is not None else body.user_id
        addresses: list[Address] = []
        if user_id is not None:
            addresses.append(users_repository.user_address(origin, user_id))
        if body.document_id is not None:
            addresses.append(documents_repository.document_address(origin, body.document_id))
        rows = read_batch(addresses)
        user = next((row for row in rows if isinstance(row, UserRow)), None)
        document = next((row for row in rows if isinstance(row, DocumentRow)), None)
        if self._upsert is not None and user_id is not None and user is None:
            raise RowChanged  # it is just being deleted
        plan = self._plan(user)
        if body.document_id is not None and document is None:
            raise NotFound("document_id: there is no such document", param="document_id")
        return plan, None if document is None else _with_groups(origin, document)

    def _plan(self, user: UserRow | None) -> UserPlan:
        if self._upsert is not None:
            return self._upsert.plan(user)
        if user is None:
            raise NotFound("user_id: there is no such user", param="user_id")
        return UserPlan(user, lambda transaction: users_repository.add_user_check(transaction, user))

    def _row(self, user: UserRow, document: DocumentView | None) -> EventRow:
        body, [number] = self._body, self._new_ids()
        return repository.event_row(
            self._origin,
            number,
            user_id=user.user_id,
            created_at=self._created_at,
            event_type=body.event_type,
            user_name=body.user_name,
            occurred_at=body.occurred_at,
            document_id=None if document is None else document.document_id,
            seal=None if document is None else document.seal,
            recorded_as=user.twitch_id,
            **{name: getattr(body, name) for name in EVENT_FIELDS[body.event_type]},
        )


class _Update:
    """One try of a PATCH on an event; the view has the new values."""

    def __init__(self, origin: str, view: EventView, body: EventUpdate) -> None:
        self._origin = origin
        self._view = view
        self._row: EventRow = view.row
        self._body = body
        self._transaction = Transaction()

    def write(self) -> None:
        """Writes the change. Raises `NotFound` for an unknown user or document."""
        changes = self._changes()
        user = self._new_user()
        if not changes and user is None:
            return
        old, before = self._row, (self._row.recorded_as, self._row.occurred_at)
        names = _audited(old)
        values = values_of(old, names)
        present = user or self._view.user
        identity = None if present is None else present.twitch_id
        is_same = is_same_entry(before, (identity, changes.get("occurred_at", old.occurred_at)))
        touches_entry = not is_same and (user is not None or "occurred_at" in changes)
        if touches_entry:
            add_entry_removal(self._transaction, self._origin, old)
            changes["recorded_as"] = identity
        if present is not None and (user is not None or touches_entry):
            users_repository.add_user_check(self._transaction, present)
        if user is None:
            repository.add_event_change(self._transaction, self._origin, old, changes)
        else:
            note_removal(self._origin)  # from the former user
            pk = keys.user_pk(self._origin, user.user_id)
            self._view.row = repository.moved_copy(old, pk, user_id=user.user_id, **changes)
            repository.add_child_move(self._transaction, self._origin, Model.EVENTS, old=old, new=self._view.row)
            self._view.user = user
        if touches_entry:
            add_entry(self._transaction, self._origin, self._view.row)
        after = values_of(self._view.row, names)
        audit_update(self._transaction, self._origin, Model.EVENTS, old.event_id, before=values, after=after)
        commit_with_events(self._transaction, self._origin, changed(Model.EVENTS, "updated", self._view))

    def _changes(self) -> dict[str, Any]:
        given = self._body.model_dump(exclude_unset=True, exclude={"user_id", "document_id", "occurred_at"})
        changes = {name: value for name, value in given.items() if getattr(self._row, name) != value}
        occurred_at = self._body.occurred_at
        if occurred_at is not None and occurred_at.isoformat() != self._row.occurred_at:
            changes |= repository.occurrence_fields(self._row.event_id, occurred_at)
        if "document_id" in self._body.model_fields_set:
            changes |= self._document_changes(self._body.document_id)
        return changes

    def _document_changes(self, document_id: int | None) -> dict[str, Any]:
        event_id = self._row.event_id
        if document_id is None:
            self._view.document = None
            had_one = self._row.document_id is not None
            return repository.document_fields(self._origin, event_id, None, None) if had_one else {}
        if document_id == self._view.document_id:
            return {}
        rows = documents_repository.find_document(self._origin, document_id)
        if rows is None:
            raise NotFound("document_id: there is no such document", param="document_id")
        self._view.document = DocumentView(rows)
        seal = rows.row.seal
        documents_repository.add_entry_check(self._transaction, self._origin, document_id, seal=seal)
        return repository.document_fields(self._origin, event_id, document_id, seal)

    def _new_user(self) -> UserRow | None:
        user_id = self._body.user_id
        if "user_id" not in self._body.model_fields_set or user_id == self._view.user_id:
            return None
        return named_user(self._origin, user_id, "user_id")


def find(origin: str, event_id: int, inside: Parent | None = None) -> EventView:
    """An event without its document's data. Raises the same errors as `get`."""
    return _find_placed(origin, event_id, inside)[1]


def _find_placed(origin: str, event_id: int, inside: Parent | None) -> tuple[PlaceRow, EventView]:
    place = repository.find_place(origin, Model.EVENTS, event_id)
    if place is None:
        raise NotFound(Model.EVENTS.unknown)
    addresses = repository.child_and_user(origin, Model.EVENTS, place, event_id)
    if place.document_id is not None:
        addresses.append(documents_repository.document_address(origin, place.document_id))
    row, user, *documents = read_batch(addresses)
    if not isinstance(row, EventRow) or row.document_id != place.document_id:
        raise RowChanged  # it has just moved, or gone
    document = next((row for row in documents if isinstance(row, DocumentRow)), None)
    shown = None if document is None else _with_groups(origin, document)
    view = EventView(row, user if isinstance(user, UserRow) else None, shown)
    if inside is not None and view.user_id != inside.id:
        raise NotFound(Model.EVENTS.unknown)
    return place, view


def _audited(row: EventRow) -> tuple[str, ...]:
    return (*EventUpdate.model_fields, *EVENT_FIELDS[row.event_type])


def _with_groups(origin: str, row: DocumentRow) -> DocumentView:
    return DocumentView(documents_repository.with_stamp_groups(origin, row))
