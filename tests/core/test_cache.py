"""The in-process cache: how long, how much, and what is not remembered."""

import weakref
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from chalicelib.core import cache as caches
from chalicelib.core.cache import TtlCache


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of every cache."""
    clock = Clock()
    monkeypatch.setattr(caches, "time", SimpleNamespace(monotonic=clock.monotonic))
    return clock


def loader(*values: str | None) -> tuple[Callable[[], str | None], list[str | None]]:
    """A function that gives the values in turn, and what it has given."""
    waiting, given = list(values), []

    def load() -> str | None:
        given.append(waiting.pop(0))
        return given[-1]

    return load, given


def test_a_value_is_loaded_once() -> None:
    cache: TtlCache[str, str] = TtlCache(seconds=60)
    load, given = loader("one", "two")
    assert [cache.get("key", load), cache.get("key", load)] == ["one", "one"]
    assert given == ["one"]


def test_a_value_is_loaded_anew_when_its_time_is_over_and_no_sooner(clock: Clock) -> None:
    cache: TtlCache[str, str] = TtlCache(seconds=5)
    load, _ = loader("one", "two")
    cache.get("key", load)
    clock.seconds += 4.9
    assert cache.get("key", load) == "one"
    clock.seconds += 0.2
    assert cache.get("key", load) == "two"


def test_a_miss_is_not_remembered() -> None:
    cache: TtlCache[str, str] = TtlCache(seconds=60)
    load, _ = loader(None, "two")
    assert [cache.get("key", load), cache.get("key", load)] == [None, "two"]


def test_what_is_forgotten_is_loaded_anew() -> None:
    cache: TtlCache[str, str] = TtlCache(seconds=60)
    load, _ = loader("one", "two", "three")
    cache.get("key", load)
    cache.forget("key")
    cache.forget("unknown")
    assert cache.get("key", load) == "two"
    cache.clear()
    assert cache.get("key", load) == "three"


def test_the_oldest_entries_make_room() -> None:
    cache: TtlCache[int, str] = TtlCache(seconds=60, max_entries=2)
    for number in range(3):
        cache.put(number, str(number))
    cache.put(1, "again")
    cache.put(3, "3")
    assert [cache.get(number, lambda: None) for number in range(4)] == [None, "again", None, "3"]


def test_what_has_expired_is_held_no_longer_than_to_the_next_value(clock: Clock) -> None:
    class Value:
        pass

    cache: TtlCache[int, Value] = TtlCache(seconds=5)
    values = [Value() for _ in range(3)]
    held = [weakref.ref(each) for each in values]
    for number, value in enumerate(values):
        cache.put(number, value)
    values.clear()
    del value
    assert all(each() for each in held)
    clock.seconds += 5.1
    cache.put(3, Value())
    assert [each() for each in held] == [None, None, None]
