"""Calls in parallel threads, at most `AT_MOST` at a time in this process."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")
AT_MOST = 32


def side_by_side(calls: Sequence[Callable[[], T]]) -> list[T]:
    """What each call returns, in order; raises what the first failed one of them raised, once all have ended.

    A single call runs in the caller's own thread. A call must not use this function itself: all share one pool of
    threads, so they might wait for each other for ever.
    """
    if len(calls) == 1:
        return [calls[0]()]
    under_way = [_threads().submit(copy_context().run, call) for call in calls]
    errors = [future.exception() for future in under_way]
    for error in errors:
        if error is not None:
            raise error
    return [future.result() for future in under_way]


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_MOST, thread_name_prefix="side-by-side")
