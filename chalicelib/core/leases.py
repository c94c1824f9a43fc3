"""Ids leased in blocks, so that a counter is neither a hot row nor a round trip of its own for each create."""

from collections import deque
from collections.abc import Callable
from threading import Lock

MAX_BLOCK = 64


class IdLease:
    """Hands out ids that no other process hands out.

    `allocate(count)` takes `count` ids from the shared counter and gives the first. Blocks double while the process
    stays warm. A process that ends takes its unused ids along: ids rise roughly with creation, with gaps.
    """

    def __init__(self, allocate: Callable[[int], int]) -> None:
        self._allocate = allocate
        self._free: deque[int] = deque()
        self._block = 1
        self._lock = Lock()

    def take(self, count: int = 1) -> list[int]:
        """`count` ids, in rising order; at most one request."""
        with self._lock:
            self._ensure(count)
            return [self._free.popleft() for _ in range(count)]

    def prepare(self, count: int) -> None:
        """Makes sure that the next `count` ids cost no request."""
        with self._lock:
            self._ensure(count)

    def give_back(self, ids: list[int]) -> None:
        """Returns ids that were not used, to be handed out next."""
        with self._lock:
            self._free.extendleft(sorted(ids, reverse=True))

    def _ensure(self, count: int) -> None:
        missing = count - len(self._free)
        if missing > 0:
            block = max(missing, self._block)
            first = self._allocate(block)
            self._free.extend(range(first, first + block))
            self._block = min(self._block * 2, MAX_BLOCK)
