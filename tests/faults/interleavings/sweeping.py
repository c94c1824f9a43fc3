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
from tests.faults.interleavings.footprints import Footprints
from tests.faults.interleavings.rewinding import Rewinder
from tests.faults.interleavings.wedge import Wedge


class _Idle(NamedTuple):
    """What a schedule gave, and all that it read."""

    given: Any
    read: frozenset[Resource]


class Sweeping:
    """What the schedules did about what has not changed since the rewinder's mark, by the minute."""

    def __init__(self, accesses: Accesses, rewinder: Rewinder, memories: Memories) -> None:
        self._accesses = accesses
        self._rewinder = rewinder
        self._memories = memories
        self._known: dict[tuple[str, datetime], _Idle] = {}

    def forget(self) -> None:
        """There is another mark."""
        self._known.clear()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Spares the schedules within the block what they need not do."""
        run = Pump._run_schedule
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Pump, "_run_schedule", lambda pump, schedule: self._run(run, pump, schedule))
            yield

    def _run(self, run: Callable[[Pump, ScheduleSource], Any], pump: Pump, schedule: ScheduleSource) -> Any:
        name = schedule.name, clock.now().replace(second=0, microsecond=0)
        known = self._known.get(name)
        if known is not None and known.read.isdisjoint(self._rewinder.changed):
            return known.given
        self._memories.forget()  # else it would read less than it depends on
        footprints = Footprints()
        with self._accesses.telling(footprints.hear), Wedge((), lambda: None, footprints).held():
            given = run(pump, schedule)
        read = footprints.read_of_tables()
        if read is not None and read.isdisjoint(self._rewinder.changed):
            self._known[name] = _Idle(given, read)
        return given
