"""What a surface declares: a world that is made anew, the steps that may be taken in it, and what is seen at rest."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from tests.faults.crowd import SharedPlatform

W = TypeVar("W")
Pair = tuple[str, str]
"""Two steps by their names: the one that is interrupted, and the one that falls into it."""


@dataclass(frozen=True)
class Step(Generic[W]):
    """One operation of one actor.

    `run` gives what the actor is told: a status with its JSON, or plain values without ids or times of its own.
    `on` names the things that it reads or writes, in the scene's own words: two steps that share one are a pair.
    `calls` are the operations behind it, such as `PATCH /stamps/1` or `task sweep_chain`, ids as they come.
    """

    run: Callable[[W], Any]
    on: frozenset[str]
    calls: tuple[str, ...]
    parts: tuple[str, ...] = ()
    """Names of steps each of which it may have been instead where it ended early, as is documented of it."""


def step(run: Callable[[W], Any], on: str, *calls: str, parts: tuple[str, ...] = ()) -> Step[W]:
    """A step; `on` names its things with blanks between."""
    return Step(run, frozenset(on.split()), calls, parts)


@dataclass(frozen=True)
class Scene(Generic[W]):
    """A world and its steps. The world itself is a value: what changes is in the tables.

    `look` gives everything that anybody can see, once all has come to rest; it may let workers run. `first_look` is
    what names the ids of a new world, where `look` would set things going.
    """

    make: Callable[[SharedPlatform], W]
    steps: Mapping[str, Step[W]]
    look: Callable[[W], Any]
    first_look: Callable[[W], Any] | None = None
    rewinds: bool = True
    """False of a world that is more than rows, messages, objects and the chain, such as KMS's keys: it is made anew."""
    begin: Callable[[W], W] | None = None
    """The world as a run begins with it, where it remembers what its actors were given, such as tokens."""
    within: Callable[[], AbstractContextManager[object]] = nullcontext
    """Holds while the scene is on stage."""
    broken: Mapping[Pair, str] = field(default_factory=dict)
    """Pairs whose outcome is known to be wrong, each with what goes wrong; a test fails once it does not any more."""
    harmless: Mapping[Pair, str] = field(default_factory=dict)
    """Pairs with an outcome of their own that is right, each with the reason."""

    def begun(self, world: W) -> W:
        """The world as a run begins with it."""
        return world if self.begin is None else self.begin(world)

    def pairs(self) -> list[Pair]:
        """Every two steps that share a thing, in both orders."""
        return [
            (first, second)
            for first, one in self.steps.items()
            for second, other in self.steps.items()
            if one.on & other.on and (first, second) not in self.harmless
        ]
