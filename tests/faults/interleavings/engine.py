"""Every place in one step where another may fall, and the outcomes that neither order of the two gives."""

import re
from collections.abc import Iterator
from typing import Any, Generic, NamedTuple, TypeVar

from tests.faults.crowd import SharedPlatform
from tests.faults.interleavings.actors import Memories, apart
from tests.faults.interleavings.outcomes import Outcome, canonical, differences, plain
from tests.faults.interleavings.scene import Scene
from tests.faults.interleavings.wedge import Wedge

W = TypeVar("W")
_MOST_REQUESTS = 40
_FAULT = re.compile(r'"status": 5\d\d')


class Finding(NamedTuple):
    """An outcome that neither order gives. `kind` is `state`, `answers` or `fault`, an answer of 500 or above."""

    first: str
    second: str
    point: int
    before: str
    kind: str
    outcome: Outcome
    orders: tuple[Outcome, Outcome]

    def __str__(self) -> str:
        where = f"{self.second!r} before request {self.point} ({self.before}) of {self.first!r}"
        nearest = min((differences(order, self.outcome) for order in self.orders), key=len)
        return "\n".join((f"{self.kind}: {where}; beside the nearest order", *nearest))


def findings(platform: SharedPlatform, scene: Scene[W], first: str, second: str) -> list[Finding]:
    """Every outcome of the second step before a request of the first that is the outcome of neither order."""
    with apart() as memories:
        return list(_Runs(platform, scene, memories).findings(first, second))


class _Runs(Generic[W]):
    def __init__(self, platform: SharedPlatform, scene: Scene[W], memories: Memories) -> None:
        self._platform = platform
        self._scene = scene
        self._memories = memories

    def findings(self, first: str, second: str) -> Iterator[Finding]:
        there, back = self._in_order(first, second), self._in_order(second, first)
        for point in range(1, _MOST_REQUESTS):
            wedge, outcomes = self._wedged(first, second, point)
            if not wedge.fired:
                return
            if outcomes.isdisjoint((there, back)):
                outcome = next(iter(outcomes))
                kind = _kind(outcome, there, back)
                yield Finding(first, second, point, wedge.before, kind, outcome, (there, back))

    def _in_order(self, *names: str) -> Outcome:
        world, known = self._new()
        answers = []
        for name in names:
            self._memories.forget()
            answers.append((name, self._run(world, name)))
        self._memories.forget()
        return canonical(known, answers, self._scene.look(world))

    def _wedged(self, first: str, second: str, point: int) -> tuple[Wedge, frozenset[Outcome]]:
        """The outcome with the second step there; of two runs of one step either may have made the first id."""
        world, known = self._new()
        wedge = Wedge(point, lambda: self._run(world, second))
        with wedge.held():
            answer = self._run(world, first)
        answers = [(first, answer), (second, wedge.answer)]
        self._memories.forget()
        state = self._scene.look(world)
        readings = (answers, answers[::-1]) if first == second else (answers,)
        return wedge, frozenset(canonical(known, reading, state) for reading in readings)

    def _new(self) -> tuple[W, Any]:
        """A world, with what the first actor remembers of it, and what names its ids."""
        world = self._scene.make(self._platform)
        return world, (self._scene.first_look or self._scene.look)(world)

    def _run(self, world: W, name: str) -> Any:
        return plain(self._scene.steps[name].run(world))


def _kind(outcome: Outcome, there: Outcome, back: Outcome) -> str:
    if _FAULT.search(outcome.answers):
        return "fault"
    return "answers" if outcome.state in (there.state, back.state) else "state"
