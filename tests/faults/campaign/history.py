"""What was asked and answered, in the order of a clock that all actors share."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final, Generic, NamedTuple, TypeVar

W = TypeVar("W")
State = Mapping[str, Any]
"""A model's state: JSON, never changed but copied."""
Effect = Callable[[State, Collection[str]], Iterable[tuple[Any, State]]]
"""Every answer that the model may give now, with the state that follows; the second argument are the ids that anybody
saw, from which a creation takes its own."""

REFUSED: Final = "refused"
BUSY: Final = "busy"
FAULT: Final = "fault"
UNKNOWN: Final = "unknown"


class Operation(NamedTuple, Generic[W]):
    """What an actor does: `take` gives what it was told, in the words of `effect`.

    `parts` are documented steps that others may see before the whole, or without it where it is refused or ends.
    """

    name: str
    take: Callable[[W], Any]
    effect: Effect
    parts: tuple[Effect, ...] = ()


class Call(NamedTuple):
    """An operation with the moments of its beginning and its end.

    One that is `UNKNOWN` may have happened at any time since, or never.
    """

    actor: str
    name: str
    effect: Effect
    start: int
    end: int
    answer: Any

    def __str__(self) -> str:
        return f"{self.start:4} to {self.end:4}  {self.actor}: {self.name} -> {self.answer}"
