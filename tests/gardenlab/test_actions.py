"""What an action changes: XP, level, attribute, scan; and what refuses it, in which order."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core.clock import now, travelled
from tests.faults.interleavings import actors
from tests.gardenlab.api import acting, announced, applied, assert_refused, interaction, saved, saving, set_window
from tests.platform import Partner

HOUR = timedelta(hours=1)


def test_an_action_moves_xp_counts_the_attribute_and_leaves_a_scan(club: Partner, uid: str, action_id: str) -> None:
    saved(club, action_id)
    before = club.announce(uid).json
    answer = club.act(uid, action_id=action_id)
    assert answer.status == 200
    assert answer.json == {**before, "attributes": {"tier": "gold", "IRL Event": 1}}
    nft = club.nft(before["tokenId"])
    assert (nft["xp"], nft["level"], nft["attributes"]) == (5, 1, answer.json["attributes"])
    [scan] = club.scans(before["tokenId"])
    at = scan.pop("at")
    assert abs(at["_seconds"] - now().timestamp()) < 60
    assert 0 <= at["_nanoseconds"] < 10**9
    assert scan == {
        "xpBefore": 0,
        "xpAfter": 5,
        "lvlBefore": 1,
        "lvlAfter": 1,
        "maxLvlReached": False,
        "interactionName": "Check-in",
        "type": "IRL Event",
    }


def test_scans_are_listed_oldest_first_and_each_begins_where_the_last_ended(
    club: Partner, uid: str, action_id: str
) -> None:
    saved(club, action_id, xpIncrement=40)
    token_id = announced(club, uid)
    applied(club, uid, action_id, times=4)
    scans = club.scans(token_id)
    assert [(scan["xpBefore"], scan["xpAfter"]) for scan in scans] == [(0, 40), (40, 80), (80, 120), (120, 160)]
    assert [(scan["lvlBefore"], scan["lvlAfter"]) for scan in scans] == [(1, 1), (1, 1), (1, 2), (2, 2)]


def test_ten_times_a_tenth_is_one(club: Partner, uid: str, action_id: str) -> None:
    saved(club, action_id, xpIncrement=0.1)
    token_id = announced(club, uid)
    applied(club, uid, action_id, times=10)
    assert club.nft(token_id)["xp"] == 1
    assert [scan["xpAfter"] for scan in club.scans(token_id)] == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]


def test_no_xp_counts_the_attribute_alone(club: Partner, uid: str, action_id: str) -> None:
    saved(club, action_id, noXp=True, customXpIncrement=True, xpIncrement=500)
    token_id = announced(club, uid)
    assert applied(club, uid, action_id, xpIncrement=7)["attributes"]["IRL Event"] == 1
    assert (club.nft(token_id)["xp"], club.nft(token_id)["level"]) == (0, 1)
    assert [(scan["xpBefore"], scan["xpAfter"]) for scan in club.scans(token_id)] == [(0, 0)]


@pytest.mark.parametrize(
    ("sent", "xp"),
    [
        ({}, 5),
        ({"xpIncrement": None}, 5),
        ({"xpIncrement": 0}, 0),
        ({"xpIncrement": 2.5}, 2.5),
        ({"xpIncrement": 10**9}, 10**9),
    ],
)
def test_the_callers_xp_is_honoured_by_a_custom_interaction(
    club: Partner, uid: str, action_id: str, sent: dict[str, Any], xp: float
) -> None:
    saved(club, action_id, customXpIncrement=True)
    token_id = announced(club, uid)
    applied(club, uid, action_id, **sent)
    assert club.nft(token_id)["xp"] == xp


def test_the_callers_xp_is_ignored_by_any_other_interaction(club: Partner, uid: str, action_id: str) -> None:
    saved(club, action_id)
    token_id = announced(club, uid)
    applied(club, uid, action_id, xpIncrement=1000)
    assert club.nft(token_id)["xp"] == 5


@pytest.mark.parametrize("xp", [-1, -0.000001, 0.0000001, 10**9 + 1, 1000000000.000001, 1e300, True, "5", [], {}])
def test_xp_that_is_none_is_400(club: Partner, uid: str, action_id: str, xp: Any) -> None:
    saved(club, action_id, customXpIncrement=True)
    announced(club, uid)
    assert "xpIncrement" in assert_refused(club.act(uid, action_id=action_id, xpIncrement=xp), "QUERY_INCOMPLETE")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (0, 1),
        (41, 42),
        (-3, -2),
        (1.5, 2.5),
        ("7", 1),
        (True, 1),
        (None, 1),
        ({"n": 5}, 1),
        ([3], 1),
        (10**300, 10**300 + 1),
    ],
)
def test_the_attribute_counts_up_from_0_where_it_is_no_number(
    club: Partner, uid: str, action_id: str, before: Any, after: Any
) -> None:
    saved(club, action_id)
    announced(club, uid, nft_info={"attributes": {"IRL Event": before, "other": before}})
    assert applied(club, uid, action_id)["attributes"] == {"tier": "gold", "IRL Event": after, "other": before}


def test_interactions_of_different_types_count_apart(club: Partner, uid: str, action_id: str) -> None:
    announced(club, uid)
    saved(club, f"{action_id}1", type="Visit")
    saved(club, f"{action_id}2", type="Visit")
    saved(club, f"{action_id}3", type="Purchase")
    for number in (1, 2, 3):
        answer = applied(club, uid, f"{action_id}{number}")
    assert answer["attributes"] == {"tier": "gold", "Visit": 2, "Purchase": 1}


def test_default_levels_need_50_n_n_minus_1(club: Partner, uid: str, action_id: str) -> None:
    saved(club, action_id, customXpIncrement=True)
    token_id = announced(club, uid)
    steps = [
        (99.999999, 1),
        (0.000001, 2),
        (199.999999, 2),
        (0.000001, 3),
        (300, 4),
        (400, 5),
        (500, 6),
        (0, 6),
        (10**9, 4472),
    ]
    for xp, _ in steps:
        applied(club, uid, action_id, xpIncrement=xp)
    assert [scan["lvlAfter"] for scan in club.scans(token_id)] == [level for _, level in steps]
    assert club.nft(token_id)["level"] == 4472


def test_a_collections_thresholds_decide_and_the_level_stays_beyond_the_last(club: Partner, action_id: str) -> None:
    club.add_collection("ladder", level_thresholds=[0, 10, 20.5])
    club.add_category("ladder", "VIP")
    saved(club, action_id, contract_id="ladder", customXpIncrement=True)
    token_id = announced(club, "ada", contract_id="ladder")
    for xp, level in ((9.999999, 1), (0.000001, 2), (10.499999, 2), (0.000001, 3), (10**9, 3)):
        applied(club, "ada", action_id, contract_id="ladder", xpIncrement=xp)
        assert club.nft(token_id, contract_id="ladder")["level"] == level
    changed = club.platform.admin("PATCH", f"/{club.origin}/collections/ladder", {"level_thresholds": [0, 10, 20, 30]})
    assert changed.status == 200
    assert club.nft(token_id, contract_id="ladder")["level"] == 3  # until its next interaction
    applied(club, "ada", action_id, contract_id="ladder", xpIncrement=0)
    assert club.nft(token_id, contract_id="ladder")["level"] == 4


@pytest.mark.parametrize(
    "thresholds",
    [[], [1], [0, 0], [0, 5, 5], [0, 5, 4], [0, -1], [0, True], [0, "5"], [0, 0.0000001], [0, 10**10], "0", 0, {}],
)
def test_thresholds_that_do_not_begin_with_0_and_rise_are_400(club: Partner, thresholds: Any) -> None:
    body = {"contract_id": "wrong", "name": "n", "symbol": "s", "level_thresholds": thresholds}
    assert_refused(club.platform.admin("POST", f"/{club.origin}/collections", body), "QUERY_INCOMPLETE")


def test_reaching_max_level_is_allowed_and_passing_it_is_not(club: Partner, uid: str, action_id: str) -> None:
    saved(club, action_id, customXpIncrement=True)
    token_id = announced(club, uid, additional_fields={"max_level": 2})
    applied(club, uid, action_id, xpIncrement=50)
    assert club.nft(token_id)["maxLvlReached"] is False
    assert_refused(club.act(uid, action_id=action_id, xpIncrement=250), "MAX_LEVEL_REACHED")
    applied(club, uid, action_id, xpIncrement=249.999999)
    assert club.nft(token_id)["maxLvlReached"] is True
    assert_refused(club.act(uid, action_id=action_id, xpIncrement=0.000001), "MAX_LEVEL_REACHED")
    applied(club, uid, action_id, xpIncrement=0)
    assert [scan["maxLvlReached"] for scan in club.scans(token_id)] == [False, True, True]
    assert club.nft(token_id)["xp"] == 299.999999


def test_a_scan_count_is_used_up_per_nft(club: Partner, uid: str, action_id: str) -> None:
    saved(club, action_id, authScanCount=2)
    for number in range(2):
        announced(club, f"{uid}{number}")
        applied(club, f"{uid}{number}", action_id, times=2)
        assert_refused(club.act(f"{uid}{number}", action_id=action_id), "INTERACTION_ALREADY_CONSUMED")


def test_raising_the_scan_count_by_an_edit_lets_the_action_apply_again(club: Partner, uid: str, action_id: str) -> None:
    interaction_id = saved(club, action_id, authScanCount=1)
    announced(club, uid)
    applied(club, uid, action_id)
    assert_refused(club.act(uid, action_id=action_id), "INTERACTION_ALREADY_CONSUMED")
    edit = saving(club, interactionId=interaction_id, interaction=interaction(action_id, authScanCount=2))
    assert club.post("saveActionInteraction", edit).status == 200
    applied(club, uid, action_id)
    assert_refused(club.act(uid, action_id=action_id), "INTERACTION_ALREADY_CONSUMED")


def test_no_refusal_is_decided_on_an_interaction_that_is_only_remembered(
    club: Partner, uid: str, action_id: str
) -> None:
    interaction_id = saved(club, action_id, authScanCount=1)
    announced(club, uid)
    with actors.apart():
        applied(club, uid, action_id)
        edit = saving(club, interactionId=interaction_id, interaction=interaction(action_id, authScanCount=2))
        with actors.acting("second"):
            assert club.post("saveActionInteraction", edit).status == 200
        applied(club, uid, action_id)


def test_a_window_opens_at_valid_from_and_closes_at_valid_until(club: Partner, uid: str, action_id: str) -> None:
    interaction_id = saved(club, action_id)
    announced(club, uid)
    start = now() + HOUR
    naive = start.replace(tzinfo=None).isoformat()  # naive times are UTC
    set_window(club, interaction_id, valid_from=naive, valid_until=(start + HOUR).isoformat())
    assert_refused(club.act(uid, action_id=action_id), "INTERACTION_NOT_YET_VALID")
    with travelled(HOUR + timedelta(minutes=1)):
        applied(club, uid, action_id)
    with travelled(2 * HOUR + timedelta(minutes=1)):
        assert_refused(club.act(uid, action_id=action_id), "INTERACTION_NO_LONGER_VALID")
    set_window(club, interaction_id, valid_from=None, valid_until=None)
    applied(club, uid, action_id)


def test_an_nft_past_its_expiration_takes_no_action(club: Partner, uid: str, action_id: str) -> None:
    saved(club, action_id)
    until = (now() + HOUR).replace(tzinfo=None).isoformat()  # naive times are UTC
    token_id = announced(club, uid, additional_fields={"expiration_date": until})
    applied(club, uid, action_id)
    with travelled(HOUR + timedelta(seconds=1)):
        assert_refused(club.act(uid, action_id=action_id), "NFT_IS_EXPIRED")
        assert_refused(club.act(uid, action_id=action_id, token_id=token_id), "NFT_IS_EXPIRED")


def test_refusals_come_in_the_order_of_the_contract(club: Partner, uid: str, action_id: str) -> None:
    """Everything is wrong at first; what is refused is mended, one after the other."""
    until = (now() + HOUR).isoformat()
    body = acting(club, uid, action_id)
    assert_refused(club.post("newActionForUser", body), "RESOURCE_NOT_FOUND")
    interaction_id = saved(club, action_id, authScanCount=1)
    assert_refused(club.post("newActionForUser", body), "RESOURCE_NOT_FOUND")
    token_id = announced(club, uid, additional_fields={"expiration_date": until, "max_level": 1})
    applied(club, uid, action_id)
    edit = saving(
        club, interactionId=interaction_id, interaction=interaction(action_id, authScanCount=1, xpIncrement=1000)
    )
    assert club.post("saveActionInteraction", edit).status == 200
    set_window(club, interaction_id, valid_from=(now() + HOUR / 2).isoformat())
    with travelled(2 * HOUR):
        assert_refused(club.post("newActionForUser", body), "NFT_IS_EXPIRED")
    assert_refused(club.post("newActionForUser", body), "INTERACTION_NOT_YET_VALID")
    set_window(club, interaction_id, valid_from=None, valid_until=now().isoformat())
    assert_refused(club.post("newActionForUser", body), "INTERACTION_NO_LONGER_VALID")
    set_window(club, interaction_id, valid_until=None)
    assert_refused(club.post("newActionForUser", body), "INTERACTION_ALREADY_CONSUMED")
    edit["interaction"]["authScanCount"] = 2
    assert club.post("saveActionInteraction", edit).status == 200
    assert_refused(club.post("newActionForUser", body), "MAX_LEVEL_REACHED")
    edit["interaction"]["xpIncrement"] = 1
    assert club.post("saveActionInteraction", edit).status == 200
    assert club.post("newActionForUser", body).status == 200
    assert [scan["xpAfter"] for scan in club.scans(token_id)] == [5, 6]


def test_a_dry_run_answers_the_same_with_the_scan_and_changes_nothing(club: Partner, uid: str, action_id: str) -> None:
    saved(club, action_id, xpIncrement=100, authScanCount=1)
    token_id = announced(club, uid)
    before = (club.nft(token_id), club.scans(token_id))
    first, second = (club.act(uid, action_id=action_id, query={"dry_run": "true"}).json for _ in range(2))
    assert (club.nft(token_id), club.scans(token_id)) == before
    at = first.pop("at")
    second.pop("at")
    assert first == second
    answer = applied(club, uid, action_id)
    [scan] = club.scans(token_id)
    assert set(at) == set(scan.pop("at"))
    assert first == answer | scan
    assert_refused(club.act(uid, action_id=action_id, query={"dry_run": "true"}), "INTERACTION_ALREADY_CONSUMED")


def test_a_dry_run_passes_over_an_idempotency_key(club: Partner, uid: str, action_id: str) -> None:
    saved(club, action_id)
    announced(club, uid)
    for key in (uid, "k" * 256, ""):
        answer = club.act(uid, action_id=action_id, query={"dry_run": "1"}, headers={"Idempotency-Key": key})
        assert answer.status == 200
    real = club.act(uid, action_id=action_id, xpIncrement=3, headers={"Idempotency-Key": uid})
    assert real.status == 200  # the dry run has not used the key up


@pytest.mark.parametrize(("flag", "status"), [("false", 200), ("0", 200), ("yes", 400), ("", 400), ("TRUE ", 400)])
def test_a_dry_run_is_asked_for_by_true_alone(club: Partner, uid: str, action_id: str, flag: str, status: int) -> None:
    saved(club, action_id)
    token_id = announced(club, uid)
    assert club.act(uid, action_id=action_id, query={"dry_run": flag}).status == status
    assert len(club.scans(token_id)) == (1 if status == 200 else 0)
