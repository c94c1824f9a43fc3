"""Rows of what is to be tidied up, found by the sweep where the message that names them is lost."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from pynamodb.exceptions import DeleteError, UpdateError

from chalicelib.core.clock import epoch_micros, now
from chalicelib.core.ids import digest, sortable_id
from chalicelib.core.tables import find, key
from chalicelib.core.transactions import Transaction
from chalicelib.dreamspace.models import DreamspaceRow, ObjectRow, PendingRow
from chalicelib.dreamspace.repository import keys

SHARDS = 8
_FAILED_CONDITION = "ConditionalCheckFailedException"


def due_keys(pk: str, due: datetime) -> dict[str, Any]:
    """The place of a row in the index `due`."""
    return {"due_shard": _shard_name(int(digest(pk)[:8], 16) % SHARDS), "due_at": _due_text(due)}


def add_pending(
    transaction: Transaction, origin: str, pk: str, owner_id: int, *, due: datetime, settles_at: datetime | None
) -> PendingRow:
    """Says that something behind a user or document is to be tidied up; an earlier such row is replaced."""
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
    """What is to be tidied up under a key, strongly consistent."""
    return find(PendingRow, pk, keys.PENDING)


def end_pending(row: PendingRow) -> bool:
    """Says that it is tidy; False where a later change left something again."""
    try:
        PendingRow(row.pk, row.sk).delete(condition=PendingRow.token == row.token)
    except DeleteError as error:
        if error.cause_response_code != _FAILED_CONDITION:
            raise
        return False
    return True


def is_settled(row: PendingRow) -> bool:
    """True once an index shows what was written before the change."""
    return row.settles_at is None or row.settles_at <= _due_text(now())


def keep_pending(row: PendingRow) -> None:
    """Leaves the row to the next sweep; a later change's row is left as it is."""
    _change(PendingRow(row.pk, row.sk), [PendingRow.due_at.set(_due_text(now()))], PendingRow.token == row.token)


def find_object(pk: str, sk: str) -> ObjectRow | None:
    """An object that nothing refers to, strongly consistent."""
    return find(ObjectRow, pk, sk)


def doom_object(row: ObjectRow) -> bool:
    """Makes sure that nothing will ever refer to the object; False where something does already."""
    return _change(ObjectRow(row.pk, row.sk), [ObjectRow.doomed.set(True)], ObjectRow.pk.exists())


def forget_object(row: ObjectRow) -> None:
    """Removes the row of an object that is gone."""
    ObjectRow(row.pk, row.sk).delete()


def due_rows(shard: int, *, limit: int) -> Iterator[DreamspaceRow]:
    """Keys of what is due in one shard, the oldest first; one request for an empty shard."""
    condition = DreamspaceRow.due_at <= _due_text(now())
    return iter(DreamspaceRow.query(_shard_name(shard), condition, index_name="due", limit=limit))


def defer(row: DreamspaceRow, *, by: timedelta) -> bool:
    """Moves a due row on, so that one sweep alone takes it up; False where another was first."""
    unchanged = DreamspaceRow.due_at == row.due_at
    return _change(DreamspaceRow(row.pk, row.sk), [DreamspaceRow.due_at.set(_due_text(now() + by))], unchanged)


def _change(row: DreamspaceRow, actions: list[Any], condition: Any) -> bool:
    try:
        row.update(actions=actions, condition=condition)
    except UpdateError as error:
        if error.cause_response_code != _FAILED_CONDITION:
            raise
        return False
    return True


def _shard_name(shard: int) -> str:
    return key("DUE", shard)


def _due_text(moment: datetime) -> str:
    return f"{epoch_micros(moment):017d}"
