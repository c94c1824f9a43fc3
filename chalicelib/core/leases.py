"""Ids leased in blocks, so that a counter is neither a hot row nor a round trip of its own for each create."""

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

MAX_BLOCK = 64
MAX_LEASES = 512

K = TypeVar("K", bound=Hashable)


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


class Leases(Generic[K]):
    """The leases of a process, one a counter, made when they are first asked for.

    At most `max_leases` are kept: the one that was not asked for the longest makes room, and its unused ids are gaps,
    as when the process ends.
    """

    def __init__(self, allocator: Callable[[K], Callable[[int], int]], *, max_leases: int = MAX_LEASES) -> None:
        self._allocator = allocator
        self._max_leases = max_leases
        self._leases: OrderedDict[K, IdLease] = OrderedDict()
        self._lock = Lock()

    def of(self, counter: K) -> IdLease:
        """The lease of a counter."""
        with self._lock:
            lease = self._leases.get(counter)
            if lease is None:
                lease = self._leases[counter] = IdLease(self._allocator(counter))
                if len(self._leases) > self._max_leases:
                    self._leases.popitem(last=False)
            self._leases.move_to_end(counter)
            return lease
