"""Counting acts in a window, by whoever some identities may be.

A few acts are read one by one. Of many, whole hours are counted by their rows and only what a window cuts off an hour
is read, so that an answer costs the same whether an hour stands for ten acts or for ten thousand.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from heapq import merge
from itertools import chain
from typing import TypeVar

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
from chalicelib.core.side_by_side import side_by_side

T = TypeVar("T")
READ_ONE_BY_ONE = 500
MAX_LISTED = 20_000


class TooManyActs(Exception):
    """More acts than are listed one by one; a narrower window has fewer."""


@dataclass(frozen=True)
class Found:
    """What is known of each identity's acts, and which of the identities are one person."""

    persons: list[list[Identity]]
    of: dict[Identity, int]

    @property
    def total(self) -> int:
        """Everybody's together."""
        return sum(self.of.values())

    def total_of(self, person: Sequence[Identity]) -> int:
        """One person's."""
        return sum(self.of.get(identity, 0) for identity in person)


@dataclass(frozen=True)
class Day:
    """A UTC day's acts: when the last of them was, and how many there are."""

    last: datetime
    acts: int


def count(origin: str, given: Sequence[Identity], activity: str, window: Window, *, at_most: int) -> Found:
    """How many acts there are, of each identity no more than `at_most`."""
    persons, counts = _gathered(
        origin, given, activity, lambda identity: _count(origin, identity, activity, window, at_most)
    )
    return Found(persons, counts)


def list_acts(origin: str, given: Sequence[Identity], activity: str, window: Window) -> tuple[Found, list[datetime]]:
    """When each act was, newest first. Raises `TooManyActs` where there are more than 20,000."""

    def times(identity: Identity) -> list[int]:
        return repository.newest_acts(origin, identity, activity, window, limit=MAX_LISTED + 1)

    persons, found = _gathered(origin, given, activity, times)
    if sum(map(len, found.values())) > MAX_LISTED:
        raise TooManyActs(activity)
    positions = merge(*found.values(), reverse=True)
    counts = {identity: len(each) for identity, each in found.items()}
    return Found(persons, counts), [moment_at(position) for position in positions]


def list_days(origin: str, given: Sequence[Identity], activity: str, window: Window) -> tuple[Found, list[Day]]:
    """The days that have acts, newest first, each with its acts within the window."""
    persons, found = _gathered(origin, given, activity, lambda identity: _days(origin, identity, activity, window))
    acts: defaultdict[int, int] = defaultdict(int)
    last: dict[int, int] = {}
    for day, number, position in chain.from_iterable(found.values()):
        acts[day] += number
        last[day] = max(last.get(day, 0), position)
    counts = {identity: sum(number for _, number, _ in days) for identity, days in found.items()}
    days = [Day(moment_at(last[day]), acts[day]) for day in sorted(acts, reverse=True)]
    return Found(persons, counts), days


def _gathered(
    origin: str, given: Sequence[Identity], activity: str, ask: Callable[[Identity], T]
) -> tuple[list[list[Identity]], dict[Identity, T]]:
    """Asks something of each identity that may have acts, at the same time as for its links.

    Each level of requests is of the identities that the level before brought up: one, for a person all of whose
    identities were given.
    """
    kinds = kinds_counted(activity)
    closure = Closure(given)
    answers: dict[Identity, T] = {}
    while fresh := closure.unasked:
        countable = [identity for identity in fresh if identity.kind in kinds]
        asking: list[Callable[[], list[Link]]] = [partial(links_of, origin, identity) for identity in fresh]
        counting: list[Callable[[], T]] = [partial(ask, identity) for identity in countable]
        results = side_by_side([*asking, *counting])
        links, found = results[: len(fresh)], results[len(fresh) :]
        answers.update(zip(countable, found, strict=True))  # type: ignore[arg-type]  # the second half is T's
        closure.learn(dict(zip(fresh, links, strict=True)))  # type: ignore[arg-type]  # and the first is links
    return closure.persons(), answers


def _count(origin: str, identity: Identity, activity: str, window: Window, at_most: int) -> int:
    if at_most <= READ_ONE_BY_ONE:
        return len(repository.newest_acts(origin, identity, activity, window, limit=at_most))
    hours = repository.acts_by_hour(origin, identity, activity, window)
    first, last = window.hours
    whole = sum(acts for hour, acts in hours.items() if first <= hour < last)
    if whole >= at_most or whole == sum(hours.values()):
        return min(whole, at_most)
    cut = sum(_cut(origin, identity, activity, edge, hours) for edge in window.edges)
    return min(whole + cut, at_most)


def _cut(origin: str, identity: Identity, activity: str, edge: Window, hours: dict[int, int]) -> int:
    """Counts what a window holds of hours that it does not hold whole; asks nothing where those hours are empty."""
    if not any(edge.touches(hour) for hour in hours):
        return 0
    return repository.count_acts(origin, identity, activity, edge)


def _days(origin: str, identity: Identity, activity: str, window: Window) -> list[tuple[int, int, int]]:
    """Of each day: its number, its acts, and the position of the last."""
    newest = repository.newest_acts(origin, identity, activity, window, limit=READ_ONE_BY_ONE + 1)
    acts: defaultdict[int, int] = defaultdict(int)
    last: dict[int, int] = {}
    for position in newest:
        acts[day_of(position)] += 1
        last.setdefault(day_of(position), position)
    if len(newest) <= READ_ONE_BY_ONE:
        return [(day, acts[day], last[day]) for day in acts]
    return _many_days(origin, identity, activity, window, last)


def _many_days(
    origin: str, identity: Identity, activity: str, window: Window, last: dict[int, int]
) -> list[tuple[int, int, int]]:
    """The same by the hours; a day's last act is asked for where it is not known, which is one small read a day."""
    acts: defaultdict[int, int] = defaultdict(int)
    first, end = window.hours
    hours = repository.acts_by_hour(origin, identity, activity, window)
    for hour, number in hours.items():
        if first <= hour < end:
            acts[hour // HOURS_OF_A_DAY] += number
    for edge in _by_day(window.edges):
        acts[day_of(edge.start)] += _cut(origin, identity, activity, edge, hours)
    days = []
    for day in [day for day, number in acts.items() if number]:
        position = last.get(day)
        if position is None:
            within = Window(max(window.start, day_window(day).start), min(window.end, day_window(day).end))
            position = next(iter(repository.newest_acts(origin, identity, activity, within, limit=1)), None)
        if position is not None:  # acts may have been taken back meanwhile
            days.append((day, acts[day], position))
    return days


def _by_day(edges: Sequence[Window]) -> list[Window]:
    """The edges, one that runs over midnight in two."""
    parts = []
    for edge in edges:
        midnight = day_window(day_of(edge.end - 1)).start
        if edge.start < midnight:
            parts.append(Window(edge.start, midnight))
        parts.append(Window(max(edge.start, midnight), edge.end))
    return parts
