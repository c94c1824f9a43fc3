"""A key's scope is all that its forms reach: nothing of another surface is written by way of them."""

import pytest

from chalicelib.activity.domain import Identity
from chalicelib.activity.models import ClaimRow
from chalicelib.core.tables import key
from tests.budgets.metering import metered
from tests.pages.console.world import sign_in
from tests.pages.forms import Surfer
from tests.platform import Partner, Platform
from tests.space3.missions import Missions

NEW = "/console/missions/answered"
REWARD = {"reward_contract_id": "summer_party", "reward_action_id": "bonus"}
READS = {"Query", "BatchGetItem", "GetItem"}


@pytest.fixture(scope="module")
def club(platform: Platform) -> Partner:
    """A partner with a user who has checked in, and a bonus of 7 XP for missions to give."""
    partner = platform.new_partner()
    partner.save_interaction()
    partner.save_interaction("bonus", xpIncrement=7)
    partner.announce("ada")
    partner.act("ada")
    return partner


@pytest.fixture(scope="module")
def missions(club: Partner) -> Missions:
    """Its missions."""
    return Missions(club)


@pytest.fixture
def clerk(club: Partner) -> Surfer:
    """Somebody with a key of the scope `missions` alone."""
    body = {"name": "clerk", "scopes": ["missions"]}
    return sign_in(club, club.platform.admin("POST", f"/{club.origin}/keys", body).json["key"])


@pytest.mark.parametrize("kind", ["simple", "accumulative"])
def test_testing_a_mission_writes_nothing(club: Partner, missions: Missions, clerk: Surfer, kind: str) -> None:
    number = missions.answer_for(kind=kind, **REWARD)
    clerk.get(f"{NEW}/{number}")
    with metered() as bill:
        clerk.submit(f"{NEW}/{number}/test", email="ada@example.com")
    assert ("Done" if kind == "simple" else "1 entry") in clerk.words
    assert {request.operation for request in bill.requests} <= READS
    club.platform.drain()
    assert club.nft("1")["xp"] == 5
    assert list(ClaimRow.query(key(club.origin, "CLAIM", Identity("email", "ada@example.com").digest))) == []


def test_reward_is_set_by_a_key_that_may_apply_interactions(club: Partner, clerk: Surfer) -> None:
    fields = {"mission": "501", "kind": "simple", "counting": "per_day", "activity": "gardenlab:summer_party:checkin"}
    clerk.get(NEW)
    assert "reward_action_id" not in clerk.html
    assert clerk.submit(NEW, **fields, **REWARD).status == 403
    assert "the scope gardenlab" in clerk.words
    operator = sign_in(club)
    operator.get(NEW)
    operator.submit(NEW, **fields, **REWARD)
    assert "The mission was created" in operator.words


def test_mission_with_a_reward_is_changed_by_such_a_key_alone(missions: Missions, clerk: Surfer) -> None:
    rewarded, plain = missions.answer_for(target=9, **REWARD), missions.answer_for(target=9)
    fields = {"kind": "simple", "counting": "per_day", "activity": "gardenlab:summer_party:checkin", "target": "1"}
    statuses = {}
    for number, change in ((rewarded, {}), (rewarded, REWARD), (plain, REWARD), (plain, {})):
        clerk.get(f"{NEW}/{number}")
        [held] = [held for form, held in clerk.forms() if form["action"] == f"{NEW}/{number}"]
        answer = clerk.post(f"{NEW}/{number}", {"csrf": held["csrf"], **fields, **change})
        statuses[number, bool(change)] = answer.status
    assert statuses == {(rewarded, False): 403, (rewarded, True): 403, (plain, True): 403, (plain, False): 200}
    assert missions.admin("GET", f"/{rewarded}").json["target"] == 9
