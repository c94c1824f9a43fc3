"""Several processes in this one: what one of them remembers, another does not know and cannot be told to forget."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import pytest

from chalicelib.core.cache import TtlCache

_actor: ContextVar[str] = ContextVar("actor", default="first")
_Place = tuple[TtlCache[Any, Any], str]


class Memories:
    """What each actor remembers, for as long as `apart` lasts."""

    def __init__(self) -> None:
        self._inner: dict[_Place, TtlCache[Any, Any]] = {}

    def forget(self) -> None:
        """Every actor is a new process."""
        self._inner.clear()

    def of(self, cache: TtlCache[Any, Any]) -> TtlCache[Any, Any]:
        """The present actor's part of a memory."""
        place = (cache, _actor.get())
        if place not in self._inner:
            self._inner[place] = TtlCache(seconds=cache._seconds, max_entries=cache._max_entries)
        return self._inner[place]


@contextmanager
def apart() -> Iterator[Memories]:
    """Within the block each actor has memories of its own."""
    memories = Memories()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("get", "put", "forget", "clear"):
            patch.setattr(TtlCache, name, _redirected(memories, getattr(TtlCache, name)))
        yield memories


def _redirected(memories: Memories, original: Any) -> Any:
    def redirected(cache: TtlCache[Any, Any], *given: Any) -> Any:
        return original(memories.of(cache), *given)

    return redirected


@contextmanager
def acting(actor: str) -> Iterator[None]:
    """What is called within the block is called in this actor's process."""
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)
