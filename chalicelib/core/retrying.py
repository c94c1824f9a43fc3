"""Optimistic retries: read, decide, write on the condition that nothing moved, and again."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock
from typing import TypeVar

from chalicelib.core.errors import ServerError

T = TypeVar("T")

_PATIENCE_SECONDS = 20.0
_SHORTEST_UNIT = 0.005
_LONGEST_PAUSE = 4.0
_DOUBLINGS = 5
_turn = RLock()


def attempts(what: str) -> Iterator[int]:
    """Numbers the tries from 0; the second follows at once, later ones after growing random pauses.

    Pauses are multiples of what a try takes, so that fifty callers of one row spread out as widely as the row
    needs, whether it answers in milliseconds or is slow. Raises `ServerError` after 20 s, well within the gateway's
    29 s: contention that long is a fault of ours.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    number = 0
    while (started := time.monotonic()) < deadline:
        yield number
        if number:
            unit = max(_SHORTEST_UNIT, (time.monotonic() - started) / 2)
            time.sleep(random.uniform(0, min(_LONGEST_PAUSE, unit * 2 ** min(number, _DOUBLINGS))))
        number += 1
    raise ServerError(f"{what} kept changing under concurrent calls")


def until_unchanged(what: str, once: Callable[[], T], *, moved: type[Exception]) -> T:
    """What `once` gives; it reads, decides and writes, and is called again where it raises `moved`."""
    for number in attempts(what):
        with in_turn(number):
            try:
                return once()
            except moved:
                continue
    raise AssertionError("attempts() ends by raising")


@contextmanager
def in_turn(number: int) -> Iterator[None]:
    """Lets all tries but the first go one at a time within this process, where they would only hinder each other.

    That is a courtesy, which a try that has waited too long forgoes: between processes, and so between functions, the
    write's condition alone decides.
    """
    taken = number > 0 and _turn.acquire(timeout=_PATIENCE_SECONDS)
    try:
        yield
    finally:
        if taken:
            _turn.release()
