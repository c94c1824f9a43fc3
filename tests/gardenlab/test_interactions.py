"""Saving interactions: closed bodies, defaults, action names, edits; and the list of them."""

from typing import Any

import pytest

from tests.gardenlab.api import (
    announced,
    applied,
    assert_refused,
    interaction,
    saved,
    saving,
    set_window,
)
from tests.platform import Partner, Platform

DEFAULTS = {
    "description": "",
    "xpIncrement": 0,
    "noXp": False,
    "customXpIncrement": False,
    "authScanCount": -1,
}


@pytest.fixture(scope="module")
def club(platform: Platform) -> Partner:
    """A partner whose list of interactions is not everybody's."""
    return platform.new_partner()


def listed(partner: Partner, interaction_id: str) -> dict[str, Any]:
    """The interaction as the list shows it."""
    everything = partner.get("getAllInteractions", origin=partner.origin, contract_id="summer_party").json
    [found] = [row for row in everything if row["id"] == interaction_id]
    return dict(found)


def test_defaults_are_filled_and_the_action_is_called_by_the_interactions_id(club: Partner) -> None:
    answer = club.post("saveActionInteraction", saving(club, interaction={"type": "Visit", "name": "Came by"}))
    assert answer.status == 200
    assert set(answer.json) == {"interaction", "id"}
    interaction_id = answer.json["id"]
    assert len(interaction_id) == 20
    filled = {"type": "Visit", "name": "Came by", **DEFAULTS, "action_id": interaction_id}
    assert answer.json["interaction"] == filled
    assert listed(club, interaction_id) == {"id": interaction_id, **filled}


def test_every_field_is_answered_as_it_was_given(club: Partner, action_id: str) -> None:
    given = {
        "type": "IRL Event",
        "name": "Event checkin",
        "description": "When a user gets in\n\u202eל 🎉",
        "xpIncrement": 5.25,
        "noXp": True,
        "customXpIncrement": True,
        "authScanCount": 3,
        "action_id": action_id,
    }
    answer = club.post("saveActionInteraction", saving(club, interaction=given))
    assert answer.json["interaction"] == given
    assert listed(club, answer.json["id"]) == {"id": answer.json["id"], **given}


@pytest.mark.parametrize("absent", [None, ""])
def test_a_null_or_empty_interaction_id_creates(club: Partner, absent: str | None) -> None:
    first, second = (club.post("saveActionInteraction", saving(club, interactionId=absent)).json for _ in range(2))
    assert first["id"] != second["id"]


def test_editing_replaces_every_field(club: Partner, action_id: str) -> None:
    interaction_id = saved(club, action_id, description="before", authScanCount=2)
    edited = club.post(
        "saveActionInteraction",
        saving(club, interactionId=interaction_id, interaction={"type": "Visit", "name": "After"}),
    )
    assert edited.status == 200
    assert edited.json == {
        "interaction": {"type": "Visit", "name": "After", **DEFAULTS, "action_id": interaction_id},
        "id": interaction_id,
    }
    assert listed(club, interaction_id) == {"id": interaction_id, **edited.json["interaction"]}


def test_an_edited_action_goes_by_its_new_name_alone(club: Partner, uid: str, action_id: str) -> None:
    announced(club, uid)
    interaction_id = saved(club, action_id)
    applied(club, uid, action_id)
    renamed = saving(club, interactionId=interaction_id, interaction=interaction(f"{action_id}2", xpIncrement=7))
    assert club.post("saveActionInteraction", renamed).status == 200
    assert_refused(club.act(uid, action_id=action_id), "RESOURCE_NOT_FOUND")
    token_id = applied(club, uid, f"{action_id}2")["tokenId"]
    assert club.nft(token_id)["xp"] == 12
    saved(club, action_id)  # the old name is free


def test_an_edit_keeps_the_window_which_the_lists_alone_show(club: Partner, action_id: str) -> None:
    interaction_id = saved(club, action_id)
    assert not {"valid_from", "valid_until"} & set(listed(club, interaction_id))
    set_window(club, interaction_id, valid_from="2030-01-01T00:00:00", valid_until="2031-01-01T00:00:00Z")
    edited = club.post("saveActionInteraction", saving(club, interactionId=interaction_id))
    assert set(edited.json["interaction"]) == {"type", "name", "action_id", *DEFAULTS}
    shown = listed(club, interaction_id)
    assert (shown["valid_from"], shown["valid_until"]) == ("2030-01-01T00:00:00", "2031-01-01T00:00:00Z")
    set_window(club, interaction_id, valid_until=None)
    assert "valid_until" not in listed(club, interaction_id)


def test_an_answer_can_be_sent_again_as_an_edit(club: Partner, action_id: str) -> None:
    interaction_id = saved(club, action_id)
    set_window(club, interaction_id, valid_from="2030-01-01")
    answer = club.post("saveActionInteraction", saving(club, interactionId=interaction_id)).json
    again = saving(club, interactionId=interaction_id, interaction=answer["interaction"])
    assert club.post("saveActionInteraction", again).json == answer


@pytest.mark.parametrize("unknown", ["0ER368760G8787238", "0" * 20, "a#b/%23", "é", " "])
def test_an_unknown_interaction_id_is_400(club: Partner, unknown: str) -> None:
    assert_refused(club.post("saveActionInteraction", saving(club, interactionId=unknown)), "RESOURCE_NOT_FOUND")


def test_an_interaction_of_another_collection_is_unknown(club: Partner, action_id: str) -> None:
    club.add_collection("winter_party")
    interaction_id = saved(club, action_id, contract_id="winter_party")
    answer = club.post("saveActionInteraction", saving(club, interactionId=interaction_id))
    assert_refused(answer, "RESOURCE_NOT_FOUND")
    saved(club, action_id)  # names are unique within a collection only


def test_two_interactions_cannot_share_an_action_id(club: Partner, action_id: str) -> None:
    first = saved(club, action_id)
    assert_refused(club.save_interaction(action_id), "MISC_ERROR")
    other = saved(club, f"{action_id}2")
    taking = saving(club, interactionId=other, interaction=interaction(action_id))
    assert_refused(club.post("saveActionInteraction", taking), "MISC_ERROR")
    assert listed(club, other)["action_id"] == f"{action_id}2"
    staying = saving(club, interactionId=first, interaction=interaction(action_id, name="Same name, edited"))
    assert club.post("saveActionInteraction", staying).status == 200


def test_an_action_called_by_an_id_cannot_be_taken_by_another(club: Partner) -> None:
    interaction_id = club.post("saveActionInteraction", saving(club)).json["id"]
    assert_refused(club.save_interaction(interaction_id), "MISC_ERROR")


@pytest.mark.parametrize("field", ["valid_from", "valid_until", "id", "xpincrement", "xp", "extra"])
def test_an_unknown_field_of_an_interaction_is_400(club: Partner, field: str) -> None:
    answer = club.post("saveActionInteraction", saving(club, interaction=interaction(**{field: None})))
    assert field in assert_refused(answer, "QUERY_INCOMPLETE")


@pytest.mark.parametrize("missing", ["type", "name"])
def test_type_and_name_are_required(club: Partner, missing: str) -> None:
    body = {name: value for name, value in interaction().items() if name != missing}
    assert missing in assert_refused(
        club.post("saveActionInteraction", saving(club, interaction=body)), "QUERY_INCOMPLETE"
    )


@pytest.mark.parametrize("count", [0, -2, -(10**9), 1.0, 2.5, True, "1", None, 10**40])
def test_a_scan_count_is_minus_one_or_at_least_one(club: Partner, count: Any) -> None:
    answer = club.post("saveActionInteraction", saving(club, interaction=interaction(authScanCount=count)))
    assert "authScanCount" in assert_refused(answer, "QUERY_INCOMPLETE")


@pytest.mark.parametrize("xp", [0, -0.0, 5, 0.1, 0.000001, 1e2, 10**9, 1e9, 999999999.999999])
def test_xp_from_zero_to_a_billion_with_six_decimals_is_kept_exactly(club: Partner, action_id: str, xp: float) -> None:
    assert listed(club, saved(club, action_id, xpIncrement=xp))["xpIncrement"] == xp


@pytest.mark.parametrize(
    "xp",
    [
        -1,
        -0.000001,
        0.0000001,
        1.0000001,
        0.1 + 0.2,
        10**9 + 1,
        1000000000.000001,
        1e300,
        10**300,
        5e-324,
        True,
        "5",
        None,
        [],
        {},
    ],
)
def test_any_other_xp_is_400(club: Partner, xp: Any) -> None:
    answer = club.post("saveActionInteraction", saving(club, interaction=interaction(xpIncrement=xp)))
    assert "xpIncrement" in assert_refused(answer, "QUERY_INCOMPLETE")


def test_interactions_are_listed_oldest_first(club: Partner, action_id: str) -> None:
    ids = [saved(club, f"{action_id}{number}") for number in range(3)]
    everything = club.get("getAllInteractions", origin=club.origin, contract_id="summer_party").json
    assert [row["id"] for row in everything if row["id"] in ids] == ids
    assert all(set(row) >= {"id", "type", "name", "action_id", *DEFAULTS} for row in everything)
