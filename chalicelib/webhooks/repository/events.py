"""Events: what happened, and the JSON text that tells of it."""

from collections.abc import Sequence
from datetime import datetime

from chalicelib.core.ids import sortable_id
from chalicelib.core.pagination import Page
from chalicelib.core.tables import find, read_batch, read_page
from chalicelib.core.windows import Window
from chalicelib.webhooks.models.events import EVENT_SK, EventRow, event_pk, events_group, events_list

_BEFORE_ALL = "!"


def event_row(
    origin: str, event_id: str, *, event_type: str, content: str, created_at: datetime, test: bool
) -> EventRow:
    """A new event's row, not yet stored."""
    return EventRow(
        event_pk(origin, event_id),
        EVENT_SK,
        id=event_id,
        origin=origin,
        event_type=event_type,
        test=test,
        content=content,
        created_at=created_at,
        list_key=events_list(origin),
        group_key=events_group(origin, event_type),
        list_sort=sortable_id(at=created_at),
    )


def find_event(origin: str, event_id: str) -> EventRow | None:
    """One event."""
    return find(EventRow, event_pk(origin, event_id), EVENT_SK)


def find_events(addresses: Sequence[tuple[str, str]]) -> list[EventRow]:
    """Up to 100 events by partner and id, in one request that may miss what was just recorded."""
    rows = read_batch([(EventRow, event_pk(*each), EVENT_SK) for each in addresses], consistent=False)
    return [row for row in rows if isinstance(row, EventRow)]


def list_events(origin: str, window: Window, *, event_type: str | None) -> Page[EventRow]:
    """A page of a partner's events, perhaps of one type alone, newest first. Positions are the rows' `list_sort`."""
    if event_type is None:
        return read_page(EventRow, events_list(origin), window, sort=EventRow.list_sort, index="listing")
    group = events_group(origin, event_type)
    return read_page(EventRow, group, window, sort=EventRow.list_sort, index="grouped")


def next_events(origin: str, *, since: str, until: str | None = None, after: str | None, limit: int) -> Page[EventRow]:
    """The next events of a span of positions behind one, oldest first: one request, of at most 1 MB."""
    window = Window(limit=limit, before=after or _BEFORE_ALL, since=since, until=until)
    page = read_page(EventRow, events_list(origin), window, sort=EventRow.list_sort, index="listing")
    for row in page.items:
        row.origin = origin  # which the index does not hold
    return Page(page.items[::-1], page.has_more)


def newest_position(origin: str) -> str | None:
    """The `list_sort` of a partner's newest event; None of a partner without events."""
    page = read_page(EventRow, events_list(origin), Window(limit=1), sort=EventRow.list_sort, index="listing")
    return next((row.list_sort for row in page.items), None)
