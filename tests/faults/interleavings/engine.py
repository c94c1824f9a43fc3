"""Every place in one step where another may fall, and the outcomes that no order of the two gives.

On the embedded engine only places that can make a difference are tried, and a state is looked at only where it is not
that of an order anyway; with `SPACEGARDEN_EVERY_PLACE` every place is tried and looked at.
"""

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from enum import Enum
from itertools import permutations
from typing import Any, Generic, NamedTuple, TypeVar

from tests.faults.crowd import SharedPlatform
from tests.faults.interleavings.accesses import Accesses
from tests.faults.interleavings.actors import SECOND, Memories, Waits, acting, apart, nobody_waits, one_thread_an_actor
from tests.faults.interleavings.footprints import Footprints
from tests.faults.interleavings.outcomes import Answers, differences, is_refusal, plain
from tests.faults.interleavings.pasts import Death, Past, Recent
from tests.faults.interleavings.remembering import Remembering
from tests.faults.interleavings.repeating import Repeating
from tests.faults.interleavings.rewinding import Rewinder, State, can_rewind
from tests.faults.interleavings.runs import Run
from tests.faults.interleavings.scene import Scene
from tests.faults.interleavings.sparing import Sparing
from tests.faults.interleavings.wedge import Wedge
from tests.faults.recovery import impatient, let_time_pass
from tests.faults.wire import Lifeline

W = TypeVar("W")
_MOST_REQUESTS = 60
_ROUNDS_OF_RECOVERY = 2
_LONGEST_LAG_SECONDS = 2.0
_KEPT = 400
_EVERY_PLACE = "SPACEGARDEN_EVERY_PLACE"


class Variant(Enum):
    """How the second step meets the first."""

    WARM = "the first actor remembers what it has read before"
    COLD = "the first actor is a new process"
    TWICE = "the second step is taken twice, before two requests in turn"
    LAGGING = "every index is as it was before both, until somebody has waited for it"
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


class _Met(NamedTuple):
    """Two steps that met: the request at which they did, and the next place where they may meet otherwise."""

    run: Run
    request: str
    next_place: int | None
    asks_indexes: bool = True


class Reduction(NamedTuple):
    """What spares places and requests."""

    accesses: Accesses
    repeating: Repeating
    remembering: Remembering
    sparing: Sparing


@contextmanager
def staged(platform: SharedPlatform, scene: Scene[W], *, every_place: bool | None = None) -> Iterator["Stage[W]"]:
    """A stage on which any steps of the scene meet; while it is there, nothing else may use the platform."""
    reduced = not (bool(os.environ.get(_EVERY_PLACE)) if every_place is None else every_place)
    with ExitStack() as held:
        memories = held.enter_context(apart())
        held.enter_context(one_thread_an_actor())
        waits = held.enter_context(nobody_waits())
        held.enter_context(scene.within())
        rewinder = reduction = None
        if scene.rewinds and can_rewind():
            accesses = Accesses()
            rewinder = Rewinder(accesses)
            held.enter_context(rewinder.held())
            if reduced:
                remembering, sparing = Remembering(accesses, rewinder), Sparing(accesses, rewinder, memories)
                reduction = Reduction(accesses, Repeating(), remembering, sparing)
                held.enter_context(accesses.held())
                held.enter_context(reduction.remembering.held())
        # A thousand lines a second, which only a failure would show.
        held.callback(logging.disable, logging.root.manager.disable)
        logging.disable(logging.WARNING)
        yield Stage(platform, scene, memories, waits, rewinder, reduction)


class Stage(Generic[W]):
    """Where steps of a scene meet; with a reduction at no more places than needed."""

    def __init__(
        self,
        platform: SharedPlatform,
        scene: Scene[W],
        memories: Memories,
        waits: Waits,
        rewinder: Rewinder | None,
        reduction: Reduction | None,
    ) -> None:
        self._platform = platform
        self._scene = scene
        self._memories = memories
        self._waits = waits
        self._rewinder = rewinder
        self._reduction = reduction
        self._repeating = None if reduction is None else reduction.repeating
        self._made: tuple[W, Any] | None = None
        self._orders: Recent[tuple[tuple[str, ...], bool, str | None], Run] = Recent(_KEPT)
        self._pasts: Recent[tuple[str, ...], Past] = Recent(_KEPT)
        self._states: Recent[str, Any] = Recent(_KEPT)
        self._deaths: dict[tuple[str, int], Death] = {}
        self._writes: dict[str, Sequence[int]] = {}
        self._asking_no_index: set[tuple[str, str]] = set()
        self.runs = 0
        self.looks = 0

    def findings(self, first: str, second: str, variant: Variant) -> Iterator[Finding]:
        """Every outcome that no order of the two steps gives."""
        if variant is Variant.LAGGING and (self._rewinder is None or (first, second) in self._asking_no_index):
            return
        meet = self._killed if variant is Variant.KILLED else self._wedged
        asked = False
        with nullcontext() if self._repeating is None else self._repeating.held():
            place = self._next_death(first, 0) if variant is Variant.KILLED else 1
            while place is not None and place < _MOST_REQUESTS:
                met = meet(first, second, variant, place)
                if met is None:
                    break
                self.runs += 1
                asked = asked or met.asks_indexes
                wrong = self._differences(met.run, first, variant)
                if wrong:
                    yield Finding(first, second, variant, place, met.request, tuple(wrong))
                place = met.next_place
        if variant is Variant.WARM and self._repeating is not None and not asked:
            self._asking_no_index.add((first, second))  # with indexes that lag it would all be the same

    def _wedged(self, first: str, second: str, variant: Variant, point: int) -> _Met | None:
        world, known = self._fresh()
        if variant is Variant.COLD:
            self._memories.forget()
        points = (point, point + 1) if variant is Variant.TWICE else (point,)
        followed = self._waits.slept + _LONGEST_LAG_SECONDS
        footprints = Footprints(lambda: variant is Variant.LAGGING and self._waits.slept < followed)
        wedge = Wedge(points, lambda: self._take(world, second), footprints)
        with ExitStack() as conditions:
            if variant is Variant.LAGGING and self._rewinder is not None:
                conditions.enter_context(self._rewinder.indexes_lagging(footprints.indexes_lag))
            if self._reduction is not None:
                conditions.enter_context(self._reduction.accesses.telling(footprints.hear))
            with wedge.held():
                answer = self._take(world, first)
        if not wedge.fired:
            return None
        answers = [(first, answer), *((second, each) for each in wedge.answers)]
        following: int | None = point + 1
        if self._repeating is not None and not wedge.overlapped:
            following = footprints.next_place(point, taken=len(points))
        return _Met(self._rested(world, known, answers), wedge.before, following, footprints.ask_indexes())

    def _killed(self, first: str, second: str, _: Variant, point: int) -> _Met | None:
        with self._impatient():
            ended = self._ended(first, point)
            if ended is None:
                return None
            world, known, request = ended
            with acting(SECOND):
                answer = self._take(world, second)
        run = self._rested(world, known, [(second, answer)], time_passes=True)
        return _Met(run, request, self._next_death(first, point))

    def _ended(self, first: str, point: int) -> tuple[W, Any, str] | None:
        """A world in which the step has ended after the request; nobody knows what it was given."""
        if (first, point) in self._deaths:
            death = self._deaths[first, point]
            return *self._back_at(death.past), death.request
        world, known = self._fresh()
        line = Lifeline(2 * point)  # each request has a point before it and one after
        with line.held():
            self._take(self._scene.begun(world), first)
        if not line.killed:
            return None
        request = line.points[-1].partition(" ")[2]
        if self._rewinder is not None and self._repeating is not None:
            past = Past([], self._rewinder.state(), self._repeating.moment())
            self._deaths[first, point] = Death(request, past)
        return world, known, request

    def _next_death(self, first: str, point: int) -> int | None:
        """The next request after which the step's end leaves something else than before: one that writes."""
        if self._reduction is None:
            return point + 1
        if first not in self._writes:
            world, _ = self._fresh()
            footprints = Footprints()
            telling = self._reduction.accesses.telling(footprints.hear)
            with self._impatient(), telling, Wedge((), lambda: None, footprints).held():
                self._take(self._scene.begun(world), first)
            self._writes[first] = [number for number, each in enumerate(footprints.first, 1) if each.writes]
        return next((number for number in self._writes[first] if number > point), None)

    def _impatient(self) -> AbstractContextManager[None]:
        return impatient() if self._rewinder is None else self._rewinder.impatient()

    def _differences(self, run: Run, first: str, variant: Variant) -> list[str]:
        """Nothing where an order of the steps gives this outcome, or one of them was refused and changed nothing."""
        names = [name for name, _ in run.answers]
        orders: list[Run] = []
        for order in self._expected(names, first, variant):
            if run.is_plainly(order):
                return []
            orders.append(order)
        if any(run.agrees(order) for order in orders):
            return []
        for place, (_, answer) in enumerate(run.answers):
            rest = run.without(place)
            others = [name for name, _ in rest.answers]
            if is_refusal(answer) and any(rest.agrees(order) for order in self._orders_of(others)):
                return []
        [got, *_] = run.readings()
        wanted = [reading.outcome() for order in orders for reading in order.readings()]
        return min((differences(each, got.outcome()) for each in wanted), key=len)

    def _expected(self, names: Sequence[str], first: str, variant: Variant) -> Iterator[Run]:
        """The orders, one of which the steps must have come to; they are taken as they are asked for."""
        if variant is not Variant.KILLED:
            yield from self._orders_of(names)
            return
        yield from self._orders_of(names, time_passes=True)
        yield from self._orders_of([first, *names], time_passes=True, unheard=first)
        for part in self._scene.steps[first].parts:
            yield from self._orders_of([part, *names], time_passes=True, unheard=part)

    def _orders_of(
        self, names: Sequence[str], *, time_passes: bool = False, unheard: str | None = None
    ) -> Iterator[Run]:
        for order in sorted(set(permutations(names))):
            if (order, time_passes, unheard) not in self._orders:
                self._orders[order, time_passes, unheard] = self._in_order(
                    order, time_passes=time_passes, unheard=unheard
                )
            yield self._orders[order, time_passes, unheard]

    def _in_order(self, names: Sequence[str], *, time_passes: bool, unheard: str | None) -> Run:
        """The steps one after the other; the first of the name `unheard` tells nobody what came of it."""
        if self._reduction is not None and self._scene.begin is None:
            past = self._past(tuple(names))
            answers = list(past.answers)
            if unheard is not None:
                del answers[names.index(unheard)]
            world, known = self._world()
            return self._at(past.state, world, known, answers, time_passes=time_passes)
        world, known = self._fresh()
        answers = []
        for name in names:
            self._memories.forget()
            if name == unheard:
                unheard = None
                self._take(self._scene.begun(world), name)
            else:
                answers.append((name, self._take(world, name)))
        return self._rested(world, known, answers, time_passes=time_passes)

    def _past(self, names: tuple[str, ...]) -> Past:
        """Where these steps lead to, one after the other, from where the first of them did."""
        if names not in self._pasts:
            *earlier, name = names
            before = self._past(tuple(earlier)) if earlier else None
            world, _ = self._fresh() if before is None else self._back_at(before)
            self._memories.forget()
            answers = [*(() if before is None else before.answers), (name, self._take(world, name))]
            assert self._rewinder is not None
            assert self._repeating is not None
            self._pasts[names] = Past(answers, self._rewinder.state(), self._repeating.moment())
        return self._pasts[names]

    def _back_at(self, past: Past) -> tuple[W, Any]:
        assert self._rewinder is not None
        assert self._repeating is not None
        self._rewinder.restore(past.state)
        self._memories.recall()
        self._repeating.resume(past.moment)
        return self._world()

    def _rested(self, world: W, known: Any, answers: Answers, *, time_passes: bool = False) -> Run:
        if self._rewinder is None or self._repeating is None:
            seen = self._look(world, time_passes=time_passes)
            return Run(known, answers, lambda: seen, None)
        return self._at(self._rewinder.state(), world, known, answers, time_passes=time_passes)

    def _at(self, state: State, world: W, known: Any, answers: Answers, *, time_passes: bool) -> Run:
        place = f"{state.digest} {world!r} {time_passes}"
        return Run(known, answers, lambda: self._look_back(state, place, world, time_passes=time_passes), place)

    def _look_back(self, state: State, place: str, world: W, *, time_passes: bool) -> Any:
        """What is seen at rest after a state, which is looked at once."""
        if place not in self._states:
            assert self._rewinder is not None
            self.looks += 1
            self._rewinder.restore(state)
            self._states[place] = self._look(world, time_passes=time_passes)
        return self._states[place]

    def _look(self, world: W, *, time_passes: bool) -> Any:
        self._memories.forget()
        with ExitStack() as held:
            if self._reduction is not None:
                held.enter_context(self._reduction.repeating.taking("look"))
                held.enter_context(self._reduction.sparing.held())
            if time_passes:
                with self._impatient():
                    let_time_pass(self._platform, rounds=_ROUNDS_OF_RECOVERY)
            return self._scene.look(world)

    def _fresh(self) -> tuple[W, Any]:
        """A world, with what the first actor remembers of its making, and what names its ids."""
        if self._rewinder is None:
            self._memories.forget()  # of another world, which may have ended without a look
            world = self._make()
            return world, (self._scene.first_look or self._scene.look)(world)
        if self._made is None:
            world = self._make()
            self._memories.keep()
            self._rewinder.mark()
            if self._reduction is not None:
                self._reduction.remembering.forget()
                self._reduction.sparing.forget()
            self._made = world, (self._scene.first_look or self._scene.look)(world)
        self._rewinder.rewind()
        self._memories.recall()
        if self._repeating is not None:
            self._repeating.begin()
        return self._world()

    def _world(self) -> tuple[W, Any]:
        assert self._made is not None
        world, known = self._made
        return self._scene.begun(world), known

    def _make(self) -> W:
        with self._platform.refusing_nothing():
            return self._scene.make(self._platform)

    def _take(self, world: W, name: str) -> Any:
        with nullcontext() if self._repeating is None else self._repeating.taking(name):
            return plain(self._scene.steps[name].run(world))
