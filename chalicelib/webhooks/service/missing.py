"""Events that an endpoint never got, since it is newer or wanted fewer types then: found, and delivered late.

An event has one delivery to an endpoint at most, whose id follows from both. So it does not matter how often, or by how
many at once, an event is found to be missing.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from chalicelib.core.clock import now
from chalicelib.core.ids import first_position, millis_of
from chalicelib.core.transactions import Transaction
from chalicelib.webhooks.models.deliveries import RecoveryRow
from chalicelib.webhooks.models.endpoints import EndpointRow
from chalicelib.webhooks.models.events import EventRow
from chalicelib.webhooks.repository import endpoints as endpoint_rows
from chalicelib.webhooks.repository import missing as repository
from chalicelib.webhooks.repository.events import as_stored, in_own_time, next_events
from chalicelib.webhooks.repository.missed import Span
from chalicelib.webhooks.repository.recoveries import choice_of, span_of
from chalicelib.webhooks.service.errors import DeliveryExists, EventUnknown
from chalicelib.webhooks.service.events import add_late_delivery, is_for, subject_for
from chalicelib.webhooks.service.ordering import change_in_order

MOST_EVENTS = 10_000  # that one call looks at
_MOST_READS = 20  # of at most 1 MB each
_AT_ONCE = 1000
_PAGE = 100


@dataclass(frozen=True)
class Missing:
    """How many events are missing before the position `until`, where the look stopped; None for the end of the span."""

    count: int
    until: str | None


def count_missing(endpoint: EndpointRow, span: Span, event_types: Collection[str]) -> Missing:
    """The span's events that the endpoint never got, of these types (none: all), as far as one call looks.

    It stops between two milliseconds, so that the next call goes on from there.
    """
    missing: list[str] = []
    first = position = None
    looked_at = 0
    for _ in range(_MOST_READS):
        page = next_events(
            span.origin,
            since=span.since,
            until=span.until,
            after=position,
            limit=min(_AT_ONCE, MOST_EVENTS - looked_at),
        )
        missing += [each.list_sort for each in in_own_time(_missing(endpoint, page.items, event_types))]
        if not page.has_more:
            return Missing(len(missing), None)
        looked_at += len(page.items)
        first, position = first or page.items[0].list_sort, page.items[-1].list_sort
        if looked_at >= MOST_EVENTS:
            break
    stop = first_position(max(millis_of(str(position)), millis_of(str(first)) + 1))
    return Missing(sum(each < stop for each in missing), stop)


def deliver_page(row: RecoveryRow) -> str | None:
    """Delivers what is missing of the next events; gives the position of the last where more follow, else None.

    The endpoint counts as it is now: disabled, it gets deliveries that are `disabled`, as of an event that happens now.
    """
    endpoint = endpoint_rows.find_endpoint(row.origin, row.endpoint_id)
    if endpoint is None:
        return None
    span = span_of(row)
    page = next_events(row.origin, since=span.since, until=span.until, after=row.position, limit=_PAGE)
    missing = [
        event
        for event in as_stored(_missing(endpoint, page.items, choice_of(row).event_types))
        if not event.is_past_own_time(now())
    ]

    change_in_order(
        missing,
        line_of=lambda event: subject_for(endpoint, event) or event.id,
        change=partial(_deliver, endpoint),
    )
    return page.items[-1].list_sort if page.has_more else None


def _deliver(endpoint: EndpointRow, events: Sequence[EventRow]) -> None:
    """Delivers events that are missing, all in one transaction unless one of them is not missing any more."""
    try:
        _add_deliveries(endpoint, events)
    except DeliveryExists:  # by another worker, or a call that came before
        for event in events:
            with suppress(DeliveryExists):
                _add_deliveries(endpoint, [event])


def _add_deliveries(endpoint: EndpointRow, events: Sequence[EventRow]) -> None:
    transaction = Transaction()
    for event in events:
        with suppress(EventUnknown):  # expired meanwhile
            add_late_delivery(transaction, event, endpoint)
    transaction.commit()


def _missing(endpoint: EndpointRow, events: Sequence[EventRow], event_types: Collection[str]) -> list[EventRow]:
    absent = repository.without_delivery(endpoint.id, events)
    return [each for each in absent if (not event_types or each.event_type in event_types) and is_for(endpoint, each)]
