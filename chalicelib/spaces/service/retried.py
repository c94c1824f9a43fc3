"""Retries of changes after a concurrent change."""

from collections.abc import Callable, Hashable
from typing import TypeVar

from chalicelib.core import retrying
from chalicelib.idempotency.service import Guard

T = TypeVar("T")


def until_written(what: str, once: Callable[[], T], *, at: tuple[Hashable, ...], guard: Guard | None = None) -> T:
    """Calls `once`, which reads and writes, again after a concurrent change. Callers with the same `at` take turns.

    `once` may seal `guard` in its transaction. Raises `TooManyRequests`.
    """

    def run() -> T:
        if guard is not None:
            guard.unseal()  # by a try that did not commit
        return once()

    return retrying.until_unchanged(what, run, at=("spaces", *at))
