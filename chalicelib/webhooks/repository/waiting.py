"""Deliveries that wait for their first attempt, or for the first since they were begun anew.

They are in no index by status: most are delivered within a second, and would only be written there to be removed. The
outbox holds them, due within the sweep's grace; whatever is put off longer, or claimed late, is listed by its status.
"""

from datetime import timedelta
from functools import partial
from typing import Any

from chalicelib.core.clock import now
from chalicelib.core.pynamo import connection_of
from chalicelib.core.side_by_side import side_by_side
from chalicelib.webhooks.models.deliveries import DeliveryRow
from chalicelib.webhooks.models.table import DUE_SHARDS, due_shard
from chalicelib.webhooks.queues import sweep_grace
from chalicelib.webhooks.repository.deliveries import PREFIX, SCHEDULED, find_deliveries

_CLOCKS = timedelta(seconds=60)  # by which the clocks of those who write may be ahead of this one


def due_soon(origin: str) -> list[str]:
    """Ids of the partner's deliveries that the sweep looks at within its grace, newest first; one request a shard.

    All that wait for a first attempt are among them, and others.
    """
    found = side_by_side([partial(_due_soon, origin, shard) for shard in range(DUE_SHARDS)])
    return sorted((each for ids in found for each in ids), reverse=True)


def waiting_deliveries(origin: str) -> list[DeliveryRow]:
    """The partner's deliveries that wait for a first attempt and are not listed by status."""
    rows = find_deliveries(origin, due_soon(origin))
    return [row for row in rows if row.status == SCHEDULED and row.status_key is None]


def _due_soon(origin: str, shard: int) -> list[str]:
    ids: list[str] = []
    position = None
    latest = now() + sweep_grace() + _CLOCKS
    while True:
        answer: dict[str, Any] = connection_of(DeliveryRow).query(
            due_shard(shard),
            range_key_condition=DeliveryRow.due_at <= latest,
            filter_condition=(DeliveryRow.origin == origin) & DeliveryRow.id.startswith(PREFIX),
            index_name="due",
            exclusive_start_key=position,
        )
        ids += [item["id"]["S"] for item in answer["Items"]]
        position = answer.get("LastEvaluatedKey")
        if position is None:
            return ids
