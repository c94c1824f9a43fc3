"""Recovering what an endpoint missed: every exhausted and disabled delivery since a time begins anew.

The request stores what is to be recovered and answers; the work goes page by page through the slow queue, and a sweep
takes it up again where a worker died. The `webhook-id` of each event stays.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from chalicelib.core.clock import now
from chalicelib.core.queues import send_best_effort
from chalicelib.core.settings import settings
from chalicelib.core.transactions import Transaction
from chalicelib.webhooks.domain import grace_seconds
from chalicelib.webhooks.models import RecoveryRow
from chalicelib.webhooks.queues import SLOW, recover_message
from chalicelib.webhooks.repository import deliveries as delivery_rows
from chalicelib.webhooks.repository import recoveries as repository
from chalicelib.webhooks.repository import statistics
from chalicelib.webhooks.service import audits, deliveries
from chalicelib.webhooks.service.endpoints import get_endpoint
from chalicelib.webhooks.service.errors import DeliveryUnknown, EndpointSilent
from chalicelib.webhooks.windows import first_position

_PAGE = 100
_SIDE_BY_SIDE = 8


def recover(origin: str, endpoint_id: str, *, since: datetime) -> int:
    """Begins anew what the endpoint missed since then; gives how many deliveries that is.

    Raises `EndpointUnknown`, or `EndpointSilent` while it is disabled.
    """
    endpoint = get_endpoint(origin, endpoint_id)
    if not endpoint.enabled:
        raise EndpointSilent
    first = first_position(since, delivery_rows.PREFIX)
    last = first_position(now(), delivery_rows.PREFIX) + "~"
    if first > last:
        return 0
    transaction, found = Transaction(), 0
    for status in repository.RECOVERABLE:
        count = statistics.count_of(origin, endpoint_id, status, since=first, until=last)
        if count:
            row = repository.recovery_row(origin, endpoint_id, status, since=first, until=last, due_at=_later())
            transaction.put(row)
            transaction.enqueue(SLOW, recover_message(origin, row.id))
        found += count
    if found:
        audits.audit_endpoint(
            transaction, endpoint, "endpoint.recover", after={"since": since.isoformat(), "deliveries": found}
        )
    transaction.commit()
    return found


def work(origin: str, recovery_id: str) -> None:
    """Does one page of a recovery and asks for the next; does nothing once it is done."""
    row = repository.find_recovery(origin, recovery_id)
    if row is None:
        return
    ids = repository.next_deliveries(row, limit=_PAGE)
    _restart(row, ids)
    if len(ids) < _PAGE:
        repository.finish(row)
        return
    if repository.advance(row, position=ids[-1], due_at=_later()):
        send_best_effort([(SLOW, recover_message(origin, recovery_id))])


def _restart(row: RecoveryRow, ids: Sequence[str]) -> None:
    def restart(delivery_id: str) -> None:
        try:
            deliveries.restart(row.origin, delivery_id, only=repository.RECOVERABLE)
        except (DeliveryUnknown, EndpointSilent):
            return  # deleted, or disabled once more: what then comes of it is told by its status

    with ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="recover") as threads:
        list(threads.map(restart, ids))


def _later() -> datetime:
    return now() + timedelta(seconds=grace_seconds(settings().seconds_scale))
