"""One world's life: several actors act at once, time passes, somebody looks, and the model must explain it all."""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from random import Random
from typing import Any, Generic, NamedTuple, TypeVar

from chalicelib.core import aws
from tests.faults.campaign.history import FAULT, REFUSED, UNKNOWN, Call, Operation, State
from tests.faults.campaign.linearizability import explain
from tests.faults.campaign.scheduling import Schedule, nobody_sleeps
from tests.faults.campaign.trouble import Chances, Trouble
from tests.faults.crowd import SharedPlatform
from tests.faults.interleavings.actors import Memories, apart, one_thread_an_actor
from tests.faults.recovery import impatient, let_time_pass
from tests.faults.wire import Killed

W = TypeVar("W")
_ACTORS = ("one", "two", "three")
_OPERATIONS = (2, 5)
_LOYALTIES = (0.0, 0.5, 0.9, None, None, None)
_CALM = Chances()
_WEATHER = (
    _CALM,
    _CALM,
    Chances(killed=0.02),
    Chances(throttled=0.05, conflict=0.1),
    Chances(lost=0.05, throttled=0.02),
    Chances(killed=0.01, throttled=0.02, conflict=0.05, lost=0.02),
)
_ID = re.compile(r"[a-z]+/[\w-]+")


class Surface(NamedTuple, Generic[W]):
    """What may be done: `choose` picks an operation, with the ids that the actors know so far in order of sight.

    `used` of the initial state are the ids of the new world.
    """

    make: Callable[[SharedPlatform], W]
    initial: Callable[[W], State]
    choose: Callable[[Random, list[str]], Operation[W]]
    look: Operation[W]


class Failed(NamedTuple):
    """A history that no order explains."""

    calls: list[Call]
    explained: int
    chances: Chances

    def __str__(self) -> str:
        lines = [*map(str, self.calls), f"of these at most {self.explained} are explained", f"{self.chances}"]
        return "\n".join(lines)


class Episode(Generic[W]):
    """One life; `random` decides everything."""

    def __init__(self, platform: SharedPlatform, surface: Surface[W], random: Random) -> None:
        self._platform = platform
        self._surface = surface
        self._random = random
        self._ids: list[str] = []
        self.calls: list[Call] = []

    def live(self) -> Failed | None:
        """What went wrong, if anything did."""
        with self._platform.refusing_nothing():
            world = self._surface.make(self._platform)
        initial = self._surface.initial(world)
        self._ids = list(initial.get("used", ()))
        chances = self._random.choice(_WEATHER)
        schedule = Schedule(self._random, loyalty=self._random.choice(_LOYALTIES))
        trouble = Trouble(self._random, chances)
        with apart() as memories, _quiet(), impatient():
            with trouble.made(), one_thread_an_actor(), nobody_sleeps():
                schedule.run({name: partial(self._act, name, world, schedule, trouble, memories) for name in _ACTORS})
            if chances != _CALM:
                aws.forget_clients()  # they count failures
                let_time_pass(self._platform)
            else:
                self._platform.drain()
            memories.forget()
            start = schedule.now + 1
            look = self._surface.look
            answer = look.take(world)
        self.calls.append(Call("rest", look.name, look.effect, start, start, answer))
        self._see(answer)
        verdict = explain(self.calls, initial, self._ids)
        return Failed(self.calls, len(verdict.furthest), chances) if verdict.order is None else None

    def _act(self, name: str, world: W, schedule: Schedule, trouble: Trouble, memories: Memories) -> None:
        for _ in range(self._random.randint(*_OPERATIONS)):
            operation = self._surface.choose(self._random, list(self._ids))
            memories.forget_those_of(name)
            trouble.lost.discard(name)
            start = schedule.now
            try:
                answer = operation.take(world)
            except Killed:
                answer = UNKNOWN
            if (answer == FAULT and trouble.at_work) or (answer == REFUSED and name in trouble.lost):
                answer = UNKNOWN
            self._see(answer)
            self.calls.append(Call(name, operation.name, operation.effect, start, schedule.now, answer))
            self.calls += [
                Call(name, f"part of {operation.name}", each, start, start, UNKNOWN) for each in operation.parts
            ]

    def _see(self, answer: Any) -> None:
        for found in _ids_in(answer):
            if found not in self._ids:
                self._ids.append(found)


def _ids_in(value: Any) -> Iterator[str]:
    """Every text such as `stamp/1`, of keys and values."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _ids_in(name)
            yield from _ids_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from _ids_in(each)
    elif isinstance(value, str) and _ID.fullmatch(value):
        yield value


@contextmanager
def _quiet() -> Iterator[None]:
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
