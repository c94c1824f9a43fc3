"""Changes that are decided anew where another call's came first."""

from collections.abc import Callable, Hashable
from typing import TypeVar

from chalicelib.core import retrying
from chalicelib.idempotency.service import Guard
from chalicelib.spaces.repository.records import RecordMoved
from chalicelib.spaces.repository.spaces import SpaceMoved

T = TypeVar("T")
_MOVED = (RecordMoved, SpaceMoved)


def until_written(what: str, once: Callable[[], T], *, at: tuple[Hashable, ...], guard: Guard | None = None) -> T:
    """What `once` gives; it reads, decides and writes. Callers who meet `at` the same thing take turns.

    `once` may seal `guard` in its transaction. Raises `TooManyRequests`.
    """

    def anew() -> T:
        if guard is not None:
            guard.unseal()  # by a try that did not commit
        return once()

    return retrying.until_unchanged(what, anew, moved=_MOVED, at=("spaces", *at))
