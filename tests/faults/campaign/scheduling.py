"""One actor at a time: each runs from one request to its next, and a seeded choice says who goes on.

So a run depends on its seed alone. Nobody sleeps.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import Context, ContextVar
from random import Random
from threading import Semaphore, Thread

import pytest

from tests.faults.interleavings.actors import acting

_PATIENCE_SECONDS = 120.0
_present: ContextVar["_Turn | None"] = ContextVar("present", default=None)


class Stuck(Exception):
    """An actor waits for another one in this process, and would for ever."""


class _Turn:
    """One actor's permission to go on."""

    def __init__(self, schedule: "Schedule", name: str) -> None:
        self.name = name
        self.granted = Semaphore(0)
        self.schedule = schedule
        self.is_to_write = False

    def give_back(self) -> None:
        """Lets somebody go on, perhaps the same."""
        self.schedule.parked.release()
        self.granted.acquire()


class Schedule:
    """Runs actors; `loyalty` is the chance that one goes on where another could.

    None lets another go on just where the present one is about to write: then what it has read may be old.
    """

    def __init__(self, random: Random, *, loyalty: float | None) -> None:
        self.parked = Semaphore(0)
        self.now = 0
        self._ended: set[str] = set()
        self._random = random
        self._loyalty = loyalty

    def run(self, actors: Mapping[str, Callable[[], None]]) -> None:
        """Lets every actor come to its end. Raises `Stuck`, and what an actor raised."""
        errors: list[BaseException] = []
        threads: dict[str, tuple[_Turn, Thread]] = {}
        for name, live in actors.items():
            turn = _Turn(self, name)
            threads[name] = turn, Thread(target=Context().run, args=(self._live, turn, live, errors), daemon=True)
            threads[name][1].start()
        last = ""
        while threads:
            if last not in threads or self._may_change(threads[last][0]):
                last = self._random.choice(sorted(threads))
            turn, thread = threads[last]
            self.now += 1
            turn.granted.release()
            if not self.parked.acquire(timeout=_PATIENCE_SECONDS):
                raise Stuck(last)
            if turn.name in self._ended:
                thread.join()
                del threads[last]
        if errors:
            raise errors[0]

    def _may_change(self, turn: _Turn) -> bool:
        return turn.is_to_write if self._loyalty is None else self._random.random() >= self._loyalty

    def _live(self, turn: _Turn, live: Callable[[], None], errors: list[BaseException]) -> None:
        turn.granted.acquire()
        _present.set(turn)
        try:
            with acting(turn.name):
                live()
        except BaseException as error:
            errors.append(error)
        finally:
            self._ended.add(turn.name)
            self.parked.release()


def pause(*, is_to_write: bool) -> None:
    """A place where another actor may go on; nothing outside of a schedule."""
    turn = _present.get()
    if turn is not None:
        turn.is_to_write = is_to_write
        turn.give_back()


def present() -> str | None:
    """The actor whose thread this is."""
    turn = _present.get()
    return None if turn is None else turn.name


@contextmanager
def nobody_sleeps() -> Iterator[None]:
    """Within the block a sleep lets others go on."""
    sleep = time.sleep

    def nap(seconds: float) -> None:
        if present() is None:
            sleep(seconds)
        else:
            pause(is_to_write=False)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "sleep", nap)
        yield
