"""The stream of a partner's events: each once, soon after it happened, from wherever a reader stopped.

A reader keeps a cursor and gives it back. An event that is older than `SETTLED_SECONDS` is in its place in the list for
good. A younger one is given as well, and the cursor remembers that; where the cursor has no room for more of them, the
next ones wait until they are that old. So nothing is given twice or left out, at any rate of events.
"""

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from chalicelib.core.clock import epoch_millis, now
from chalicelib.core.errors import TooManyRequests
from chalicelib.core.ids import first_position, millis_of
from chalicelib.webhooks.domain import MOST_STREAMED
from chalicelib.webhooks.models.events import EventRow
from chalicelib.webhooks.repository import consumers
from chalicelib.webhooks.repository.events import newest_position, next_events, without_past
from chalicelib.webhooks.stream_cursors import MOST_GIVEN, StreamCursor, mark_of, read_cursor
from chalicelib.webhooks.stream_requests import StreamRequest

SETTLED_SECONDS: Final = 30  # longer than a function takes to commit what it made, and an index to follow
_MOST_LOOKED_AT = 1_000
_MOST_CHARACTERS = 1_000_000
_PAUSE_SECONDS = 1.0
MOST_WAITING: Final = 10  # of a partner's calls at once: each holds a function
_LATE_SECONDS = 5  # that a call may take beyond its wait; then it counts as dead


class StreamPart(NamedTuple):
    """Events, oldest first, and the cursor behind them; `is_cut` where more could be given at once."""

    events: list[EventRow]
    cursor: StreamCursor
    is_cut: bool = False


def read_stream(origin: str, asked: StreamRequest) -> StreamPart:
    """What happened after where the reader stopped; waits as long as is asked for where there is nothing.

    Raises `BadRequest` for a stored cursor of a form that is not known any more, `TooManyRequests` where it would wait
    and `MOST_WAITING` calls of the partner do.
    """
    ends = time.monotonic() + asked.wait_seconds
    newest = newest_position(origin) if asked.wait_seconds else None
    part = _look(origin, _start(origin, asked), asked.event_types)
    if part.events or not asked.wait_seconds:
        return part
    with _waiting(origin, asked.wait_seconds):
        while not part.events and time.monotonic() < ends:
            # A small read tells whether anything is new. What is listed late is found by the look at the end.
            while not part.is_cut and (left := ends - time.monotonic()) > 0:
                time.sleep(min(left, _PAUSE_SECONDS))
                if newest_position(origin) != newest:
                    break
            newest = newest_position(origin)
            part = _look(origin, part.cursor, asked.event_types)
    return part


@contextmanager
def _waiting(origin: str, seconds: int) -> Iterator[None]:
    """One of the partner's calls that wait. Raises `TooManyRequests`."""
    wait = consumers.begin_wait(origin, until=now() + timedelta(seconds=seconds + _LATE_SECONDS), most=MOST_WAITING)
    if isinstance(wait, datetime):
        raise TooManyRequests(
            f"{MOST_WAITING} of your calls wait for events already. Please ask again, or without wait.",
            retry_after=max(1, round((wait - now()).total_seconds())),
        )
    try:
        yield
    finally:
        consumers.end_wait(wait)


def store_cursor(origin: str, consumer: str, cursor: str) -> None:
    """Stores how far a consumer has come. Raises `BadRequest`."""
    read_cursor(cursor, param="cursor")
    consumers.store_cursor(origin, consumer, cursor)


def _start(origin: str, asked: StreamRequest) -> StreamCursor:
    if asked.after is not None:
        return asked.after
    stored = None if asked.consumer is None else consumers.find_cursor(origin, asked.consumer)
    if stored is not None:
        return read_cursor(stored, param="consumer")
    return StreamCursor(epoch_millis(asked.since or now()))


def _look(origin: str, cursor: StreamCursor, event_types: Collection[str]) -> StreamPart:
    """What can be given now."""
    settled = max(cursor.millis, epoch_millis(now()) - SETTLED_SECONDS * 1000)
    given = set(cursor.given)
    young = len(StreamCursor.at(settled, given).given)
    events: list[EventRow] = []
    characters = 0
    for looked_at, (row, is_kept) in enumerate(_not_given(origin, cursor)):
        made, mark = millis_of(row.list_sort), mark_of(row.list_sort)
        if made >= settled and (young == MOST_GIVEN or not StreamCursor(settled).reaches(mark)):
            break
        characters += len(row.content)
        if len(events) == MOST_STREAMED or looked_at == _MOST_LOOKED_AT or (events and characters > _MOST_CHARACTERS):
            return StreamPart(events, StreamCursor.at(min(settled, made), given), is_cut=True)
        if is_kept and (not event_types or row.event_type in event_types):
            events.append(row)
            given.add(mark)
            young += made >= settled
    return StreamPart(events, StreamCursor.at(settled, given))


def _not_given(origin: str, cursor: StreamCursor) -> Iterator[tuple[EventRow, bool]]:
    """The events from the cursor's moment on that were not given yet, oldest first, each with whether it is kept."""
    since, position = first_position(cursor.millis), None
    while True:
        page = next_events(origin, since=since, after=position, limit=len(cursor.given) + MOST_STREAMED + 1)
        kept = {row.id for row in without_past(page.items)}
        yield from ((row, row.id in kept) for row in page.items if mark_of(row.list_sort) not in cursor.given)
        if not page.has_more:
            return
        position = page.items[-1].list_sort
