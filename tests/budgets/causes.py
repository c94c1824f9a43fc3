"""How far along its chain of causes each request stands, however the threads happened to take turns.

A task of a pool begins where its submitter was, and who takes its result goes on from where it ended. So requests that
do not wait for one another stand equally far, and nothing depends on how fast the machine is.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import local
from typing import Any
from weakref import WeakKeyDictionary

import pytest


class Causes(local):
    """How many requests came before, in the present thread; None in a thread that has nothing to do with the block."""

    level: int | None = None

    def step(self) -> int | None:
        """Goes one request further; gives its level, counted from 1."""
        if self.level is not None:
            self.level += 1
        return self.level

    def join(self, level: int) -> None:
        """Goes on no earlier than at a level."""
        if self.level is not None:
            self.level = max(self.level, level)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What this thread does in the block has nothing to do with the rest."""
        level, self.level = self.level, None
        try:
            yield
        finally:
            self.level = level


@contextmanager
def traced() -> Iterator[Causes]:
    """Follows this thread, and the tasks that it gives to pools, through the block."""
    causes = Causes()
    causes.level = 0
    ended: WeakKeyDictionary[Future[Any], Callable[[], int]] = WeakKeyDictionary()
    submit, result, exception = ThreadPoolExecutor.submit, Future.result, Future.exception

    def submitted(pool: ThreadPoolExecutor, call: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        begun, reached = causes.level, 0
        if begun is None:
            return submit(pool, call, *given, **named)

        def followed() -> Any:
            nonlocal reached
            causes.level = begun
            try:
                return call(*given, **named)
            finally:
                reached, causes.level = causes.level or begun, None

        future = submit(pool, followed)
        ended[future] = lambda: reached
        return future

    def taken(get: Callable[..., Any]) -> Callable[..., Any]:
        def take(future: Future[Any], timeout: float | None = None) -> Any:
            try:
                return get(future, timeout)
            finally:
                if future in ended:
                    causes.join(ended[future]())

        return take

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ThreadPoolExecutor, "submit", submitted)
        patch.setattr(Future, "result", taken(result))
        patch.setattr(Future, "exception", taken(exception))
        yield causes
