"""The outbox, as a sweep looks at it: deliveries and other rows that are due."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.core.pynamo import connection_of
from chalicelib.core.tables import update_if
from chalicelib.webhooks.models.deliveries import DeliveryRow
from chalicelib.webhooks.models.table import due_shard
from chalicelib.webhooks.repository.deliveries import change_delivery


def list_due(shard: int, *, by: datetime, limit: int, after: Mapping[str, Any] | None) -> tuple[list[DeliveryRow], Any]:
    """Rows of a shard that are due, and where to go on, None at the end: one request. They carry keys and ids."""
    answer: dict[str, Any] = connection_of(DeliveryRow).query(
        due_shard(shard),
        range_key_condition=DeliveryRow.due_at <= by,
        index_name="due",
        limit=limit,
        exclusive_start_key=after,
    )
    rows = [DeliveryRow.from_raw_data(item) for item in answer["Items"]]
    return rows, answer.get("LastEvaluatedKey")


def put_off(row: DeliveryRow, *, until: datetime) -> DeliveryRow | None:
    """Moves a due row's time on, and gives the whole row; None where another changed it since `row` was read."""
    return change_delivery(row, [DeliveryRow.due_at.set(until)], DeliveryRow.due_at == row.due_at)


def store_body_until(row: DeliveryRow) -> None:
    """Stores the row's `body_until` over an earlier one, while the delivery's status is the row's."""
    update_if(
        DeliveryRow(row.pk, row.sk),
        [DeliveryRow.body_until.set(row.body_until)],
        (DeliveryRow.status == row.status) & (DeliveryRow.body_until < row.body_until),
    )
