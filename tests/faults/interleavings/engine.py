"""Every place in one step where another may fall, and the outcomes that no order of the two gives."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from enum import Enum
from itertools import permutations
from typing import Any, Generic, NamedTuple, TypeVar

from tests.faults.crowd import SharedPlatform
from tests.faults.interleavings.actors import SECOND, Memories, acting, apart
from tests.faults.interleavings.outcomes import Answers, Outcome, canonical, differences, is_refusal, plain
from tests.faults.interleavings.rewinding import Rewinder, can_rewind
from tests.faults.interleavings.scene import Scene
from tests.faults.interleavings.wedge import Wedge
from tests.faults.recovery import impatient, let_time_pass
from tests.faults.wire import Lifeline

W = TypeVar("W")
_MOST_REQUESTS = 60
_ROUNDS_OF_RECOVERY = 2


class Variant(Enum):
    """How the second step meets the first."""

    WARM = "the first actor remembers what it has read before"
    COLD = "the first actor is a new process"
    TWICE = "the second step is taken twice, before two requests in turn"
    LAGGING = "every index is as it was before both"
    KILLED = "the first actor ends after the request, the second acts, then time passes"


class Finding(NamedTuple):
    """An outcome that no order gives, beside the nearest one that does."""

    first: str
    second: str
    variant: Variant
    point: int
    request: str
    differences: tuple[str, ...]

    def __str__(self) -> str:
        side = "after" if self.variant is Variant.KILLED else "before"
        place = f"{self.second!r} {side} request {self.point} ({self.request}) of {self.first!r}"
        return "\n  ".join((f"{place}; {self.variant.value}", *self.differences))


class _Run(NamedTuple):
    """What came of some steps: what names the ids, the answers by step, the state at rest."""

    known: Any
    answers: Answers
    state: Any

    def readings(self) -> Iterator[Outcome]:
        """The outcome; where a step was taken twice, with either as the one that made the first id."""
        for order in permutations(self.answers):
            if [name for name, _ in order] == [name for name, _ in self.answers]:
                yield canonical(self.known, order, self.state)

    def without(self, *places: int) -> "_Run":
        """The same with some answers unheard."""
        kept = [each for place, each in enumerate(self.answers) if place not in places]
        return self._replace(answers=kept)


@contextmanager
def staged(platform: SharedPlatform, scene: Scene[W]) -> Iterator["Stage[W]"]:
    """A stage on which any steps of the scene meet; while it is there, nothing else may use the platform."""
    with ExitStack() as held:
        memories = held.enter_context(apart())
        held.enter_context(scene.within())
        rewinder = None
        if scene.rewinds and can_rewind():
            rewinder = Rewinder()
            held.enter_context(rewinder.held())
        # A thousand lines a second, which only a failure would show.
        held.callback(logging.disable, logging.root.manager.disable)
        logging.disable(logging.WARNING)
        yield Stage(platform, scene, memories, rewinder)


class Stage(Generic[W]):
    """Where steps of a scene meet."""

    def __init__(
        self, platform: SharedPlatform, scene: Scene[W], memories: Memories, rewinder: Rewinder | None
    ) -> None:
        self._platform = platform
        self._scene = scene
        self._memories = memories
        self._rewinder = rewinder
        self._made: tuple[W, Any] | None = None
        self._orders: dict[tuple[tuple[str, ...], bool, str | None], _Run] = {}

    def findings(self, first: str, second: str, variant: Variant) -> Iterator[Finding]:
        """Every outcome that no order of the two steps gives."""
        if variant is Variant.LAGGING and self._rewinder is None:
            return
        meet = self._killed if variant is Variant.KILLED else self._wedged
        for point in range(1, _MOST_REQUESTS):
            met = meet(first, second, variant, point)
            if met is None:
                return
            run, request = met
            wrong = self._differences(run, first, variant)
            if wrong:
                yield Finding(first, second, variant, point, request, tuple(wrong))

    def _wedged(self, first: str, second: str, variant: Variant, point: int) -> tuple[_Run, str] | None:
        world, known = self._fresh()
        if variant is Variant.COLD:
            self._memories.forget()
        points = (point, point + 1) if variant is Variant.TWICE else (point,)
        wedge = Wedge(points, lambda: self._take(world, second))
        with ExitStack() as conditions:
            if variant is Variant.LAGGING and self._rewinder is not None:
                conditions.enter_context(self._rewinder.indexes_lagging())
            with wedge.held():
                answer = self._take(world, first)
        if not wedge.fired:
            return None
        answers = [(first, answer), *((second, each) for each in wedge.answers)]
        return self._rested(world, known, answers), wedge.before

    def _killed(self, first: str, second: str, _: Variant, point: int) -> tuple[_Run, str] | None:
        world, known = self._fresh()
        death = Lifeline(2 * point)  # each request has a point before it and one after
        with impatient():
            with death.held():
                self._take(self._scene.begin(world), first)  # what it is given, nobody knows
            if not death.killed:
                return None
            with acting(SECOND):
                answer = self._take(world, second)
            run = self._rested(world, known, [(second, answer)], time_passes=True)
        return run, death.points[-1].partition(" ")[2]

    def _differences(self, run: _Run, first: str, variant: Variant) -> list[str]:
        """Nothing where an order of the steps gives this outcome, or one of them was refused and changed nothing."""
        names = [name for name, _ in run.answers]
        if variant is Variant.KILLED:
            orders = list(self._orders_of(names, time_passes=True))
            orders += self._orders_of([first, *names], time_passes=True, unheard=first)
        else:
            orders = list(self._orders_of(names))
        wanted = [reading for order in orders for reading in order.readings()]
        got = list(run.readings())
        if not set(got).isdisjoint(wanted):
            return []
        for place, (_, answer) in enumerate(run.answers):
            rest = run.without(place)
            others = [name for name, _ in rest.answers]
            if is_refusal(answer) and any(
                reading in {other for order in self._orders_of(others) for other in order.readings()}
                for reading in rest.readings()
            ):
                return []
        return min((differences(order, got[0]) for order in wanted), key=len)

    def _orders_of(
        self, names: Sequence[str], *, time_passes: bool = False, unheard: str | None = None
    ) -> Iterator[_Run]:
        for order in sorted(set(permutations(names))):
            if (order, time_passes, unheard) not in self._orders:
                self._orders[order, time_passes, unheard] = self._in_order(
                    order, time_passes=time_passes, unheard=unheard
                )
            yield self._orders[order, time_passes, unheard]

    def _in_order(self, names: Sequence[str], *, time_passes: bool, unheard: str | None) -> _Run:
        """The steps one after the other; the first of the name `unheard` tells nobody what came of it."""
        world, known = self._fresh()
        answers = []
        for name in names:
            self._memories.forget()
            if name == unheard:
                unheard = None
                self._take(self._scene.begin(world), name)
            else:
                answers.append((name, self._take(world, name)))
        return self._rested(world, known, answers, time_passes=time_passes)

    def _rested(self, world: W, known: Any, answers: Answers, *, time_passes: bool = False) -> _Run:
        self._memories.forget()
        if time_passes:
            let_time_pass(self._platform, rounds=_ROUNDS_OF_RECOVERY)
        return _Run(known, answers, self._scene.look(world))

    def _fresh(self) -> tuple[W, Any]:
        """A world, with what the first actor remembers of its making, and what names its ids."""
        if self._rewinder is None:
            world = self._make()
            return world, (self._scene.first_look or self._scene.look)(world)
        if self._made is None:
            world = self._make()
            self._memories.keep()
            self._rewinder.mark()
            self._made = world, (self._scene.first_look or self._scene.look)(world)
        self._rewinder.rewind()
        self._memories.recall()
        world, known = self._made
        return self._scene.begin(world), known

    def _make(self) -> W:
        with self._platform.refusing_nothing():
            return self._scene.make(self._platform)

    def _take(self, world: W, name: str) -> Any:
        return plain(self._scene.steps[name].run(world))
