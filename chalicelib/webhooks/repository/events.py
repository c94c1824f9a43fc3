"""Events: what happened, and the JSON text that tells of it.

The indexes of the lists do not hold when an event expires. One that is younger than the shortest retention has not; for
older ones their rows are read.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from chalicelib.core.clock import now
from chalicelib.core.ids import sortable_id
from chalicelib.core.pagination import Page, filled_page
from chalicelib.core.retrying import RowChanged, retried
from chalicelib.core.tables import as_read, find, read_batch, read_batches, read_page, update_if
from chalicelib.core.transactions import Transaction
from chalicelib.core.windows import Window
from chalicelib.webhooks.domain import SHORTEST_RETENTION
from chalicelib.webhooks.models.events import (
    EVENT_SK,
    TAKEN_SK,
    EventRow,
    TakenIdRow,
    event_pk,
    events_group,
    events_list,
)

_BEFORE_ALL = "!"


def event_row(
    origin: str, event_id: str, *, event_type: str, content: str, created_at: datetime, test: bool, days: int
) -> EventRow:
    """A new event's row, not yet stored; kept for so many days."""
    return EventRow(
        event_pk(origin, event_id),
        EVENT_SK,
        id=event_id,
        origin=origin,
        event_type=event_type,
        test=test,
        content=content,
        created_at=created_at,
        ttl=created_at + timedelta(days=days),
        list_key=events_list(origin),
        group_key=events_group(origin, event_type),
        list_sort=sortable_id(at=created_at),
    )


def add_taken_id(transaction: Transaction, event: EventRow, *, otherwise: Exception) -> None:
    """Keeps an event's id taken after the event has expired; the commit raises `otherwise` where it was taken."""
    transaction.create(TakenIdRow(event.pk, TAKEN_SK), otherwise=otherwise)


def find_event(origin: str, event_id: str) -> EventRow | None:
    """One event; also an expired one that is not removed yet."""
    return find(EventRow, event_pk(origin, event_id), EVENT_SK)


def find_events(addresses: Sequence[tuple[str, str]]) -> list[EventRow]:
    """Up to 100 events by partner and id, in one request that may miss what was just recorded."""
    rows = read_batch([(EventRow, event_pk(*each), EVENT_SK) for each in addresses], consistent=False)
    return [row for row in rows if isinstance(row, EventRow)]


@retried("the event")
def keep_event(origin: str, event_id: str, *, needed: datetime, until: datetime) -> datetime | None:
    """Moves an event's expiry to `until`, if it is before `needed`; gives until when the event lives at least.

    None where it is gone.
    """
    row = find_event(origin, event_id)
    if row is None:
        return None
    if row.ttl is None or row.ttl >= needed:
        return row.ttl or until
    unchanged = as_read(row, "ttl")
    actions = [EventRow.ttl.set(until)]
    if row.own_end is None:
        actions.append(EventRow.own_end.set(int(row.ttl.timestamp())))
    if not update_if(EventRow(row.pk, row.sk), actions, unchanged):
        raise RowChanged
    return until


def list_events(origin: str, window: Window, *, event_type: str | None) -> Page[EventRow]:
    """A page of a partner's events, perhaps of one type alone, newest first. Positions are the rows' `list_sort`."""
    index = "listing" if event_type is None else "grouped"
    partition = events_list(origin) if event_type is None else events_group(origin, event_type)
    read = partial(read_page, EventRow, partition, sort=EventRow.list_sort, index=index)
    return filled_page(window, read, without_past, position_of=lambda row: row.list_sort)


def next_events(origin: str, *, since: str, until: str | None = None, after: str | None, limit: int) -> Page[EventRow]:
    """The span's next events behind a position, oldest first, expired ones too: one request, at most 1 MB."""
    window = Window(limit=limit, before=after or _BEFORE_ALL, since=since, until=until)
    page = read_page(EventRow, events_list(origin), window, sort=EventRow.list_sort, index="listing")
    for row in page.items:
        row.origin = origin  # which the index does not hold
    return Page(page.items[::-1], page.has_more)


def without_past(events: Sequence[EventRow]) -> list[EventRow]:
    """Those of a list that have not expired, as the list gave them; reads the rows of old ones."""
    return _without(events, lambda row: row.is_past(now()))


def in_own_time(events: Sequence[EventRow]) -> list[EventRow]:
    """As `without_past`, and without those that only an unfinished delivery keeps."""
    return _without(events, lambda row: row.is_past_own_time(now()))


def as_stored(events: Sequence[EventRow]) -> list[EventRow]:
    """The whole rows of those of a list's events that still exist."""
    rows = read_batches([(EventRow, event.pk, EVENT_SK) for event in events])
    return [row for row in rows if isinstance(row, EventRow)]


def _without(events: Sequence[EventRow], is_past: Callable[[EventRow], bool]) -> list[EventRow]:
    oldest_young = now() - SHORTEST_RETENTION
    old = [event for event in events if event.created_at < oldest_young]
    kept = {row.id for row in as_stored(old) if not is_past(row)} if old else set()
    return [event for event in events if event.created_at >= oldest_young or event.id in kept]


def newest_position(origin: str) -> str | None:
    """The `list_sort` of a partner's newest event; None of a partner without events."""
    page = read_page(EventRow, events_list(origin), Window(limit=1), sort=EventRow.list_sort, index="listing")
    return next((row.list_sort for row in page.items), None)
