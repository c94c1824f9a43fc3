"""Recoveries: which deliveries of an endpoint are to be begun anew, and how far that has come."""

from datetime import datetime

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from chalicelib.core.ids import sortable_id
from chalicelib.core.tables import find
from chalicelib.webhooks.models import (
    RECOVERY_SK,
    DeliveryRow,
    RecoveryRow,
    due_keys,
    recovery_pk,
    status_keys,
)

RECOVERABLE = ("exhausted", "disabled")


def recovery_row(
    origin: str, endpoint_id: str, status: str, *, since: str, until: str, due_at: datetime
) -> RecoveryRow:
    """A new recovery of one status, not yet stored; swept from `due_at`."""
    recovery_id = sortable_id("rcv_")
    return RecoveryRow(
        recovery_pk(origin, recovery_id),
        RECOVERY_SK,
        id=recovery_id,
        origin=origin,
        endpoint_id=endpoint_id,
        status=status,
        since=since,
        until=until,
        **due_keys(recovery_id, due_at),
    )


def find_recovery(origin: str, recovery_id: str) -> RecoveryRow | None:
    """One recovery, None once it is done."""
    return find(RecoveryRow, recovery_pk(origin, recovery_id), RECOVERY_SK)


def next_deliveries(row: RecoveryRow, *, limit: int) -> list[str]:
    """Ids of the next deliveries of the recovery, oldest first."""
    partition = status_keys(row.origin, row.endpoint_id, row.status)["group_status_key"]
    start = row.since if row.position is None else row.position + "\x00"
    if start > row.until:
        return []
    span = DeliveryRow.list_sort.between(start, row.until)
    found = DeliveryRow.grouped_by_status.query(partition, span, limit=limit)
    return [str(each.list_sort) for each in found]


def advance(row: RecoveryRow, *, position: str, due_at: datetime) -> bool:
    """Stores how far the recovery has come; False where another worker has ended it."""
    actions: list[Action] = [RecoveryRow.position.set(position), RecoveryRow.due_at.set(due_at)]
    try:
        row.update(actions=actions, condition=RecoveryRow.pk.exists())
    except UpdateError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    return True


def finish(row: RecoveryRow) -> None:
    """Ends the recovery."""
    row.delete()
