"""Several processes in this one: what one of them remembers, another does not know and cannot be told to forget."""

import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from threading import RLock
from typing import Any

import pytest

from chalicelib.chain.service import jobs
from chalicelib.core import retrying
from chalicelib.core.cache import TtlCache
from chalicelib.core.egress.exchange import ErrorKind, ExchangeFailed
from chalicelib.core.egress.resolve import AddressBook
from chalicelib.core.leases import Leases
from chalicelib.core.lines import Place, is_waited_for
from chalicelib.webhooks.service import health

FIRST, SECOND = "first", "second"
_actor: ContextVar[str] = ContextVar("actor", default=FIRST)
_Cache = TtlCache[Any, Any]
_Leases = Leases[Any]
_Place = tuple[_Cache, str]
_NEVER = float("inf")


def present() -> str:
    """The actor in whose process this is called."""
    return _actor.get()


class Memories:
    """What each actor remembers, for as long as `apart` lasts: no memory ends by itself meanwhile."""

    def __init__(self) -> None:
        self._inner: dict[_Place, _Cache] = {}
        self._kept: dict[_Place, OrderedDict[Any, Any]] = {}
        self._leases: dict[tuple[_Leases, str], _Leases] = {}

    def forget(self) -> None:
        """Every actor is a new process."""
        self._inner.clear()
        self._leases.clear()
        health._successes.clear()

    def forget_those_of(self, actor: str) -> None:
        """This actor is a new process."""
        self._inner = {place: cache for place, cache in self._inner.items() if place[1] != actor}
        self._leases = {place: leases for place, leases in self._leases.items() if place[1] != actor}

    def keep(self) -> None:
        """This is what `recall` brings back."""
        self._kept = {place: cache._entries.copy() for place, cache in self._inner.items()}

    def recall(self) -> None:
        """Every actor remembers what it did at the last `keep`."""
        self.forget()
        for (cache, actor), entries in self._kept.items():
            self.of(cache, actor)._entries = entries.copy()

    def of(self, cache: _Cache, actor: str | None = None) -> _Cache:
        """An actor's part of a memory; of the present one without a name."""
        place = (cache, actor or _actor.get())
        if place not in self._inner:
            self._inner[place] = TtlCache(seconds=_NEVER, max_entries=cache._max_entries)
        return self._inner[place]

    def leases_of(self, leases: _Leases) -> _Leases:
        """The present actor's own."""
        place = (leases, _actor.get())
        if place not in self._leases:
            self._leases[place] = Leases(leases._allocator)
        return self._leases[place]


class _Turns:
    """A lock for each actor, where a process has one."""

    def __init__(self) -> None:
        self._locks: defaultdict[str, Any] = defaultdict(RLock)

    def acquire(self, *, timeout: float) -> bool:
        return bool(self._locks[_actor.get()].acquire(timeout=timeout))

    def release(self) -> None:
        self._locks[_actor.get()].release()


@contextmanager
def apart() -> Iterator[Memories]:
    """Within the block each actor has memories, leased ids and turns of its own."""
    memories = Memories()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("get", "put", "forget", "clear"):
            patch.setattr(TtlCache, name, _redirected(memories, getattr(TtlCache, name)))
        lease = Leases.of
        patch.setattr(Leases, "of", lambda leases, counter: lease(memories.leases_of(leases), counter))
        patch.setattr(retrying, "Place", lambda thing: Place((_actor.get(), thing)))
        patch.setattr(retrying, "is_waited_for", lambda thing: is_waited_for((_actor.get(), thing)))
        patch.setattr(jobs, "_turn", _Turns())
        yield memories


def _redirected(memories: Memories, original: Any) -> Any:
    def redirected(cache: _Cache, *given: Any) -> Any:
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


@contextmanager
def one_thread_an_actor() -> Iterator[None]:
    """Within the block pools of threads do their work at once, in the caller's own thread: requests have one order.

    No name has an address, since its lookup is another thread's.
    """

    def work(_: ThreadPoolExecutor, task: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(task(*given, **named))
        except Exception as error:
            future.set_exception(error)
        return future

    def nowhere(*_: Any) -> Any:
        raise ExchangeFailed(ErrorKind.DNS, "the host has no address")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ThreadPoolExecutor, "submit", work)
        patch.setattr(AddressBook, "_look_up", nowhere)
        yield


class Waits:
    """How long everybody has slept so far, in seconds."""

    def __init__(self) -> None:
        self.slept = 0.0

    def sleep(self, seconds: float) -> None:
        """As `time.sleep`, but over at once."""
        self.slept += seconds


@contextmanager
def nobody_waits() -> Iterator[Waits]:
    """Within the block a sleep is over at once, and counts as slept."""
    monotonic, waits = time.monotonic, Waits()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "sleep", waits.sleep)
        patch.setattr(time, "monotonic", lambda: monotonic() + waits.slept)
        yield waits
