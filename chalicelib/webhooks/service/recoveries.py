"""Recovering what an endpoint missed: every exhausted and disabled delivery since a time begins anew.

The request stores what is to be recovered and answers; the work goes page by page through the slow queue, and a sweep
takes it up again where a worker died. The `webhook-id` of each event stays. What was missed is known from its own rows,
which show it at once; an index tells of older deliveries, which have no such rows.

Events that an endpoint never got are delivered to it in the same way (`missing`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from chalicelib.core.clock import now
from chalicelib.core.queues import send_best_effort
from chalicelib.core.settings import settings
from chalicelib.core.transactions import Transaction
from chalicelib.webhooks.domain import CLOCK_SKEW_SECONDS, MISSED, Choice
from chalicelib.webhooks.models.deliveries import MISSING_SK, DeliveryRow, RecoveryRow
from chalicelib.webhooks.models.endpoints import EndpointRow
from chalicelib.webhooks.queues import SLOW, recover_message, sweep_grace
from chalicelib.webhooks.repository import deliveries as delivery_rows
from chalicelib.webhooks.repository import endpoints as endpoint_rows
from chalicelib.webhooks.repository import recoveries as repository
from chalicelib.webhooks.repository.missed import Span, listed_deliveries, noted_deliveries
from chalicelib.webhooks.service import audits, deliveries, missing
from chalicelib.webhooks.service.endpoints import endpoint_to_call, get_endpoint
from chalicelib.webhooks.service.errors import EndpointSilent, SpanReversed
from chalicelib.webhooks.service.ordering import change_in_order
from chalicelib.webhooks.windows import first_position, moment_of

ALL_MISSED = Choice()
_PAGE = 100


@dataclass(frozen=True)
class Replayed:
    """How many events are delivered late; `next_since` is where the next call goes on, None where nothing follows."""

    count: int
    next_since: datetime | None


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
    check_span(since, until)
    endpoint = _endpoint(origin, endpoint_id, dry_run=dry_run)
    span = _span(endpoint, since, until, prefix=delivery_rows.PREFIX)
    if span.since > span.until:
        return 0
    noted = noted_deliveries(span, choice)
    unnoted = _unnoted(span, {each for ids in noted for each in ids}, choice)
    found = len(noted.chosen) + len(_rows(origin, noted.unknown, choice)) + len(unnoted)
    if dry_run:
        return found
    begins = None if any(noted) else now() + sweep_grace()
    rows = [repository.recovery_row(span, choice, due_at=now() + sweep_grace(), again_at=begins)]
    for status in {row.status for row in unnoted}:
        rows.append(repository.recovery_row(span, choice, status=status, due_at=now() + sweep_grace()))
    _begin(endpoint, rows, "recover", found, since=since, until=until)
    return found


def replay_missing(
    origin: str,
    endpoint_id: str,
    *,
    since: datetime,
    until: datetime | None = None,
    event_types: Collection[str] = (),
    dry_run: bool = False,
) -> Replayed:
    """Delivers the events from `since` until before `until` that the endpoint wants and never got.

    Samples are not among them. With `dry_run` it only counts. One call looks at `missing.MOST_EVENTS` events, the
    oldest first. Raises `EndpointUnknown`, `EndpointSilent` while it is disabled, or `SpanReversed`.
    """
    check_span(since, until)
    endpoint = _endpoint(origin, endpoint_id, dry_run=dry_run)
    span = _span(endpoint, since, until, prefix="")
    if span.since > span.until:
        return Replayed(0, None)
    found = missing.count_missing(endpoint, span, event_types)
    if not dry_run:
        span = span._replace(until=found.until or span.until)
        choice = Choice(event_types=event_types)
        begins = None if found.count else now() + sweep_grace()
        row = repository.recovery_row(span, choice, kind=MISSING_SK, due_at=now() + sweep_grace(), again_at=begins)
        _begin(endpoint, [row], "replay_missing", found.count, since=since, until=until)
    return Replayed(found.count, None if found.until is None else moment_of(found.until))


def work(origin: str, recovery_id: str) -> None:
    """Does one page of a recovery and asks for the next; does nothing once it is done, or before it begins again.

    What was missed by the time of the request is looked for twice: what was just being stored then is there the second
    time.
    """
    row = repository.find_recovery(origin, recovery_id)
    if row is None or (row.again_at is not None and now() < row.again_at):
        return
    position = missing.deliver_page(row) if row.sk == MISSING_SK else _restart_page(row)
    if position is not None:
        if repository.advance(row, position=position, due_at=now() + sweep_grace()):
            send_best_effort([(SLOW, recover_message(origin, recovery_id))])
    elif row.status is None and row.again_at is None:
        repository.rewind(row, until=now() + sweep_grace())
    else:
        repository.finish(row)


def check_span(since: datetime | None, until: datetime | None) -> None:
    """Raises `SpanReversed`."""
    if since is not None and until is not None and until < since:
        raise SpanReversed


def _endpoint(origin: str, endpoint_id: str, *, dry_run: bool) -> EndpointRow:
    endpoint = get_endpoint(origin, endpoint_id)
    if not endpoint.enabled and not dry_run:
        raise EndpointSilent
    return endpoint


def _span(endpoint: EndpointRow, since: datetime, until: datetime | None, *, prefix: str) -> Span:
    moment = now() + timedelta(seconds=settings().scaled(CLOCK_SKEW_SECONDS))
    last = first_position(moment, prefix) + "~"
    if until is not None:
        last = min(last, first_position(until, prefix))
    return Span(endpoint.origin, endpoint.id, first_position(since, prefix), last, moment)


def _begin(
    endpoint: EndpointRow,
    rows: Sequence[RecoveryRow],
    action: str,
    found: int,
    *,
    since: datetime,
    until: datetime | None,
) -> None:
    """Stores what is to be done, while the endpoint is enabled. Raises `EndpointSilent`."""
    transaction = Transaction()
    endpoint_rows.add_enabled_check(transaction, endpoint, otherwise=EndpointSilent())
    for row in rows:
        transaction.put(row)
        if row.again_at is None:
            transaction.enqueue(SLOW, recover_message(row.origin, row.id))
    if found:
        after = {"since": since.isoformat(), "deliveries": found}
        if until is not None:
            after["until"] = until.isoformat()
        audits.ENDPOINTS.add(transaction, endpoint, action, after=after)
    transaction.commit()


def _unnoted(span: Span, noted: Collection[str], choice: Choice) -> list[DeliveryRow]:
    """Missed deliveries that are not noted as such: those of an earlier version.

    An index names them. It lags, and shows some that were restarted since; so the rows themselves decide.
    """
    ids = [each for status in MISSED for each in listed_deliveries(span, status) if each not in noted]
    return _rows(span.origin, ids, choice)


def _rows(origin: str, ids: Sequence[str], choice: Choice) -> list[DeliveryRow]:
    """Those deliveries that are meant and can be sent again."""
    rows, moment = delivery_rows.find_deliveries(origin, ids), now()
    meant = [row for row in rows if choice.takes(status=row.status, event_type=row.event_type)]
    return [row for row in meant if row.has_body(moment)]


def _restart_page(row: RecoveryRow) -> str | None:
    """Begins the next deliveries anew; gives the position of the last where more follow, else None."""
    ids = repository.next_deliveries(row, limit=_PAGE)
    _restart(row, ids)
    return ids[-1] if len(ids) == _PAGE else None


def _restart(row: RecoveryRow, ids: Sequence[str]) -> None:
    """Begins deliveries anew, unless the endpoint is disabled by now: then they keep their status.

    The endpoint may be remembered from before it was disabled; what is then begun anew ends as `disabled`.
    """
    if endpoint_to_call(row.origin, row.endpoint_id) is not None:
        page = delivery_rows.find_deliveries(row.origin, ids)
        restart = partial(deliveries.restart, only=repository.choice_of(row))
        change_in_order(page, line_of=lambda delivery: delivery.subject or delivery.id, change=restart)
