"""Each model of the campaign finds a fault that is put into its surface: no order explains what then comes of it."""

import re
from collections.abc import Callable, Collection, Sequence
from random import Random
from typing import Any

import pytest
from pynamodb.expressions.condition import Condition

from chalicelib.core.tables import Row
from chalicelib.core.transactions import Transaction
from chalicelib.space3.models import MissionRow, UserRow
from chalicelib.space3.repository import missions
from chalicelib.webhooks.service import recoveries
from tests.faults.campaign.episode import Episode, Surface
from tests.faults.campaign.history import Operation
from tests.faults.campaign.surfaces import all_surfaces
from tests.faults.crowd import SharedPlatform

_EPISODES = 12
_Found = tuple[MissionRow | None, list[UserRow | None]]


def _demand_nothing(patch: pytest.MonkeyPatch) -> None:
    """Transactions write what they were given, whatever has become of what it was derived from."""
    put, update = Transaction.put, Transaction.update

    def put_anyway(self: Transaction, row: Row, **_: Any) -> None:
        put(self, row)

    def update_anyway(self: Transaction, row: Row, actions: Sequence[Any], **_: Any) -> None:
        update(self, row, actions)

    def check_nothing(*_: Any, condition: Condition, otherwise: Exception) -> None:
        del condition, otherwise

    patch.setattr(Transaction, "put", put_anyway)
    patch.setattr(Transaction, "update", update_anyway)
    patch.setattr(Transaction, "check", check_nothing)


def _recover_nothing(patch: pytest.MonkeyPatch) -> None:
    """A recovery looks at every page and leaves it as it is."""
    patch.setattr(recoveries, "_restart", lambda *_: None)


def _remember_missions(patch: pytest.MonkeyPatch) -> None:
    """Verdicts go by a mission as it was at the first of them."""
    kept: dict[tuple[str, str], MissionRow | None] = {}
    find = missions.find_mission_and_users

    def remembered(origin: str, mission_id: str, uids: Collection[str]) -> _Found:
        mission, users = find(origin, mission_id, list(uids))
        return kept.setdefault((origin, mission_id), mission), users

    patch.setattr(missions, "find_mission_and_users", remembered)


@pytest.mark.parametrize(
    ("name", "operations", "put_in"),
    [
        ("dreamspace", "PATCH", _demand_nothing),
        ("gardenlab", "announce|set supply", _demand_nothing),
        ("spaces", "", _demand_nothing),
        ("space3", "PATCH /users", _demand_nothing),
        ("space3", "PATCH /missions|verify", _remember_missions),
        ("webhooks", "PATCH", _demand_nothing),
        ("webhooks", "PATCH.*enabled|POST.*recover|work", _recover_nothing),
    ],
)
def test_a_fault_is_found(
    shared_platform: SharedPlatform,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    operations: str,
    put_in: Callable[[pytest.MonkeyPatch], None],
) -> None:
    surface = _of(all_surfaces()[name], operations)
    put_in(monkeypatch)
    assert any(Episode(shared_platform, surface, Random(f"1 {name} {number}")).live() for number in range(_EPISODES))


def _of(surface: Surface[Any], operations: str) -> Surface[Any]:
    """The surface with those of its operations whose names begin so, which meet more often than all of them do."""

    def choose(random: Random, ids: list[str]) -> Operation[Any]:
        while True:
            chosen = surface.choose(random, ids)
            if re.match(operations, chosen.name):
                return chosen

    return surface._replace(choose=choose)
