"""Who waits for the same thing in this process, in order of arrival."""

import time
from collections import deque
from collections.abc import Hashable
from threading import Event, Lock

_lock = Lock()
_lines: dict[Hashable, deque[Event]] = {}


def is_waited_for(thing: Hashable) -> bool:
    """True while somebody stands in the line for a thing."""
    return thing in _lines


class Place:
    """A caller's place in the line for a thing: none until it is asked for, then behind all who asked before.

    Whoever has one must not ask for another in the line for the same thing before it has left.
    """

    def __init__(self, thing: Hashable) -> None:
        self._thing = thing
        self._turn: Event | None = None

    def is_reached(self, *, until: float) -> bool:
        """Joins the line, unless it is in it already, and waits to be the first; False where `until` comes before that.

        `until` is a time of `time.monotonic`.
        """
        if self._turn is None:
            self._turn = Event()
            with _lock:
                line = _lines.setdefault(self._thing, deque())
                line.append(self._turn)
                if line[0] is self._turn:
                    self._turn.set()
        return self._turn.wait(max(0.0, until - time.monotonic()))

    def leave(self) -> None:
        """Gives the place up, whether it was reached or not; the next in the line has its turn."""
        turn, self._turn = self._turn, None
        if turn is None:
            return
        with _lock:
            line = _lines[self._thing]
            line.remove(turn)
            if line:
                line[0].set()
            else:
                del _lines[self._thing]
