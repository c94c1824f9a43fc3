"""Counts acts in a window, over all identities of a person.

The rows of days are read first. They count full hours and keep the first acts of each day. Acts that have rows of their
own are read only for lists, and for the parts of hours at the window's ends. So the cost does not depend on the number
of acts per hour. Independent requests run in parallel: a count and a list of days take at most two rounds of requests.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from heapq import merge
from itertools import islice
from typing import NamedTuple

from chalicelib.activity.domain import (
    HOURS_OF_A_DAY,
    Closure,
    Hours,
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
    persons, hours = ledger.ask(given, window, enough=at_most)
    return Found(persons, ledger.counted(hours, window, at_most=at_most))


def list_acts(origin: str, given: Sequence[Identity], activity: str, window: Window) -> tuple[Found, list[datetime]]:
    """The times of all acts, newest first. Raises `TooManyActs` for more than 20,000."""
    ledger = _Ledger(origin, activity)
    persons, hours = ledger.ask(given, window)
    newest = ledger.newest(hours, window, limit=MAX_LISTED + 1)
    found = Found(persons, _lengths(newest))
    if found.total > MAX_LISTED:
        raise TooManyActs
    return found, [moment_at(position) for position in merge(*newest.values(), reverse=True)]


def list_newest(origin: str, given: Sequence[Identity], activity: str, window: Window) -> tuple[Found, list[datetime]]:
    """The times of the newest 20,000 acts, newest first, and the number of older ones."""
    ledger = _Ledger(origin, activity)
    persons, hours = ledger.ask(given, window)
    newest = ledger.newest(hours, window, limit=MAX_LISTED + 1)
    positions = list(islice(merge(*newest.values(), reverse=True), MAX_LISTED))
    counts = _lengths(newest)
    if sum(counts.values()) > MAX_LISTED:
        # Acts of one time may be on both sides of the cut: all of them are counted, and only newer ones are listed.
        counted = Window(window.start, positions[-1] + 1)
        older = ledger.counted(hours, counted)
        counts = {
            identity: older[identity] + sum(position >= counted.end for position in listed)
            for identity, listed in newest.items()
        }
    return Found(persons, counts), [moment_at(position) for position in positions]


def list_days(origin: str, given: Sequence[Identity], activity: str, window: Window) -> tuple[Found, list[Day]]:
    """The days with acts in the window, newest first."""
    ledger = _Ledger(origin, activity)
    persons, hours = ledger.ask(given, window)
    days = ledger.days(hours, window)
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
        self, given: Sequence[Identity], window: Window, *, enough: int | None = None
    ) -> tuple[list[list[Identity]], dict[Identity, Hours]]:
        """Reads the hours of each identity that may have acts, in parallel with its links.

        Each round of requests is for the identities found in the round before. If all identities of the person were
        given, there is one round. `enough` is as many acts of an identity as matter.
        """
        kinds = kinds_counted(self.activity)
        closure = Closure(given)
        answers: dict[Identity, Hours] = {}
        while fresh := closure.unread:
            countable = [identity for identity in fresh if identity.kind in kinds]
            asking: list[Callable[[], list[Link]]] = [partial(links_of, self.origin, identity) for identity in fresh]
            counting: list[Callable[[], Hours]] = [
                partial(repository.acts_by_hour, self.origin, identity, self.activity, window, enough=enough)
                for identity in countable
            ]
            results = side_by_side([*asking, *counting])
            links, found = results[: len(fresh)], results[len(fresh) :]
            answers.update(zip(countable, found, strict=True))  # type: ignore[arg-type]  # the second half is hours
            closure.add_links(dict(zip(fresh, links, strict=True)))  # type: ignore[arg-type]  # and the first is links
        return closure.persons(), answers

    def newest(self, hours: Mapping[Identity, Hours], window: Window, *, limit: int) -> dict[Identity, list[int]]:
        """The positions of each identity's newest acts, newest first."""
        apart = [identity for identity, each in hours.items() if each.apart(window)]
        read = side_by_side([self._newest(identity, window, limit) for identity in apart])
        others = dict(zip(apart, read, strict=True))
        return {
            identity: sorted([*each.kept_in(window), *others.get(identity, ())], reverse=True)[:limit]
            for identity, each in hours.items()
        }

    def counted(
        self, hours: Mapping[Identity, Hours], window: Window, *, at_most: int | None = None
    ) -> dict[Identity, int]:
        """The number of acts of each identity: full hours from their counts, partial hours act by act."""
        counts = {
            identity: sum(each.whole(window).values()) + sum(len(each.kept_in(edge)) for edge in window.edges)
            for identity, each in hours.items()
        }
        unsure = {identity: each for identity, each in hours.items() if at_most is None or counts[identity] < at_most}
        cuts = _cuts(unsure, window.edges)
        for (identity, _), number in zip(cuts, side_by_side([self._count(*cut) for cut in cuts]), strict=True):
            counts[identity] += number
        return {identity: number if at_most is None else min(number, at_most) for identity, number in counts.items()}

    def days(self, hours: Mapping[Identity, Hours], window: Window) -> dict[Identity, Days]:
        """The days of each identity.

        A few acts that have rows of their own are read one by one. Of many, the last of each day is one small read.
        """
        many = {
            identity: each for identity, each in hours.items() if sum(each.apart(window).values()) > READ_ONE_BY_ONE
        }
        few = {identity: each for identity, each in hours.items() if identity not in many}
        listed = self.newest(few, window, limit=max((sum(each.acts.values()) for each in few.values()), default=0))
        days = {identity: _by_day(positions) for identity, positions in listed.items()}
        return days | self._counted_days(many, window)

    def _counted_days(self, hours: Mapping[Identity, Hours], window: Window) -> dict[Identity, Days]:
        acts = {identity: defaultdict[int, int](int) for identity in hours}
        last: dict[tuple[Identity, int], int] = {}
        for identity, each in hours.items():
            for hour, number in each.whole(window).items():
                acts[identity][hour // HOURS_OF_A_DAY] += number
            for edge in window.edges:
                for position in each.kept_in(edge):
                    acts[identity][day_of(position)] += 1
            for position in each.kept_in(window):
                last[identity, day_of(position)] = max(last.get((identity, day_of(position)), 0), position)
        cuts = _cuts(hours, _split_at_midnight(window.edges))
        unsure = sorted(
            {(identity, hour // HOURS_OF_A_DAY) for identity, each in hours.items() for hour in each.apart(window)},
            key=lambda each: each[1],
        )
        asked = [self._last(identity, day, window) for identity, day in unsure]
        answers = side_by_side([*(self._count(*cut) for cut in cuts), *asked])
        for (identity, piece), number in zip(cuts, answers, strict=False):
            acts[identity][day_of(piece.start)] += number
        for place, position in zip(unsure, answers[len(cuts) :], strict=True):
            last[place] = max(last.get(place, 0), position)
        return {
            identity: {day: (number, last[identity, day]) for day, number in each.items() if number}
            for identity, each in acts.items()
        }

    def _newest(self, identity: Identity, window: Window, limit: int) -> Callable[[], list[int]]:
        return partial(repository.newest_apart, self.origin, identity, self.activity, window, limit=limit)

    def _count(self, identity: Identity, window: Window) -> Callable[[], int]:
        return partial(repository.count_apart, self.origin, identity, self.activity, window)

    def _last(self, identity: Identity, day: int, window: Window) -> Callable[[], int]:
        """The time of a day's last act with a row of its own; the start of the day if it was removed meanwhile."""
        whole = day_window(day)
        within = Window(max(window.start, whole.start), min(window.end, whole.end))
        return lambda: next(iter(self._newest(identity, within, 1)()), within.start)


def _lengths(newest: Mapping[Identity, Sequence[int]]) -> dict[Identity, int]:
    return {identity: len(positions) for identity, positions in newest.items()}


def _by_day(positions: Sequence[int]) -> Days:
    """Groups acts, given newest first, by day."""
    days: Days = {}
    for position in positions:
        number, last = days.get(day_of(position), (0, position))
        days[day_of(position)] = (number + 1, last)
    return days


def _cuts(hours: Mapping[Identity, Hours], edges: Sequence[Window]) -> list[tuple[Identity, Window]]:
    """The reads for hours that are partly in the window: none where days keep all acts, several for busy hours."""
    cuts = []
    for identity, each in hours.items():
        for edge in edges:
            acts = sum(each.apart(edge).values())
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
