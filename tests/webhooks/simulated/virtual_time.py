"""Virtual time: fibers that sleep and wait for one another, and a clock that jumps to whoever wakes next."""

import heapq
from collections.abc import Callable, Iterable, Iterator
from contextvars import Context, copy_context
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from greenlet import getcurrent, greenlet

T = TypeVar("T")
_BEGIN = datetime(2026, 11, 30, tzinfo=UTC)


class VirtualTime:
    """Runs fibers one at a time, in the order in which they wake; `seconds` is how far it has come."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._hub = greenlet(self._loop)
        self._number = count()
        self._waking: list[tuple[float, int, greenlet, int]] = []
        self._turns: WeakKeyDictionary[greenlet, int] = WeakKeyDictionary()
        self._ends = 0.0

    def now(self, _: Any = None) -> datetime:
        """The moment, in place of `datetime.now`."""
        return self.moment(self.seconds)

    def moment(self, seconds: float) -> datetime:
        """When it has come so far."""
        return _BEGIN + timedelta(seconds=seconds)

    def monotonic(self) -> float:
        """In place of `time.monotonic`."""
        return self.seconds

    def spawn(self, work: Callable[[], object], *, after: float = 0.0, context: Context | None = None) -> greenlet:
        """Begins a fiber, in a context of its own."""
        fiber = greenlet(work, parent=self._hub)
        fiber.gr_context = context or copy_context()
        self.wake(fiber, after=after)
        return fiber

    def wake(self, fiber: greenlet, *, after: float = 0.0) -> None:
        """Lets a fiber go on, unless something else does so before."""
        turn = self._turns.get(fiber, 0)
        heapq.heappush(self._waking, (self.seconds + after, next(self._number), fiber, turn))

    def sleep(self, seconds: float) -> None:
        """Lets time pass for the fiber that calls."""
        self.wake(getcurrent(), after=seconds)
        self._hub.switch()

    def pause(self) -> None:
        """Stops the fiber that calls until somebody wakes it."""
        self._hub.switch()

    def run(self, until: float) -> None:
        """Runs everything up to a moment."""
        self._ends = until
        self._hub.parent = getcurrent()
        self._hub.switch()
        self.seconds = until

    def _loop(self) -> None:
        while True:
            while self._waking and self._waking[0][0] <= self._ends:
                self.seconds, _, fiber, turn = heapq.heappop(self._waking)
                if self._turns.get(fiber, 0) == turn and not fiber.dead:
                    self._turns[fiber] = turn + 1
                    fiber.switch()
            assert self._hub.parent is not None
            self._hub.parent.switch()


class VirtualFuture(Generic[T]):
    """What a fiber of a pool comes to."""

    def __init__(self, time: VirtualTime) -> None:
        self._time = time
        self._value: T
        self._error: BaseException | None = None
        self.is_done = False
        self.waiting: list[greenlet] = []

    def run(self, work: Callable[[], T]) -> None:
        """Does the work and keeps what it gives."""
        try:
            self._value = work()
        except BaseException as error:
            self._error = error
        self.is_done = True
        for fiber in self.waiting:
            self._time.wake(fiber)
        self.waiting.clear()

    def result(self) -> T:
        """What the work gave, once it has."""
        while not self.is_done:
            self.waiting.append(getcurrent())
            self._time.pause()
        if self._error is not None:
            raise self._error
        return self._value


class VirtualThreads:
    """In place of a pool of threads, without a bound."""

    def __init__(self, time: VirtualTime) -> None:
        self._time = time

    def submit(self, work: Callable[..., T], *arguments: Any, **named: Any) -> VirtualFuture[T]:
        """Begins the work in a fiber."""
        future: VirtualFuture[T] = VirtualFuture(self._time)
        self._time.spawn(lambda: future.run(lambda: work(*arguments, **named)))
        return future

    def map(self, work: Callable[[Any], T], values: Iterable[Any]) -> Iterator[T]:
        """The same for each value, side by side."""
        futures = [self.submit(work, value) for value in values]
        return (future.result() for future in futures)

    def wait(
        self, futures: Iterable[VirtualFuture[Any]], timeout: float
    ) -> tuple[set[VirtualFuture[Any]], set[VirtualFuture[Any]]]:
        """In place of `concurrent.futures.wait`."""
        ends = self._time.seconds + timeout
        futures, current = list(futures), getcurrent()
        while self._time.seconds < ends and not all(future.is_done for future in futures):
            for future in futures:
                if not future.is_done and current not in future.waiting:
                    future.waiting.append(current)
            self._time.wake(current, after=ends - self._time.seconds)
            self._time.pause()
        for future in futures:
            if current in future.waiting:
                future.waiting.remove(current)
        done = {future for future in futures if future.is_done}
        return done, set(futures) - done
