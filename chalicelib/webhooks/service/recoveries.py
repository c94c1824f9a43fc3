"""Recovering what an endpoint missed: every exhausted and disabled delivery since a time begins anew.

The request stores what is to be recovered and answers; the work goes page by page through the slow queue, and a sweep
takes it up again where a worker died. The `webhook-id` of each event stays. What was missed is known from its own rows,
which show it at once; an index tells of deliveries from before there were such rows.
"""

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

from chalicelib.core.clock import now
from chalicelib.core.queues import send_best_effort
from chalicelib.core.settings import settings
from chalicelib.core.side_by_side import side_by_side
from chalicelib.core.transactions import Transaction
from chalicelib.webhooks.domain import CLOCK_SKEW_SECONDS, MISSED, Choice, grace_seconds
from chalicelib.webhooks.models.deliveries import DeliveryRow, RecoveryRow
from chalicelib.webhooks.queues import SLOW, recover_message
from chalicelib.webhooks.repository import deliveries as delivery_rows
from chalicelib.webhooks.repository import endpoints as endpoint_rows
from chalicelib.webhooks.repository import recoveries as repository
from chalicelib.webhooks.repository.missed import Span, listed_deliveries, noted_deliveries
from chalicelib.webhooks.service import audits, deliveries
from chalicelib.webhooks.service.endpoints import get_endpoint
from chalicelib.webhooks.service.errors import DeliveryUnknown, EndpointSilent, SpanReversed
from chalicelib.webhooks.windows import first_position

ALL_MISSED = Choice()
_PAGE = 100
_SIDE_BY_SIDE = 8


def recover(
    origin: str,
    endpoint_id: str,
    *,
    since: datetime,
    until: datetime | None = None,
    choice: Choice = ALL_MISSED,
    dry_run: bool = False,
) -> int:
    """Begins anew what the endpoint missed from `since` until before `until`; gives how many deliveries that is.

    With `dry_run` it only counts. Raises `EndpointUnknown`, `EndpointSilent` while it is disabled, or `SpanReversed`.
    """
    if until is not None and until < since:
        raise SpanReversed
    endpoint = get_endpoint(origin, endpoint_id)
    if not endpoint.enabled and not dry_run:
        raise EndpointSilent
    moment = now() + timedelta(seconds=settings().scaled(CLOCK_SKEW_SECONDS))
    first = first_position(since, delivery_rows.PREFIX)
    last = first_position(moment, delivery_rows.PREFIX) + "~"
    if until is not None:
        last = min(last, first_position(until, delivery_rows.PREFIX))
    if first > last:
        return 0
    span = Span(origin, endpoint_id, first, last, moment)
    noted = noted_deliveries(span, choice)
    unnoted = _unnoted(span, {each for ids in noted for each in ids}, choice)
    found = len(noted.chosen) + len(_rows(origin, noted.unknown, choice)) + len(unnoted)
    if dry_run:
        return found
    transaction = Transaction()
    endpoint_rows.add_enabled_check(transaction, endpoint, otherwise=EndpointSilent())
    begins = None if any(noted) else _later()
    _add(transaction, repository.recovery_row(span, choice, due_at=_later(), again_at=begins))
    for status in {row.status for row in unnoted}:
        _add(transaction, repository.recovery_row(span, choice, status=status, due_at=_later()))
    if found:
        after = {"since": since.isoformat(), "deliveries": found}
        if until is not None:
            after["until"] = until.isoformat()
        audits.ENDPOINTS.add(transaction, endpoint, "recover", after=after)
    transaction.commit()
    return found


def work(origin: str, recovery_id: str) -> None:
    """Does one page of a recovery and asks for the next; does nothing once it is done, or before it begins again.

    What was missed by the time of the request is looked for twice: what was just being stored then is there the second
    time.
    """
    row = repository.find_recovery(origin, recovery_id)
    if row is None or (row.again_at is not None and now() < row.again_at):
        return
    ids = repository.next_deliveries(row, limit=_PAGE)
    _restart(row, ids)
    if len(ids) == _PAGE:
        if repository.advance(row, position=ids[-1], due_at=_later()):
            send_best_effort([(SLOW, recover_message(origin, recovery_id))])
    elif row.status is None and row.again_at is None:
        repository.rewind(row, until=_later())
    else:
        repository.finish(row)


def _unnoted(span: Span, noted: Collection[str], choice: Choice) -> list[DeliveryRow]:
    """Missed deliveries that are not noted as such: those from before that was done.

    An index names them. It lags, and shows some that were restarted since; so the rows themselves decide.
    """
    ids = [each for status in MISSED for each in listed_deliveries(span, status) if each not in noted]
    return _rows(span.origin, ids, choice)


def _rows(origin: str, ids: Sequence[str], choice: Choice) -> list[DeliveryRow]:
    """Those deliveries that are meant."""
    pages = [ids[start : start + _PAGE] for start in range(0, len(ids), _PAGE)]
    rows = side_by_side([partial(delivery_rows.find_deliveries, origin, page) for page in pages])
    return [row for page in rows for row in page if choice.takes(status=row.status, event_type=row.event_type)]


def _add(transaction: Transaction, row: RecoveryRow) -> None:
    transaction.put(row)
    if row.again_at is None:
        transaction.enqueue(SLOW, recover_message(row.origin, row.id))


def _restart(row: RecoveryRow, ids: Sequence[str]) -> None:
    choice = repository.choice_of(row)

    def restart(delivery_id: str) -> None:
        try:
            deliveries.restart(row.origin, delivery_id, only=choice)
        except (DeliveryUnknown, EndpointSilent):
            return  # deleted, or disabled once more: what then comes of it is told by its status

    with ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="recover") as threads:
        list(threads.map(restart, ids))


def _later() -> datetime:
    return now() + timedelta(seconds=grace_seconds(settings().seconds_scale))
