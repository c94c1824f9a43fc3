"""Optimistic retries: read, decide, write on the condition that nothing has changed; where it has, do it again."""

import random
import time
from collections.abc import Callable, Generator, Hashable
from contextlib import closing
from functools import partial, wraps
from itertools import count
from typing import Final, ParamSpec, TypeVar

from chalicelib.core.errors import Contended, TooManyRequests
from chalicelib.core.lines import Place, is_waited_for
from chalicelib.core.logging import logger

T = TypeVar("T")
P = ParamSpec("P")
PATIENCE_SECONDS: Final = 20.0
_SHORTEST_UNIT, _LONGEST_PAUSE = 0.02, 1.0
_LONGEST_RETRY_AFTER = 4
_log = logger("retrying")


class RowChanged(Exception):
    """Another call changed or removed a row since it was read: what was decided on it is to be decided again."""


def until_unchanged(
    what: str,
    once: Callable[[], T],
    *,
    moved: type[Exception] | tuple[type[Exception], ...] = (),
    at: Hashable = None,
) -> T:
    """What `once` gives; it reads, decides and writes, and is called again where it raises `RowChanged` or `Contended`.

    `moved` are further errors after which it is called again.

    The second try follows at once, later ones after growing random pauses.

    `at` names the one thing that all who call at the same time have to change, such as a row. Within this process
    those who must try again, and whoever comes while they do, take their turns there, one at a time and in order
    of arrival: they would only hinder each other. Between processes, and so between functions, the write's condition
    alone decides. Two hundred functions that change one row at the same moment are done within some five seconds.

    Raises `TooManyRequests` after 20 s, well within the gateway's 29 s; nothing has been changed then.
    """
    also = moved if isinstance(moved, tuple) else (moved,)
    again: tuple[type[Exception], ...] = (Contended, RowChanged, *also)
    with closing(_tries(what, at=at)) as tries:
        while True:
            next(tries)
            try:
                return once()
            except again:
                continue


def retried(
    what: str, *, moved: type[Exception] | tuple[type[Exception], ...] = ()
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Makes a function run as `until_unchanged` runs `once`: each try does the whole of it again."""

    def decorate(once: Callable[P, T]) -> Callable[P, T]:
        @wraps(once)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            return until_unchanged(what, partial(once, *args, **kwargs), moved=moved)

        return call

    return decorate


def _tries(what: str, *, at: Hashable) -> Generator[None, None, None]:
    """Yields before each try, once its pause or turn has come. Raises `TooManyRequests` when the time is over."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    place = None if at is None else Place(at)
    try:
        for number in count():
            if place is not None and (number or is_waited_for(at)) and not place.is_reached(until=deadline):
                break
            if number > 1:
                time.sleep(random.uniform(0, min(_LONGEST_PAUSE, _SHORTEST_UNIT * 2 ** (number - 1))))
            yield
            if time.monotonic() >= deadline:
                break
    finally:
        if place is not None:
            place.leave()
    _log.warning("contention outlasted its patience", extra={"what": what})
    raise TooManyRequests(
        f"Too many calls are changing {what} at the same time. Please send the request again.",
        retry_after=random.randint(1, _LONGEST_RETRY_AFTER),
    )
