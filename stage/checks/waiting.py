"""Waiting for what a deployed stage does in its own time."""

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

T = TypeVar("T")
# Enough for a busy machine; a check that succeeds does not wait for it.
PATIENCE_SECONDS = 150.0


def eventually(look: Callable[[], T], reached: Callable[[T], object]) -> T:
    """The first result of `look` that is `reached`; fails with the last one if none is."""
    deadline = monotonic() + PATIENCE_SECONDS
    while not reached(found := look()):
        assert monotonic() < deadline, found
        sleep(0.2)
    return found
