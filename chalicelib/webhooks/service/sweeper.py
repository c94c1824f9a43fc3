"""The sweep: puts into a queue again what is due and was not taken care of."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial

from chalicelib.core.clock import now
from chalicelib.core.metrics import emit
from chalicelib.core.queues import Message, send_best_effort
from chalicelib.webhooks.models.deliveries import CANCELLATION_SK, DELIVERY_SK, MISSING_SK, RECOVERY_SK, DeliveryRow
from chalicelib.webhooks.models.endpoints import CLOSURE_SK, LETTER_SK
from chalicelib.webhooks.models.table import DUE_SHARDS
from chalicelib.webhooks.queues import (
    SLOW,
    cancel_message,
    close_message,
    deliver_message,
    recover_message,
    sweep_grace,
    tell_message,
)
from chalicelib.webhooks.repository import due as repository
from chalicelib.webhooks.service.bodies import keep_body

PAGE = 100
MAX_PAGES = 10
_SIDE_BY_SIDE = 16


def sweep() -> int:
    """Enqueues the work of due rows, at most 1,000 of each of the 8 shards, and returns how many.

    Each is put off before it is enqueued, on condition that nobody else did, so that neither two sweepers
    at once nor sweeps after one another flood a queue that is behind. A crash in between costs one such
    pause.
    """
    moment = now()
    later = moment + sweep_grace()
    enqueued, oldest = 0, moment
    with ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="sweep") as threads:
        for shard in range(DUE_SHARDS):
            for rows in _due_pages(shard, by=moment):
                oldest = min([oldest, *(row.due_at for row in rows)])
                won = threads.map(partial(_put_off, until=later), rows)
                mine = [row for row in won if row is not None]
                send_best_effort([(SLOW, _message(row)) for row in mine])
                enqueued += len(mine)
    overdue = (moment - oldest).total_seconds()
    emit({"deliveries_swept": (enqueued, "Count"), "oldest_overdue_delivery": (overdue, "Seconds")})
    return enqueued


def _put_off(row: DeliveryRow, *, until: datetime) -> DeliveryRow | None:
    """Moves a due row's time on, and keeps the event of a delivery; None where another was first."""
    mine = repository.put_off(row, until=until)
    if mine is not None and mine.sk == DELIVERY_SK:
        known = mine.body_until
        if keep_body(mine, at=until) and mine.body_until != known:
            repository.store_body_until(mine)
    return mine


def _message(row: DeliveryRow) -> Message:
    if row.sk in (RECOVERY_SK, MISSING_SK):
        return recover_message(row.origin, row.id)
    if row.sk == CANCELLATION_SK:
        return cancel_message(row.origin, row.id)
    if row.sk == CLOSURE_SK:
        return close_message(row.origin, row.id)
    if row.sk == LETTER_SK:
        return tell_message(row.origin, row.id)
    return deliver_message(row.origin, row.id, endpoint_id=row.endpoint_id, event_id=row.event_id)


def _due_pages(shard: int, *, by: datetime) -> Iterator[list[DeliveryRow]]:
    after = None
    for _ in range(MAX_PAGES):
        rows, after = repository.list_due(shard, by=by, limit=PAGE, after=after)
        yield rows
        if after is None:
            return
