"""What the deployed API keeps of its callers has a bound: ever new partners leave nothing else in its process."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from shutil import copy

import pytest

from bench.memory.partners import Caller, Event, Partners
from infra.lambda_runtime import Function
from tests.platform import Platform

# The first calls load modules and descriptions of AWS's operations.
_WARM, _COUNTED = 10, 16


@pytest.fixture
def counting(task: Path, variables: dict[str, str], tmp_path: Path) -> Iterator[Function]:
    """The packed API, which also tells what it holds."""
    for packed in task.iterdir():
        (tmp_path / packed.name).symlink_to(packed)
    copy(Path(__file__).with_name("counting_handler.py"), tmp_path)
    with Function(tmp_path, "counting_handler.handler", {**variables, "_HANDLER": "app.app"}) as function:
        yield function


def test_ever_new_partners_leave_nothing_behind_but_what_is_bounded(counting: Function, platform: Platform) -> None:
    partners = Partners(platform)
    callers = iter(partners)
    _send(counting, partners.pages)
    _call_for(counting, islice(callers, _WARM))
    before = counting.invoke({"count": True})
    _call_for(counting, islice(callers, _COUNTED))
    assert counting.invoke({"count": True}) - before < _COUNTED


def _call_for(function: Function, callers: Iterable[Caller]) -> None:
    for caller in callers:
        _send(function, caller.calls())


def _send(function: Function, events: Iterable[Event]) -> None:
    for event in events:
        answer = function.invoke(event)
        assert answer["statusCode"] == 200, (event, answer)
