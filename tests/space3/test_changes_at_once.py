"""Changes of one mission that cross: neither is built on what the other has replaced."""

from functools import partial
from typing import Any

import pytest

from chalicelib.core import aws
from chalicelib.core.settings import settings
from tests.faults.wire import meanwhile
from tests.platform import Partner, Platform
from tests.space3.missions import Missions

_NO_REWARD = {"reward_contract_id": None, "reward_action_id": None}


@pytest.fixture
def missions(partner: Partner) -> Missions:
    """A partner's missions; its collection has an interaction to reward with."""
    partner.save_interaction()
    partner.save_interaction("bonus", xpIncrement=7)
    return Missions(partner)


@pytest.mark.parametrize(
    "half", [{"reward_contract_id": "elsewhere", "allow_unknown": True}, {"reward_action_id": "checkin"}]
)
def test_half_a_reward_is_refused_though_the_other_half_was_there_when_the_call_began(
    platform: Platform, partner: Partner, missions: Missions, half: dict[str, Any]
) -> None:
    number = missions.answer_for(reward_contract_id="summer_party", reward_action_id="bonus")
    token_id = partner.announce().json["tokenId"]
    partner.act()
    with meanwhile(partial(missions.admin, "PATCH", f"/{number}", _NO_REWARD)):
        assert missions.admin("PATCH", f"/{number}", half).status == 400
    shown = missions.admin("GET", f"/{number}").json
    assert (shown["reward_contract_id"], shown["reward_action_id"]) == (None, None)
    whole = {"reward_contract_id": "summer_party", "reward_action_id": "bonus"}
    assert missions.admin("PATCH", f"/{number}", whole).status == 200
    assert missions.ask(f"ada@example.com/{number}").json == {"success": True}
    platform.drain()
    assert partner.nft(token_id)["xp"] == 12


def test_fields_that_two_calls_change_are_both_changed_and_each_entry_tells_its_own(missions: Missions) -> None:
    number = missions.answer_for()
    with meanwhile(partial(missions.admin, "PATCH", f"/{number}", {"target": 5})):
        assert missions.admin("PATCH", f"/{number}", {"kind": "accumulative"}).json["target"] == 5
    last, first = _audit(missions, "mission.update")
    assert (first["before"]["target"], first["after"]["target"]) == (1, 5)
    assert (last["before"]["target"], last["after"]["target"]) == (5, 5)


def test_mission_that_was_deleted_and_made_anew_is_changed_as_it_is_now(missions: Missions) -> None:
    number = missions.answer_for(reward_contract_id="summer_party", reward_action_id="bonus")

    def make_anew() -> None:
        missions.admin("DELETE", f"/{number}")
        missions.answer_for(mission=number, kind="accumulative")

    with meanwhile(make_anew):
        assert missions.admin("PATCH", f"/{number}", {"reward_action_id": "checkin"}).status == 400
    assert missions.admin("GET", f"/{number}").json["kind"] == "accumulative"


@pytest.mark.parametrize("surface", ["answered", "verified"])
def test_mission_is_deleted_once(missions: Missions, surface: str) -> None:
    if surface == "answered":
        delete = partial(missions.admin, "DELETE", f"/{missions.answer_for()}")
    else:
        delete = partial(missions.call, "DELETE", f"/missions/{missions.mission('https://example.com/<Email>')}")
    with meanwhile(delete):
        assert delete().status == 404
    action = "mission.delete" if surface == "answered" else "verified_mission.delete"
    assert len(_audit(missions, action)) == 1


def test_deletion_tells_what_was_deleted(missions: Missions) -> None:
    mission = missions.mission("https://example.com/<Email>")
    with meanwhile(partial(missions.call, "PATCH", f"/missions/{mission}", {"name": "Newer"})):
        assert missions.call("DELETE", f"/missions/{mission}").json["name"] == "Newer"
    [entry] = _audit(missions, "verified_mission.delete")
    assert entry["before"]["name"] == "Newer"


def test_mission_from_before_there_were_versions_is_changed_and_deleted(missions: Missions) -> None:
    number = missions.answer_for()
    _forget_version(missions.partner.origin, number)
    with meanwhile(partial(missions.admin, "PATCH", f"/{number}", {"target": 5})):
        assert missions.admin("PATCH", f"/{number}", {"kind": "accumulative"}).json["target"] == 5
    _forget_version(missions.partner.origin, number)
    assert missions.admin("DELETE", f"/{number}").status == 200


def _audit(missions: Missions, action: str) -> list[dict[str, Any]]:
    """The entries of an action, newest first."""
    entries = missions.partner.platform.admin("GET", f"/{missions.partner.origin}/audit", query={"limit": 100}).json
    return [entry for entry in entries["data"] if entry["action"] == action]


def _forget_version(origin: str, number: int) -> None:
    aws.client("dynamodb").update_item(
        TableName=f"{settings().prefix}space3",
        Key={"pk": {"S": f"{origin}#ANSWERED"}, "sk": {"S": f"{number:016d}"}},
        UpdateExpression="REMOVE version",
    )
