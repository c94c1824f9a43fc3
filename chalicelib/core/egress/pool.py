"""Connections kept for a moment, so that a burst to one endpoint does not pay for a handshake each time.

A kept connection was made to a checked address with a checked certificate, and cannot move; it is only ever
used again for the same scheme, host and port. None lives long, so that a changed DNS answer is soon followed.
"""

import threading
import time
from typing import Final, NamedTuple

from chalicelib.core.egress.url import Target
from chalicelib.core.egress.wire import Connection

MAX_IDLE_SECONDS: Final = 3.0
MAX_AGE_SECONDS: Final = 30.0
MAX_PER_PLACE: Final = 16
MAX_KEPT: Final = 128

Place = tuple[str, str, int]


class _Kept(NamedTuple):
    since: float
    connection: Connection


class ConnectionPool:
    """Safe to use from several threads; a connection taken belongs to the taker alone."""

    def __init__(self) -> None:
        self._kept: dict[Place, list[_Kept]] = {}  # none of the lists is empty
        self._count = 0
        self._lock = threading.Lock()

    def take(self, target: Target) -> Connection | None:
        """The most recently used live connection to this place, if any."""
        while True:
            with self._lock:
                place = _place(target)
                kept = self._kept.get(place)
                if kept is None:
                    return None
                since, connection = kept.pop()
                self._count -= 1
                if not kept:
                    del self._kept[place]
            now = time.monotonic()
            fresh = now - since < MAX_IDLE_SECONDS and now - connection.opened < MAX_AGE_SECONDS
            if fresh and connection.is_quiet():
                return connection
            connection.close()

    def give(self, target: Target, connection: Connection) -> None:
        """Keep `connection` for a further exchange when it can carry one; close it otherwise."""
        if not connection.make_ready():
            connection.close()
            return
        dropped: list[Connection] = []
        with self._lock:
            if self._count >= MAX_KEPT:
                dropped = self._drop_idle()
            place = _place(target)
            if len(self._kept.get(place, ())) < MAX_PER_PLACE and self._count < MAX_KEPT:
                self._kept.setdefault(place, []).append(_Kept(time.monotonic(), connection))
                self._count += 1
            else:
                dropped.append(connection)
        for unwanted in dropped:
            unwanted.close()

    def close(self) -> None:
        """Close every idle connection."""
        with self._lock:
            idle = [entry.connection for kept in self._kept.values() for entry in kept]
            self._kept.clear()
            self._count = 0
        for connection in idle:
            connection.close()

    def _drop_idle(self) -> list[Connection]:
        """Forget the connections idle for too long; the caller closes them, outside the lock."""
        oldest = time.monotonic() - MAX_IDLE_SECONDS
        dropped: list[Connection] = []
        for place, kept in list(self._kept.items()):
            dropped += [entry.connection for entry in kept if entry.since <= oldest]
            self._kept[place] = [entry for entry in kept if entry.since > oldest]
            if not self._kept[place]:
                del self._kept[place]
        self._count -= len(dropped)
        return dropped


def _place(target: Target) -> Place:
    return target.scheme, target.host, target.port
