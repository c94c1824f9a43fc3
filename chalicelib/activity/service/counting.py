"""Counts acts in a window, over all identities of a person.

A few acts are read one by one. For many acts, full hours are counted by the rows of their days, and only the parts of
hours at the window's ends are read. So the cost does not depend on the number of acts per hour. Independent requests
run in parallel: a count takes two rounds of requests, a list of days three.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from heapq import merge
from itertools import islice
from typing import NamedTuple, TypeVar

from chalicelib.activity.domain import (
    HOURS_OF_A_DAY,
    Closure,
    Identity,
    Link,
    Window,
    day_of,
    day_window,
    kinds_counted,
    moment_at,
)
from chalicelib.activity.repository import acts as repository
from chalicelib.activity.repository.links import links_of
from chalicelib.core.errors import BadRequest
from chalicelib.core.side_by_side import side_by_side

T = TypeVar("T")
Hours = dict[int, int]  # acts by the number of the hour
Days = dict[int, tuple[int, int]]  # acts, and the position of the last, by the number of the day
READ_ONE_BY_ONE = 500
MAX_LISTED = 20_000
# A query reads up to a megabyte at a time, which is more than these acts.
ACTS_A_QUERY = 5_000
_MOST_QUERIES = 32


class TooManyActs(BadRequest):
    """There are too many acts to list; a shorter window has fewer."""

    def __init__(self) -> None:
        message = f"fromDate: more than {MAX_LISTED:,} acts to list one by one; ask for a shorter time"
        super().__init__(message, param="fromDate")


class Found(NamedTuple):
    """The acts of each identity, and the identities grouped by person."""

    persons: list[list[Identity]]
    of: dict[Identity, int]

    @property
    def total(self) -> int:
        """The number of acts of all persons."""
        return sum(self.of.values())

    def total_of(self, person: Sequence[Identity]) -> int:
        """The number of acts of one person."""
        return sum(self.of.get(identity, 0) for identity in person)


class Day(NamedTuple):
    """The acts of a UTC day: the time of the last one, and their number."""

    last: datetime
    acts: int


def count(origin: str, given: Sequence[Identity], activity: str, window: Window, *, at_most: int) -> Found:
    """The number of acts, at most `at_most` for each identity."""
    ledger = _Ledger(origin, activity)
    if at_most <= READ_ONE_BY_ONE:
        persons, newest = ledger.ask(given, partial(ledger.newest, window=window, limit=at_most))
        return Found(persons, _lengths(newest))
    persons, hours = ledger.ask(given, partial(ledger.hours, window=window))
    return Found(persons, ledger.counted(hours, window, at_most=at_most))


def list_acts(origin: str, given: Sequence[Identity], activity: str, window: Window) -> tuple[Found, list[datetime]]:
    """The times of all acts, newest first. Raises `TooManyActs` for more than 20,000."""
    ledger = _Ledger(origin, activity)
    persons, newest = ledger.ask(given, partial(ledger.newest, window=window, limit=MAX_LISTED + 1))
    found = Found(persons, _lengths(newest))
    if found.total > MAX_LISTED:
        raise TooManyActs
    return found, [moment_at(position) for position in merge(*newest.values(), reverse=True)]


def list_newest(origin: str, given: Sequence[Identity], activity: str, window: Window) -> tuple[Found, list[datetime]]:
    """The times of the newest 20,000 acts, newest first, and the number of older ones."""
    ledger = _Ledger(origin, activity)
    persons, newest = ledger.ask(given, partial(ledger.newest, window=window, limit=MAX_LISTED + 1))
    positions = list(islice(merge(*newest.values(), reverse=True), MAX_LISTED))
    counts = _lengths(newest)
    if sum(counts.values()) > MAX_LISTED:
        # Acts of one time may be on both sides of the cut: all of them are counted, and only newer ones are listed.
        counted = Window(window.start, positions[-1] + 1)
        older = ledger.counted(ledger.hours_of(newest, counted), counted)
        counts = {
            identity: older[identity] + sum(position >= counted.end for position in listed)
            for identity, listed in newest.items()
        }
    return Found(persons, counts), [moment_at(position) for position in positions]


def list_days(origin: str, given: Sequence[Identity], activity: str, window: Window) -> tuple[Found, list[Day]]:
    """The days with acts in the window, newest first."""
    ledger = _Ledger(origin, activity)
    persons, newest = ledger.ask(given, partial(ledger.newest, window=window, limit=READ_ONE_BY_ONE + 1))
    many = {identity: positions for identity, positions in newest.items() if len(positions) > READ_ONE_BY_ONE}
    days = {identity: _by_day(positions) for identity, positions in newest.items()} | ledger.days(many, window)
    acts: defaultdict[int, int] = defaultdict(int)
    last: dict[int, int] = {}
    for each in days.values():
        for day, (number, position) in each.items():
            acts[day] += number
            last[day] = max(last.get(day, 0), position)
    counts = {identity: sum(number for number, _ in each.values()) for identity, each in days.items()}
    return Found(persons, counts), [Day(moment_at(last[day]), acts[day]) for day in sorted(acts, reverse=True)]


class _Ledger(NamedTuple):
    """The acts of one activity."""

    origin: str
    activity: str

    def ask(
        self, given: Sequence[Identity], ask: Callable[[Identity], T]
    ) -> tuple[list[list[Identity]], dict[Identity, T]]:
        """Calls `ask` for each identity that may have acts, in parallel with reading its links.

        Each round of requests is for the identities found in the round before. If all identities of the person were
        given, there is one round.
        """
        kinds = kinds_counted(self.activity)
        closure = Closure(given)
        answers: dict[Identity, T] = {}
        while fresh := closure.unread:
            countable = [identity for identity in fresh if identity.kind in kinds]
            asking: list[Callable[[], list[Link]]] = [partial(links_of, self.origin, identity) for identity in fresh]
            counting: list[Callable[[], T]] = [partial(ask, identity) for identity in countable]
            results = side_by_side([*asking, *counting])
            links, found = results[: len(fresh)], results[len(fresh) :]
            answers.update(zip(countable, found, strict=True))  # type: ignore[arg-type]  # the second half is T's
            closure.add_links(dict(zip(fresh, links, strict=True)))  # type: ignore[arg-type]  # and the first is links
        return closure.persons(), answers

    def newest(self, identity: Identity, *, window: Window, limit: int) -> list[int]:
        """The positions of an identity's newest acts, newest first."""
        return repository.newest_acts(self.origin, identity, self.activity, window, limit=limit)

    def hours(self, identity: Identity, *, window: Window) -> Hours:
        """The number of acts per hour of the window."""
        return repository.acts_by_hour(self.origin, identity, self.activity, window)

    def hours_of(self, identities: Iterable[Identity], window: Window) -> dict[Identity, Hours]:
        """The acts per hour of several identities, in parallel."""
        asked = list(identities)
        found = side_by_side([partial(self.hours, identity, window=window) for identity in asked])
        return dict(zip(asked, found, strict=True))

    def counted(
        self, hours: Mapping[Identity, Hours], window: Window, *, at_most: int | None = None
    ) -> dict[Identity, int]:
        """The number of acts of each identity: full hours from their counts, partial hours by reading acts."""
        counts = {identity: sum(_whole(each, window).values()) for identity, each in hours.items()}
        unsure = {identity: each for identity, each in hours.items() if at_most is None or counts[identity] < at_most}
        cuts = _cuts(unsure, window.edges)
        for (identity, _), number in zip(cuts, side_by_side([self._count(*cut) for cut in cuts]), strict=True):
            counts[identity] += number
        return {identity: number if at_most is None else min(number, at_most) for identity, number in counts.items()}

    def days(self, newest: Mapping[Identity, Sequence[int]], window: Window) -> dict[Identity, Days]:
        """The days of each identity. A day's last act is one small read if it is not among the newest acts."""
        hours = self.hours_of(newest, window)
        acts = {identity: defaultdict[int, int](int) for identity in newest}
        for identity, each in hours.items():
            for hour, number in _whole(each, window).items():
                acts[identity][hour // HOURS_OF_A_DAY] += number
        cuts = _cuts(hours, _split_at_midnight(window.edges))
        known = {identity: _by_day(positions) for identity, positions in newest.items()}
        touched = {(identity, hour // HOURS_OF_A_DAY) for identity, each in hours.items() for hour in each}
        unsure = sorted(((one, day) for one, day in touched if day not in known[one]), key=lambda each: each[1])
        last = [self._last(identity, day, window) for identity, day in unsure]
        answers = side_by_side([*(self._count(*cut) for cut in cuts), *last])
        for (identity, piece), number in zip(cuts, answers, strict=False):
            acts[identity][day_of(piece.start)] += number
        positions = {(identity, day): each for identity in known for day, (_, each) in known[identity].items()}
        positions |= zip(unsure, answers[len(cuts) :], strict=True)
        return {
            identity: {day: (number, positions[identity, day]) for day, number in each.items() if number}
            for identity, each in acts.items()
        }

    def _count(self, identity: Identity, window: Window) -> Callable[[], int]:
        return partial(repository.count_acts, self.origin, identity, self.activity, window)

    def _last(self, identity: Identity, day: int, window: Window) -> Callable[[], int]:
        """The time of a day's last act in the window; the start of the day if the act was removed meanwhile."""
        whole = day_window(day)
        within = Window(max(window.start, whole.start), min(window.end, whole.end))
        return lambda: next(iter(self.newest(identity, window=within, limit=1)), within.start)


def _lengths(newest: Mapping[Identity, Sequence[int]]) -> dict[Identity, int]:
    return {identity: len(positions) for identity, positions in newest.items()}


def _by_day(positions: Sequence[int]) -> Days:
    """Groups acts, given newest first, by day."""
    days: Days = {}
    for position in positions:
        number, last = days.get(day_of(position), (0, position))
        days[day_of(position)] = (number + 1, last)
    return days


def _whole(hours: Hours, window: Window) -> Hours:
    """The hours that are completely in the window."""
    first, end = window.hours
    return {hour: acts for hour, acts in hours.items() if first <= hour < end}


def _cuts(hours: Mapping[Identity, Hours], edges: Sequence[Window]) -> list[tuple[Identity, Window]]:
    """The reads for hours that are partly in the window: none for empty hours, several for busy ones."""
    cuts = []
    for identity, each in hours.items():
        for edge in edges:
            acts = sum(number for hour, number in each.items() if edge.touches(hour))
            cuts += [(identity, piece) for piece in edge.pieces(min(-(-acts // ACTS_A_QUERY), _MOST_QUERIES))]
    return cuts


def _split_at_midnight(edges: Sequence[Window]) -> list[Window]:
    """The edges; one that contains midnight is split there."""
    parts = []
    for edge in edges:
        midnight = day_window(day_of(edge.end - 1)).start
        if edge.start < midnight:
            parts.append(Window(edge.start, midnight))
        parts.append(Window(max(edge.start, midnight), edge.end))
    return parts
