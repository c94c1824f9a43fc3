"""A small in-process cache with a short life, for configuration that changes rarely."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class TtlCache(Generic[K, V]):
    """At most `max_entries` values, each for `seconds`; None is not remembered.

    Each `put` drops what has expired, so a cache of a short life stays small, however many partners call.

    Safe to use from several threads; two that miss at once both load. A load that was under way when its key was
    forgotten is answered but not remembered: it may have read what has just changed.
    """

    def __init__(self, *, seconds: float, max_entries: int = 1024) -> None:
        self._seconds = seconds
        self._max_entries = max_entries
        self._entries: OrderedDict[K, tuple[float, V]] = OrderedDict()
        self._forgotten = 0
        self._lock = Lock()

    def get(self, key: K, load: Callable[[], V | None]) -> V | None:
        """The cached value, else what `load` gives; None from `load` is not cached."""
        with self._lock:
            entry = self._entries.get(key)
            forgotten = self._forgotten
        if entry is not None and entry[0] > time.monotonic():
            return entry[1]
        value = load()
        if value is not None:
            with self._lock:
                if forgotten == self._forgotten:
                    self._put(key, value)
        return value

    def put(self, key: K, value: V) -> None:
        """Remembers `value` from now on."""
        with self._lock:
            self._put(key, value)

    def forget(self, key: K) -> None:
        """Drops one key, so that a change made here is seen here at once."""
        with self._lock:
            self._entries.pop(key, None)
            self._forgotten += 1

    def clear(self) -> None:
        """Drops everything."""
        with self._lock:
            self._entries.clear()
            self._forgotten += 1

    def _put(self, key: K, value: V) -> None:
        moment = time.monotonic()
        self._entries[key] = (moment + self._seconds, value)
        self._entries.move_to_end(key)
        # All live equally long, so those that expire first stand first.
        while len(self._entries) > self._max_entries or next(iter(self._entries.values()))[0] < moment:
            self._entries.popitem(last=False)
