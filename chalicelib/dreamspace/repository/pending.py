"""Rows of pending tidying. The sweep finds them if their message was lost."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from chalicelib.core.clock import epoch_micros, now
from chalicelib.core.ids import digest, sortable_id
from chalicelib.core.retrying import RowChanged
from chalicelib.core.tables import find, key, update_when_free
from chalicelib.core.transactions import Transaction
from chalicelib.dreamspace.models import DreamspaceRow, ObjectRow, PendingRow
from chalicelib.dreamspace.repository import keys

SHARDS = 8


def due_keys(pk: str, due: datetime) -> dict[str, Any]:
    """The keys of a row in the index `due`."""
    return {"due_shard": _shard_name(int(digest(pk)[:8], 16) % SHARDS), "due_at": _due_text(due)}


def add_pending(
    transaction: Transaction, origin: str, pk: str, owner_id: int, *, due: datetime, settles_at: datetime | None
) -> PendingRow:
    """Adds a request to tidy up after a change; it replaces an earlier request."""
    row = PendingRow(
        pk,
        keys.PENDING,
        origin=origin,
        owner_id=owner_id,
        token=sortable_id(),
        settles_at=None if settles_at is None else _due_text(settles_at),
        **due_keys(pk, due),
    )
    transaction.put(row)
    return row


def find_pending(pk: str) -> PendingRow | None:
    """The pending request of a user or document, strongly consistent."""
    return find(PendingRow, pk, keys.PENDING)


def remove_pending(row: PendingRow) -> bool:
    """Removes a finished request; False if a later change has replaced it."""
    removal = Transaction()
    removal.delete(PendingRow(row.pk, row.sk), condition=PendingRow.token == row.token, otherwise=RowChanged())
    try:
        removal.commit()
    except RowChanged:
        return False
    return True


def is_settled(row: PendingRow) -> bool:
    """True once the index has all rows from before the change."""
    return row.settles_at is None or row.settles_at <= _due_text(now())


def postpone_pending(row: PendingRow) -> None:
    """Makes the request due at the next sweep, unless a later change has replaced it."""
    _change(PendingRow(row.pk, row.sk), [PendingRow.due_at.set(_due_text(now()))], PendingRow.token == row.token)


def find_object(pk: str, sk: str) -> ObjectRow | None:
    """The row of an object without a reference, strongly consistent."""
    return find(ObjectRow, pk, sk)


def discard_object(row: ObjectRow) -> bool:
    """Prevents new references to an object; False if it has a reference already."""
    return _change(ObjectRow(row.pk, row.sk), [ObjectRow.is_discarded.set(True)], ObjectRow.pk.exists())


def remove_object_row(row: ObjectRow) -> None:
    """Removes the row of a removed object."""
    row.delete()


def due_rows(shard: int, *, limit: int) -> Iterator[DreamspaceRow]:
    """Due rows of one shard, the oldest first. An empty shard costs one request."""
    condition = DreamspaceRow.due_at <= _due_text(now())
    return iter(DreamspaceRow.query(_shard_name(shard), condition, index_name="due", limit=limit))


def defer(row: DreamspaceRow, *, by: timedelta) -> bool:
    """Moves a row's due time, so that only one sweep takes it; False if another sweep was first."""
    unchanged = DreamspaceRow.due_at == row.due_at
    return _change(DreamspaceRow(row.pk, row.sk), [DreamspaceRow.due_at.set(_due_text(now() + by))], unchanged)


def _change(row: DreamspaceRow, actions: list[Any], condition: Any) -> bool:
    return update_when_free(row, actions, condition, what="a row to be tidied up")


def _shard_name(shard: int) -> str:
    return key("DUE", shard)


def _due_text(moment: datetime) -> str:
    return f"{epoch_micros(moment):017d}"
