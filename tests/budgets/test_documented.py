"""docs/performance.md tells what the calls cost today."""

from pathlib import Path

import pytest

from bench import capacity
from chalicelib.webhooks.queues import FAST, SLOW
from chalicelib.webhooks.repository.workers import list_work, remove_worker
from tests.platform import Platform

_DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
_UNITS = 2  # the last columns; ids and numbers of other lengths move them where a row is close to a whole kilobyte
_TOLERANCE = 0.2


def test_documented_capacity_is_what_the_calls_cost(platform: Platform) -> None:
    lines = _DOCUMENT.read_text().splitlines()
    begin = lines.index(capacity.HEAD[0])
    _forget_workers()
    now = capacity.table(platform)
    documented = lines[begin : begin + len(now)]
    for old, new in zip(documented[2:], now[2:], strict=True):
        old_cells, new_cells = _cells(old), _cells(new)
        assert old_cells[:-_UNITS] == new_cells[:-_UNITS], f"run `python -m bench.capacity`: {new}"
        units = [float(cell) for cell in new_cells[-_UNITS:]]
        assert [float(cell) for cell in old_cells[-_UNITS:]] == pytest.approx(units, rel=_TOLERANCE), new


def _forget_workers() -> None:
    """Removes what workers of other tests left in the lanes, which each batch would read."""
    for lane in (FAST.name, SLOW.name):
        for work in list_work(lane):
            remove_worker(lane, work.worker)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]
