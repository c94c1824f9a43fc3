"""Closing a deleted endpoint: what it did not get ends as `disabled`, at once and in every list.

The closure is stored with the deletion. The request itself ends what it finds; a message that comes later ends the
rest: very many, what a worker was sending meanwhile, and what the index did not show yet. A sweep takes it up again
where a worker died.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from chalicelib.core.clock import now
from chalicelib.core.logging import logger
from chalicelib.core.queues import send_best_effort
from chalicelib.core.transactions import Transaction
from chalicelib.webhooks.models.deliveries import DeliveryRow
from chalicelib.webhooks.models.endpoints import ClosureRow
from chalicelib.webhooks.queues import SLOW, close_message, sweep_grace
from chalicelib.webhooks.repository import closures as repository
from chalicelib.webhooks.repository.deliveries import find_deliveries
from chalicelib.webhooks.repository.waiting import waiting_deliveries

_log = logger("webhooks.closures")
_PAGE = 100
_MOST_PAGES = 10
_SIDE_BY_SIDE = 16
_AFTER_SECONDS = 20  # longer than an exchange, so that nothing is being sent any more


def add_closure(transaction: Transaction, origin: str, endpoint_id: str) -> None:
    """Adds the closure of an endpoint to the transaction of its deletion."""
    repository.add_closure(transaction, origin, endpoint_id, due_at=now() + sweep_grace())


def begin(origin: str, endpoint_id: str) -> None:
    """Ends what it can after the deletion's commit. Never raises: a sweep takes the closure up again.

    It does not end the closure: what was recorded just now may not be in the index yet.
    """
    try:
        row = repository.find_closure(origin, endpoint_id)
        if row is not None:
            _end_open(row)
    except Exception:  # the endpoint is deleted all the same
        _log.exception("the closure is left to the sweep", extra={"endpoint": endpoint_id})


def work(origin: str, endpoint_id: str) -> None:
    """Ends the endpoint's open deliveries, at most 1,000, and asks for another look unless there were none."""
    row = repository.find_closure(origin, endpoint_id)
    if row is not None and not _end_open(row):
        repository.finish(row)


def _end_open(row: ClosureRow) -> int:
    """Ends open deliveries and asks for another look where there were any; gives how many there were."""
    fresh = [each for each in waiting_deliveries(row.origin) if each.endpoint_id == row.id][: _PAGE * _MOST_PAGES]
    _end(row, fresh)
    position, seen = None, len(fresh)
    for _ in range(_MOST_PAGES):
        ids = repository.open_deliveries(row, after=position, limit=_PAGE)
        _end(row, find_deliveries(row.origin, ids))
        seen += len(ids)
        if len(ids) < _PAGE:
            break
        position = ids[-1]
    if seen and repository.put_off(row, until=now() + sweep_grace()):
        more = seen >= _PAGE * _MOST_PAGES
        send_best_effort([(SLOW, close_message(row.origin, row.id, delay_seconds=0 if more else _AFTER_SECONDS))])
    return seen


def _end(row: ClosureRow, deliveries: Sequence[DeliveryRow]) -> None:
    moment = now()
    if not deliveries:
        return
    with ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="close") as threads:
        list(threads.map(lambda each: repository.end_delivery(row, each, at=moment), deliveries))
