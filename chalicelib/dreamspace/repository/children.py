"""Rows of a user's transactions, specimens and events, and the `place` rows that find them by id."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, TypeVar

from chalicelib.core.acting import actor
from chalicelib.core.retrying import RowChanged
from chalicelib.core.tables import Address, Row, assign, find, read_collection
from chalicelib.core.times import stored_time
from chalicelib.core.transactions import Transaction
from chalicelib.dreamspace.domain.models import Model, Referrer
from chalicelib.dreamspace.models import (
    ChildRow,
    DreamspaceRow,
    EventRow,
    PlaceRow,
    SpecimenRow,
    TransactionRow,
    WalletRow,
)
from chalicelib.dreamspace.repository import keys
from chalicelib.dreamspace.repository.indexes import in_growing_pages
from chalicelib.dreamspace.repository.users import user_address

C = TypeVar("C", bound=ChildRow)
KINDS: dict[Model, type[ChildRow]] = {
    Model.TRANSACTIONS: TransactionRow,
    Model.SPECIMENS: SpecimenRow,
    Model.EVENTS: EventRow,
}


def transaction_row(
    origin: str, transaction_id: int, *, user_id: int, created_at: datetime, **fields: Any
) -> TransactionRow:
    """A new transaction's row, not yet stored."""
    return TransactionRow(
        keys.user_pk(origin, user_id),
        keys.child_sk(Model.TRANSACTIONS, transaction_id),
        transaction_id=transaction_id,
        user_id=user_id,
        created_at=created_at.isoformat(),
        version=1,
        posted_by=actor(),
        **keys.listed(origin, Model.TRANSACTIONS, transaction_id, created_at),
        **fields,
    )


def specimen_row(
    origin: str,
    specimen_id: int,
    *,
    owner_id: int,
    born_at: datetime,
    forgotten_at: datetime | None,
    posted_by: str | None,
    version: int = 1,
) -> SpecimenRow:
    """A specimen's row, not yet stored."""
    return SpecimenRow(
        keys.user_pk(origin, owner_id),
        keys.child_sk(Model.SPECIMENS, specimen_id),
        specimen_id=specimen_id,
        owner_id=owner_id,
        born_at=born_at.isoformat(),
        version=version,
        posted_by=posted_by,
        **keys.listed(origin, Model.SPECIMENS, specimen_id, born_at),
        **_forgotten(origin, specimen_id, forgotten_at),
    )


def event_row(origin: str, event_id: int, *, user_id: int, created_at: datetime, **fields: Any) -> EventRow:
    """A new event's row, not yet stored."""
    return EventRow(
        keys.user_pk(origin, user_id),
        keys.child_sk(Model.EVENTS, event_id),
        event_id=event_id,
        user_id=user_id,
        created_at=created_at.isoformat(),
        version=1,
        posted_by=actor(),
        trait_key=keys.trait_key(origin, Model.EVENTS, fields["event_type"]),
        **keys.listed(origin, Model.EVENTS, event_id, created_at),
        **occurrence_fields(event_id, fields.pop("occurred_at")),
        **document_fields(origin, event_id, fields.pop("document_id"), fields.pop("seal")),
        **fields,
    )


def occurrence_fields(event_id: int, occurred_at: datetime) -> dict[str, Any]:
    """The fields of an event's time, and its key in the index by time."""
    return {"occurred_at": occurred_at.isoformat(), "moment_key": keys.moment_text(occurred_at, event_id)}


def document_fields(origin: str, event_id: int, document_id: int | None, seal: int | None) -> dict[str, Any]:
    """The fields of an event's document, and its keys in the indexes by document and by seal."""
    return {
        "document_id": document_id,
        "seal": seal,
        "document_key": None if document_id is None else keys.events_of_key(origin, document_id),
        "document_sort": None if document_id is None else keys.id_text(event_id),
        "seal_key": None if seal is None else keys.seal_key(origin, seal),
    }


def number_of(row: ChildRow) -> int:
    """The id of a child."""
    return int(row.sk.rpartition("#")[2])


def moved_copy(row: C, pk: str, **changes: Any) -> C:
    """A copy of a row under another user's key, with the next version."""
    values = {name: value for name, value in row.attribute_values.items() if name not in ("pk", "sk")}
    return type(row)(pk, row.sk, **{**values, **changes, "version": row.version + 1})


def find_place(origin: str, model: Model, number: int) -> PlaceRow | None:
    """The `place` row of a child, strongly consistent."""
    return find(PlaceRow, keys.place_pk(origin, model, number), keys.PLACE)


def find_child(origin: str, model: Model, place: PlaceRow, number: int) -> ChildRow | None:
    """A child by its `place` row, strongly consistent."""
    return find(*_address(origin, model, place, number))


def child_and_user(origin: str, model: Model, place: PlaceRow, number: int) -> list[Address]:
    """The keys of a child's row and of its user's, for a batch."""
    return [_address(origin, model, place, number), user_address(origin, place.user_id)]


def add_child(transaction: Transaction, origin: str, model: Model, row: ChildRow) -> None:
    """Adds a new child and its place."""
    transaction.create(row, otherwise=RowChanged())
    transaction.put(_place(origin, model, row))
    if isinstance(row, SpecimenRow) and row.forgotten_at is None:
        transaction.put(_unforgotten(row))


def add_followed(
    transaction: Transaction,
    origin: str,
    referrer: Referrer,
    *,
    document_id: int | None = None,
    otherwise: Exception,
) -> None:
    """Adds that the user or document of a child is changed by way of it; the child must still belong to its user.

    With `document_id`, it must have that document still.
    """
    condition = PlaceRow.user_id == referrer.user_id
    if document_id is not None:
        condition &= PlaceRow.document_id == document_id
    place = PlaceRow(keys.place_pk(origin, referrer.model, referrer.id), keys.PLACE)
    transaction.update(place, [PlaceRow.followed.add(1)], condition=condition, otherwise=otherwise)


def add_event_change(transaction: Transaction, origin: str, row: EventRow, changes: dict[str, Any]) -> None:
    """Adds a change of an event and of its `place` row, which names the document."""
    transaction.change_version(row, changes)
    if "document_id" in changes:
        transaction.put(_place(origin, Model.EVENTS, row))


def add_child_move(transaction: Transaction, origin: str, model: Model, *, old: ChildRow, new: ChildRow) -> None:
    """Adds the move of a child to another user; the commit may raise `RowChanged`."""
    _add_row_removal(transaction, old)
    add_child(transaction, origin, model, new)


def add_child_removal(transaction: Transaction, origin: str, model: Model, row: ChildRow) -> None:
    """Adds the removal of a child and its `place` row; the commit may raise `RowChanged`."""
    _add_row_removal(transaction, row)
    transaction.delete(PlaceRow(keys.place_pk(origin, model, number_of(row)), keys.PLACE))


def add_event_removal(transaction: Transaction, row: EventRow, place: PlaceRow) -> None:
    """Adds the removal of an event.

    The commit raises `RowChanged` if the event was changed, or something by way of it, since its `place` was read.
    """
    _add_row_removal(transaction, row)
    followed = place.followed
    unchanged = PlaceRow.followed.does_not_exist() if followed is None else PlaceRow.followed == followed
    transaction.delete(PlaceRow(place.pk, place.sk), condition=unchanged, otherwise=RowChanged())


def add_forgotten_change(
    transaction: Transaction, origin: str, row: SpecimenRow, forgotten_at: datetime | None
) -> None:
    """Adds a change of a specimen's `forgotten_at`, also to the row in memory."""
    was_forgotten = row.forgotten_at is not None
    transaction.change_version(row, _forgotten(origin, row.specimen_id, forgotten_at))
    if forgotten_at is None:
        transaction.put(_unforgotten(row))
    elif not was_forgotten:
        transaction.delete(_unforgotten(row))


def add_seal_change(transaction: Transaction, origin: str, row: EventRow, document_id: int, seal: int | None) -> None:
    """Adds the document's seal to an event, or removes the document from it; the commit may raise `RowChanged`."""
    changes = document_fields(origin, row.event_id, None if seal is None else document_id, seal)
    actions = [*assign(EventRow(row.pk, row.sk), changes), EventRow.version.add(1)]
    has_it = EventRow.document_id == document_id
    transaction.update(EventRow(row.pk, row.sk), actions, condition=has_it, otherwise=RowChanged())
    if seal is None:
        place = PlaceRow(keys.place_pk(origin, Model.EVENTS, row.event_id), keys.PLACE)
        transaction.update(place, [PlaceRow.document_id.remove()], condition=PlaceRow.pk.exists())


def iterate_children(
    origin: str, model: Model, user_id: int, *, after: int, page_size: int | None
) -> Iterator[ChildRow]:
    """A user's children of one model after an id, strongly consistent."""
    kind, prefix = KINDS[model], keys.child_prefix(model)
    if after >= keys.LARGEST_ID:
        return iter(())
    span = kind.sk.between(prefix + keys.id_text(after + 1), prefix + keys.END)
    rows = kind.query(keys.user_pk(origin, user_id), span, consistent_read=True, page_size=page_size)
    return in_growing_pages(rows)


def iterate_all_children(origin: str, user_id: int) -> Iterator[tuple[Model | None, Row]]:
    """All rows of a user with their models; copies and the wallet have no model."""
    for row in read_collection(DreamspaceRow, keys.user_pk(origin, user_id), kind_of=_kind_of):
        yield _model_of(row.sk), row


def find_current_specimen(origin: str, user_id: int) -> SpecimenRow | None:
    """The current specimen of a user, strongly consistent; the user's own row is not checked."""
    rows = SpecimenRow.query(
        keys.user_pk(origin, user_id),
        SpecimenRow.sk.startswith(keys.UNFORGOTTEN),
        consistent_read=True,
        scan_index_forward=False,
        limit=1,
    )
    return next(iter(rows), None)


def _add_row_removal(transaction: Transaction, row: ChildRow) -> None:
    kind = type(row)
    transaction.delete(kind(row.pk, row.sk), condition=kind.version == row.version, otherwise=RowChanged())
    if isinstance(row, SpecimenRow) and row.forgotten_at is None:
        transaction.delete(_unforgotten(row))


def _address(origin: str, model: Model, place: PlaceRow, number: int) -> tuple[type[ChildRow], str, str]:
    return KINDS[model], keys.user_pk(origin, place.user_id), keys.child_sk(model, number)


def _place(origin: str, model: Model, row: ChildRow) -> PlaceRow:
    place = PlaceRow(keys.place_pk(origin, model, number_of(row)), keys.PLACE)
    place.user_id = int(row.pk.rpartition("#")[2])
    if isinstance(row, EventRow):
        place.document_id = row.document_id
    return place


def _unforgotten(row: SpecimenRow) -> SpecimenRow:
    return SpecimenRow(
        row.pk,
        keys.UNFORGOTTEN + keys.moment_text(stored_time(row.born_at), row.specimen_id),
        specimen_id=row.specimen_id,
        owner_id=row.owner_id,
        born_at=row.born_at,
        version=row.version,
    )


def _forgotten(origin: str, specimen_id: int, forgotten_at: datetime | None) -> dict[str, Any]:
    return {
        "forgotten_at": None if forgotten_at is None else forgotten_at.isoformat(),
        "moment_key": None if forgotten_at is None else keys.moment_text(forgotten_at, specimen_id),
        "trait_key": keys.trait_key(origin, Model.SPECIMENS, forgotten_at is not None),
    }


def _model_of(sk: str) -> Model | None:
    return next((model for model in KINDS if sk.startswith(keys.child_prefix(model))), None)


def _kind_of(sk: str) -> type[Row] | None:
    model = _model_of(sk)
    if model is not None:
        return KINDS[model]
    if sk.startswith(keys.UNFORGOTTEN):
        return SpecimenRow
    return WalletRow if sk == keys.WALLET else None
