"""A mission counts only what can happen; what does not exist is named, and taken where that is asked for."""

from typing import Any

import pytest

from tests.platform import Platform
from tests.space3.missions import CHECKIN, Missions

UNKNOWN = {
    "x": "there is no surface 'x'",
    "": "activity",
    "gardenlabs:summer_party:checkin": "there is no surface 'gardenlabs'",
    "gardenlab": "it must be gardenlab:",
    "gardenlab:summer_party": "it must be gardenlab:",
    "gardenlab:sumer_party:checkin": "there is no collection 'sumer_party'",
    "gardenlab:sumer_party:mint": "there is no collection 'sumer_party'",
    "gardenlab:summer_party:chekin": "there is no action 'chekin' in the collection 'summer_party'",
    "gardenlab:summer_party:": "there is no action ''",
    "gardenlab:summer_party:checkin:": "there is no action 'checkin:'",
    "dreamspace:party": "there is no event type 'party'",
    "dreamspace:": "there is no event type ''",
    "gardenlab:" + ":" * 200: "there is no collection ''",
}


def create(missions: Missions, number: int, activity: str, **fields: Any) -> Any:
    """Sets a mission up."""
    return missions.admin("POST", body={"mission": number, "kind": "simple", "activity": activity, **fields})


@pytest.mark.parametrize("activity", UNKNOWN)
def test_activity_that_can_never_count_is_refused_by_name(missions: Missions, activity: str) -> None:
    refused = create(missions, 70_001, activity)
    assert refused.status == 400
    assert UNKNOWN[activity] in refused.json["error"]["message"]
    assert missions.admin("GET", "/70001").status == 404


@pytest.mark.parametrize(
    "activity",
    [CHECKIN, "gardenlab:summer_party:mint"]
    + [f"dreamspace:{kind}" for kind in ("plain", "subscriber", "cheer", "raid", "transaction")],
)
def test_activity_that_exists_is_taken(missions: Missions, activity: str) -> None:
    assert missions.admin("GET", f"/{missions.answer_for(activity=activity)}").json["activity"] == activity


def test_names_may_hold_colons(platform: Platform) -> None:
    partner = platform.new_partner(collection=False)
    partner.add_collection("a:b")
    partner.save_interaction("c:d", contract_id="a:b")
    missions = Missions(partner)
    missions.answer_for(activity="gardenlab:a:b:c:d")
    missions.answer_for(activity="gardenlab:a:b:mint")
    assert create(missions, 70_002, "gardenlab:a:b:c").status == 400


def test_what_does_not_exist_yet_is_taken_where_that_is_asked_for(missions: Missions) -> None:
    number = missions.answer_for(activity="gardenlab:summer_party:later", allow_unknown=True)
    shown = missions.admin("GET", f"/{number}").json
    assert (shown["activity"], "allow_unknown" in shown) == ("gardenlab:summer_party:later", False)
    assert missions.admin("PATCH", f"/{number}", {"target": 2, "activity": shown["activity"]}).status == 200
    refused = missions.admin("PATCH", f"/{number}", {"activity": "gardenlab:summer_party:latter"})
    assert (refused.status, "'latter'" in refused.json["error"]["message"]) == (400, True)
    changed = missions.admin("PATCH", f"/{number}", {"activity": "dreamspace:party", "allow_unknown": True}).json
    assert changed["activity"] == "dreamspace:party"
    assert missions.admin("PATCH", f"/{number}", {"allow_unknown": True}).json == changed


@pytest.mark.parametrize(
    ("reward", "param", "named"),
    [
        (("sumer_party", "checkin"), "reward_contract_id", "there is no collection 'sumer_party'"),
        (
            ("summer_party", "chekin"),
            "reward_action_id",
            "there is no action 'chekin' in the collection 'summer_party'",
        ),
        (("summer_party", "mint"), "reward_action_id", "there is no action 'mint'"),
    ],
)
def test_reward_that_can_never_be_given_is_refused_by_its_field(
    missions: Missions, reward: tuple[str, str], param: str, named: str
) -> None:
    fields = dict(zip(("reward_contract_id", "reward_action_id"), reward, strict=True))
    refused = create(missions, 70_003, CHECKIN, **fields)
    assert refused.status == 400
    message = refused.json["error"]["message"]
    assert message.startswith(f"{param}: ")
    assert named in message
    assert missions.admin("GET", "/70003").status == 404
    number = missions.answer_for()
    assert missions.admin("PATCH", f"/{number}", fields).json == refused.json
    taken = missions.admin("PATCH", f"/{number}", {**fields, "allow_unknown": True})
    assert (taken.json["reward_contract_id"], taken.json["reward_action_id"]) == reward
    assert missions.admin("PATCH", f"/{number}", {"target": 2}).status == 200, "what stays is not asked about again"
