"""Schedules that would find nothing to do once more, and are not run again for that.

A schedule that only read, and nothing of what it read has changed since the mark, does the same as it did then.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

import pytest

from chalicelib.core import clock
from local.queues.event_sources import ScheduleSource
from local.queues.pump import Pump
from tests.faults.interleavings.accesses import Accesses, Resource
from tests.faults.interleavings.actors import Memories
from tests.faults.interleavings.footprints import CHAIN, Footprints
from tests.faults.interleavings.rewinding import Rewinder
from tests.faults.interleavings.wedge import Wedge


class _Known(NamedTuple):
    """What the schedule gave, and all that was read for it."""

    given: Any
    read: frozenset[Resource]


class Sparing:
    """What was given about what has not changed since the rewinder's mark, by the minute."""

    def __init__(self, accesses: Accesses, rewinder: Rewinder, memories: Memories) -> None:
        self._accesses = accesses
        self._rewinder = rewinder
        self._memories = memories
        self._known: dict[tuple[str, datetime], _Known] = {}

    def forget(self) -> None:
        """There is another mark."""
        self._known.clear()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Spares what need not be done within the block, in which nobody but the first actor acts."""
        run = Pump._run_schedule

        def tick(pump: Pump, schedule: ScheduleSource) -> Any:
            return self._once(schedule.name, lambda: run(pump, schedule))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Pump, "_run_schedule", tick)
            yield

    def _once(self, schedule: str, run: Callable[[], Any]) -> Any:
        name = schedule, clock.now().replace(second=0, microsecond=0)
        known = self._known.get(name)
        if known is not None and self._is_unchanged(known.read):
            return known.given
        self._memories.forget()  # else it would read less than it depends on
        footprints = Footprints()
        with self._accesses.telling(footprints.hear), Wedge((), lambda: None, footprints).held():
            given = run()
        read = footprints.read_alone()
        if read is not None and self._is_unchanged(read):
            self._known[name] = _Known(given, read)
        return given

    def _is_unchanged(self, read: frozenset[Resource]) -> bool:
        return read.isdisjoint(self._rewinder.changed) and (CHAIN not in read or self._rewinder.is_chain_as_marked())
