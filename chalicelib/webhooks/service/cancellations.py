"""Canceling all that an endpoint has scheduled, page by page, as a recovery begins deliveries anew.

The request stores what is to be canceled and does the first page; the slow queue does the rest, and a sweep takes it up
again where a worker died. What is begun after the request is not meant. All is gone through once more after the
outbox's grace, for what was just being recorded and what no index showed yet.
"""

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial

from chalicelib.core.clock import now
from chalicelib.core.logging import logger
from chalicelib.core.queues import send_best_effort
from chalicelib.core.transactions import Transaction
from chalicelib.webhooks.domain import Choice
from chalicelib.webhooks.models.deliveries import CANCELLATION_SK, DeliveryRow, RecoveryRow
from chalicelib.webhooks.queues import SLOW, cancel_message, sweep_grace
from chalicelib.webhooks.repository import deliveries as delivery_rows
from chalicelib.webhooks.repository import endpoints as endpoint_rows
from chalicelib.webhooks.repository import recoveries as repository
from chalicelib.webhooks.repository.missed import Span, listed_deliveries
from chalicelib.webhooks.repository.waiting import waiting_deliveries
from chalicelib.webhooks.service import audits, deliveries, ordering
from chalicelib.webhooks.service.endpoints import get_endpoint
from chalicelib.webhooks.service.errors import EndpointUnknown
from chalicelib.webhooks.service.recoveries import check_span
from chalicelib.webhooks.windows import first_position

_log = logger("webhooks.cancellations")
_PAGE = 100
_SIDE_BY_SIDE = 16


def cancel_pending(
    origin: str,
    endpoint_id: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    event_types: Collection[str] = (),
    dry_run: bool = False,
) -> int:
    """Cancels the endpoint's scheduled deliveries created from `since` until before `until`; gives how many.

    Of these types alone (none: all). With `dry_run` it only counts. Raises `EndpointUnknown` or `SpanReversed`.
    """
    check_span(since, until)
    endpoint = get_endpoint(origin, endpoint_id)
    span, choice = _span(origin, endpoint_id, since, until), Choice((delivery_rows.SCHEDULED,), event_types)
    found = _count(span, choice)
    if dry_run:
        return found
    transaction = Transaction()
    endpoint_rows.add_presence_check(transaction, endpoint, otherwise=EndpointUnknown())
    status = delivery_rows.SCHEDULED
    row = repository.recovery_row(span, choice, kind=CANCELLATION_SK, status=status, due_at=now() + sweep_grace())
    transaction.put(row)
    if found:
        times = {"since": since, "until": until}
        after = {name: time.isoformat() for name, time in times.items() if time is not None}
        audits.ENDPOINTS.add(transaction, endpoint, "cancel_pending", after={**after, "deliveries": found})
    transaction.commit()
    _begin(row)
    return found


def work(origin: str, cancellation_id: str) -> None:
    """Does one page and asks for the next; does nothing once all is done, or before it begins once more."""
    row = repository.find_recovery(origin, cancellation_id)
    if row is None or (row.again_at is not None and now() < row.again_at):
        return
    waiting = _waiting(repository.span_of(row), repository.choice_of(row))
    _cancel(row, waiting[:_PAGE])
    if len(waiting) > _PAGE:
        send_best_effort([(SLOW, cancel_message(origin, cancellation_id))])
        return
    ids = repository.next_deliveries(row, limit=_PAGE)
    _cancel(row, delivery_rows.find_deliveries(row.origin, ids))
    if len(ids) == _PAGE:
        if repository.advance(row, position=ids[-1], due_at=now() + sweep_grace()):
            send_best_effort([(SLOW, cancel_message(origin, cancellation_id))])
    elif row.again_at is None:
        repository.rewind(row, until=now() + sweep_grace())
    else:
        repository.finish(row)


def _begin(row: RecoveryRow) -> None:
    """Does the first page at once. Never raises: what was stored is swept."""
    try:
        work(row.origin, row.id)
    except Exception:
        _log.exception("the cancellation is left to the sweep", extra={"cancellation": row.id})


def _span(origin: str, endpoint_id: str, since: datetime | None, until: datetime | None) -> Span:
    moment, prefix = now(), delivery_rows.PREFIX
    first = prefix if since is None else first_position(since, prefix)
    last = first_position(moment, prefix) + "~"
    if until is not None:
        last = min(last, first_position(until, prefix))
    return Span(origin, endpoint_id, first, last, moment)


def _count(span: Span, choice: Choice) -> int:
    """How many deliveries are meant; the index is asked alone where the types do not matter.

    Those that wait are read first: a delivery may move from there to the index, never back.
    """
    waiting = [row.id for row in _waiting(span, choice)]
    listed = listed_deliveries(span, delivery_rows.SCHEDULED)
    if choice.event_types:
        rows = delivery_rows.find_deliveries(span.origin, listed)
        listed = [row.id for row in rows if choice.takes(status=row.status, event_type=row.event_type)]
    return len({*waiting, *listed})


def _waiting(span: Span, choice: Choice) -> list[DeliveryRow]:
    """Those that wait for their first attempt, and so are in no index by status; oldest first."""
    meant = [
        row
        for row in waiting_deliveries(span.origin)
        if row.endpoint_id == span.endpoint_id
        and span.since <= row.id <= span.until
        and row.begun <= span.by
        and choice.takes(status=row.status, event_type=row.event_type)
    ]
    return sorted(meant, key=lambda row: row.id)


def _cancel(row: RecoveryRow, page: Sequence[DeliveryRow]) -> None:
    cancel = partial(deliveries.cancel_begun, by=row.missed_by, only=repository.choice_of(row))
    with ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="cancel") as threads:
        canceled = [each for each in threads.map(cancel, page) if each is not None]
    ordering.ask_behind(canceled)
