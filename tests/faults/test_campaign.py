"""The campaign in short: a few episodes of every surface, and proof that it finds what is wrong."""

import os
from collections.abc import Collection
from random import Random
from typing import Any

import pytest

from chalicelib.core import aws
from chalicelib.core.settings import settings
from tests.faults.campaign.episode import Episode, Surface
from tests.faults.campaign.history import REFUSED, UNKNOWN, Call, Effect, Operation, State
from tests.faults.campaign.linearizability import explain
from tests.faults.campaign.models import Outcomes
from tests.faults.campaign.surfaces import all_surfaces
from tests.faults.crowd import SharedPlatform

_SEED = int(os.environ.get("SPACEGARDEN_CHAOS_SEED", "1"))
_EPISODES = 40 if os.environ.get("SPACEGARDEN_CHAOS") else 2
_EMPTY: State = {"value": None}


@pytest.mark.parametrize("number", range(_EPISODES))
@pytest.mark.parametrize("name", all_surfaces())
def test_every_answer_is_explained_by_some_order(shared_platform: SharedPlatform, name: str, number: int) -> None:
    failed = Episode(shared_platform, all_surfaces()[name], Random(f"{_SEED} {name} {number}")).live()
    assert failed is None, f"--seed {_SEED} --surface {name} --episode {number}\n{failed}"


# A register in storage, written as a beginner would: read, decide, write without a condition.


class _Register:
    def __init__(self, platform: SharedPlatform) -> None:
        self._key = {"pk": {"S": f"register#{platform.new_partner(collection=False).origin}"}, "sk": {"S": "VALUE"}}
        self._table = f"{settings().prefix}dreamspace"

    def read(self) -> int:
        found = aws.client("dynamodb").get_item(TableName=self._table, Key=self._key, ConsistentRead=True)
        return int(found.get("Item", {}).get("value", {"N": "0"})["N"])

    def add(self) -> int:
        value = self.read() + 1
        item = {**self._key, "value": {"N": str(value)}}
        aws.client("dynamodb").put_item(TableName=self._table, Item=item)
        return value


def _added(state: State, _: Collection[str]) -> Outcomes:
    yield state["value"] + 1, {"value": state["value"] + 1}


def _seen(state: State, _: Collection[str]) -> Outcomes:
    yield state["value"], state


def test_a_lost_update_is_found(shared_platform: SharedPlatform) -> None:
    add: Operation[_Register] = Operation("add", _Register.add, _added)
    look: Operation[_Register] = Operation("look", _Register.read, _seen)
    surface = Surface(_Register, lambda _: {"value": 0}, lambda *_: add, look)
    assert any(Episode(shared_platform, surface, Random(number)).live() for number in range(8))


def test_an_episode_is_decided_by_its_seed(shared_platform: SharedPlatform) -> None:
    def lived() -> list[tuple[Any, ...]]:
        episode = Episode(shared_platform, all_surfaces()["dreamspace"], Random("1 dreamspace 5"))
        episode.live()
        return [(call.actor, call.name, call.start, call.end, str(call.answer)) for call in episode.calls]

    assert lived() == lived()


# The search for an order.


def _writes(value: int) -> Effect:
    def effect(_: State, __: Collection[str]) -> Outcomes:
        yield "written", {"value": value}

    return effect


def _write(value: int, start: int, end: int, answer: Any = "written") -> Call:
    return Call("one", f"write {value}", _writes(value), start, end, answer)


def _read(value: Any, start: int, end: int) -> Call:
    return Call("two", "read", _seen, start, end, value)


@pytest.mark.parametrize(
    "calls",
    [
        [_write(1, 0, 1), _read(1, 2, 3)],
        [_write(1, 0, 9), _read(None, 1, 2), _read(1, 3, 4)],
        [_write(1, 0, 1, UNKNOWN), _read(None, 2, 3), _read(1, 4, 5)],
        [_write(1, 0, 1, UNKNOWN), _read(None, 2, 3)],
        [_write(1, 0, 9), _write(2, 0, 9), _read(2, 10, 11)],
    ],
)
def test_what_some_order_explains(calls: list[Call]) -> None:
    assert explain(calls, _EMPTY, ()).order is not None


@pytest.mark.parametrize(
    "calls",
    [
        [_write(1, 0, 1), _read(None, 2, 3)],
        [_write(1, 0, 9), _read(1, 1, 2), _read(None, 3, 4)],
        [_write(1, 0, 1), _write(2, 2, 3), _read(1, 4, 5)],
        [_read(1, 0, 1), _write(1, 2, 3, UNKNOWN)],
        [_write(1, 0, 1, REFUSED)],
    ],
)
def test_what_no_order_explains(calls: list[Call]) -> None:
    assert explain(calls, _EMPTY, ()).order is None
