"""Closures: deleted endpoints whose open deliveries are still to be ended."""

from datetime import datetime

from pynamodb.expressions.update import Action

from chalicelib.core.tables import as_read, find, update_if
from chalicelib.core.transactions import Transaction
from chalicelib.webhooks.models.deliveries import DeliveryRow, status_keys
from chalicelib.webhooks.models.endpoints import CLOSURE_SK, ClosureRow, closure_pk
from chalicelib.webhooks.models.table import due_keys

_SCHEDULED, _ENDED = "scheduled", "disabled"


def add_closure(transaction: Transaction, origin: str, endpoint_id: str, *, due_at: datetime) -> None:
    """Adds the endpoint's closure; swept from `due_at`."""
    row = ClosureRow(closure_pk(origin, endpoint_id), CLOSURE_SK, id=endpoint_id, origin=origin)
    for name, value in due_keys(endpoint_id, due_at).items():
        setattr(row, name, value)
    transaction.put(row)


def find_closure(origin: str, endpoint_id: str) -> ClosureRow | None:
    """The endpoint's closure, None once it is done."""
    return find(ClosureRow, closure_pk(origin, endpoint_id), CLOSURE_SK)


def open_deliveries(row: ClosureRow, *, after: str | None, limit: int) -> list[str]:
    """Ids of the endpoint's deliveries that are listed as scheduled, oldest first."""
    partition = status_keys(row.origin, row.id, _SCHEDULED)["group_status_key"]
    behind = DeliveryRow.list_sort > after if after else None
    return [str(each.list_sort) for each in DeliveryRow.grouped_by_status.query(partition, behind, limit=limit)]


def end_delivery(row: ClosureRow, read: DeliveryRow, *, at: datetime) -> bool:
    """Ends a delivery as `disabled`; False where a worker is sending it just now, or something has come of it."""
    free = DeliveryRow.lease_until.does_not_exist() | (DeliveryRow.lease_until < at)
    keys = status_keys(row.origin, row.id, _ENDED)
    end = read.end_of(at)
    actions: list[Action] = [
        DeliveryRow.status.set(_ENDED),
        *(getattr(DeliveryRow, name).set(value) for name, value in keys.items()),
        DeliveryRow.lease.remove(),
        DeliveryRow.lease_until.remove(),
        DeliveryRow.next_attempt_at.remove(),
        DeliveryRow.due_shard.remove(),
        DeliveryRow.due_at.remove(),
        *([] if end is None else [DeliveryRow.ttl.set(end)]),
    ]
    unchanged = as_read(read, "body_until") & (DeliveryRow.status == _SCHEDULED) & free
    return update_if(DeliveryRow(read.pk, read.sk), actions, unchanged)


def put_off(row: ClosureRow, *, until: datetime) -> bool:
    """Leaves the rest for later; False where another worker has ended the closure."""
    return update_if(row, [ClosureRow.due_at.set(until)], ClosureRow.pk.exists())


def finish(row: ClosureRow) -> None:
    """Ends the closure."""
    row.delete()
