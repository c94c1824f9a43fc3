"""A mission's reward: once a person, whatever retries, races and crashes; refused ones are recorded."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.activity.domain import Identity
from chalicelib.activity.models import ClaimRow, RewardRow
from chalicelib.core.clock import now, travelled
from chalicelib.core.ids import random_token
from chalicelib.core.tables import key
from tests.faults.recovery import lose_messages
from tests.faults.wire import Lifeline
from tests.platform import Partner, Platform
from tests.space3.missions import Missions

_SIDE_BY_SIDE = 8


@pytest.fixture(scope="module")
def bonus(club: Partner) -> str:
    """An interaction that nobody triggers but missions: +7 XP."""
    club.save_interaction("bonus", xpIncrement=7)
    return "bonus"


@pytest.fixture
def number(missions: Missions, bonus: str) -> int:
    """A mission that rewards its users."""
    return missions.answer_for(reward_contract_id="summer_party", reward_action_id=bonus)


def act(club: Partner, uid: str) -> str:
    """Announces a user who then checks in; gives the token."""
    token = str(club.announce(uid).json["tokenId"])
    club.act(uid)
    return token


def reward_of(missions: Missions, email: str) -> RewardRow:
    """The one reward that an e-mail has."""
    claims = list(ClaimRow.query(key(missions.origin, "CLAIM", Identity("email", email).digest)))
    [claim] = claims
    row = RewardRow.get(key(missions.origin, "REWARD", claim.reward_id), "REWARD")
    assert isinstance(row, RewardRow)
    return row


def xp(club: Partner, token: str) -> Any:
    """The token's XP: 5 for the check-in, 7 for each reward."""
    return club.nft(token)["xp"]


def test_the_first_success_is_rewarded_and_no_other(club: Partner, missions: Missions, number: int, uid: str) -> None:
    token = act(club, uid)
    missions.claim(f"{uid}@example.com", f"0x{uid.encode().hex():0>40}"[:42])
    for query in ({}, {"uid": uid}, {"wallet": f"0x{uid.encode().hex():0>40}"[:42]}):
        assert missions.ask(f"{uid}@example.com/{number}", **query).json == {"success": True}
        assert missions.ask(str(number), uid=uid, **query).json == {"success": True} if "uid" not in query else True
        club.platform.drain()
    assert xp(club, token) == 12
    assert reward_of(missions, f"{uid}@example.com").status == "granted"


def test_many_at_the_same_moment_are_one(club: Partner, missions: Missions, number: int, uid: str) -> None:
    token = act(club, uid)
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as threads:
        answers = list(threads.map(lambda _: missions.ask(f"{uid}@example.com/{number}").json, range(_SIDE_BY_SIDE)))
    assert answers == [{"success": True}] * _SIDE_BY_SIDE
    club.platform.drain()
    assert xp(club, token) == 12


def test_an_accumulative_mission_rewards_at_its_target(club: Partner, missions: Missions, bonus: str, uid: str) -> None:
    number = missions.answer_for(
        kind="accumulative", target=2, reward_contract_id="summer_party", reward_action_id=bonus
    )
    token = act(club, uid)
    missions.ask(f"{uid}@example.com/{number}")
    club.platform.drain()
    assert xp(club, token) == 5
    club.act(uid)
    missions.ask(f"{uid}@example.com/{number}")
    club.platform.drain()
    assert xp(club, token) == 17


def test_the_newest_nft_is_rewarded(club: Partner, missions: Missions, number: int, uid: str) -> None:
    act(club, uid)
    club.add_category("summer_party", f"C{uid}")
    newest = str(club.announce(uid, user_category_id=f"C{uid}").json["tokenId"])
    missions.ask(f"{uid}@example.com/{number}")
    club.platform.drain()
    assert xp(club, newest) == 7


def test_a_minted_nft_is_rewarded_on_the_chain_too(club: Partner, missions: Missions, number: int, uid: str) -> None:
    token = act(club, uid)
    assert club.mint(uid).status == 200
    club.platform.drain()
    minted = club.nft(token)
    assert minted["status"] == "minted"
    missions.ask(f"{uid}@example.com/{number}")
    club.platform.drain()
    rewarded = club.nft(token)
    assert rewarded["xp"] == 12
    assert rewarded["tokenUrl"] != minted["tokenUrl"]


def test_a_reward_waits_for_an_nft(club: Partner, missions: Missions, number: int, uid: str) -> None:
    email = f"{uid}@example.com"
    missions.act(email, "2024-05-01T10:00:00")
    assert missions.ask(f"{email}/{number}").json == {"success": True}
    club.platform.drain()
    assert reward_of(missions, email).status == "owed"
    token = str(club.announce(uid).json["tokenId"])
    club.platform.drain()
    assert xp(club, token) == 7
    assert reward_of(missions, email).token_id == token


def test_a_link_set_up_later_brings_the_reward(club: Partner, missions: Missions, bonus: str, uid: str) -> None:
    number = missions.answer_for(activity="dreamspace:plain", reward_contract_id="summer_party", reward_action_id=bonus)
    viewer = Identity("twitch", f"t{uid}")
    missions.record(viewer, now(), activity_name="dreamspace:plain")
    missions.link(("discord", f"d{uid}"), ("twitch", viewer.value))
    assert missions.ask(str(number), discordId=f"d{uid}").json == {"success": True}
    token = str(club.announce(uid).json["tokenId"])
    club.platform.drain()
    assert xp(club, token) == 0
    missions.link(("email", f"{uid}@example.com"), ("discord", f"d{uid}"))
    club.platform.drain()
    assert xp(club, token) == 7


def test_the_sweep_brings_what_every_message_lost(club: Partner, missions: Missions, number: int, uid: str) -> None:
    email = f"{uid}@example.com"
    missions.act(email, "2024-05-01T10:00:00")
    missions.ask(f"{email}/{number}")
    lose_messages()
    token = str(club.announce(uid).json["tokenId"])
    lose_messages()
    with travelled(timedelta(minutes=10)):
        assert club.platform.pump.tick("sweep_rewards") >= 1
        club.platform.drain()
    assert xp(club, token) == 7


@pytest.mark.parametrize(
    ("fields", "announced", "reason"),
    [
        ({"authScanCount": 1}, {}, "INTERACTION_ALREADY_CONSUMED"),
        ({}, {"additional_fields": {"expiration_date": "2020-01-01T00:00:00Z"}}, "NFT_IS_EXPIRED"),
        (None, {}, "RESOURCE_NOT_FOUND"),
    ],
    ids=["used up", "expired", "unknown action"],
)
def test_a_refused_reward_is_recorded_and_the_verdict_stands(
    club: Partner, missions: Missions, uid: str, fields: Any, announced: dict[str, Any], reason: str
) -> None:
    action = f"a{random_token(8)}"
    if fields is not None:
        club.save_interaction(action, **fields)
    reward = {"reward_contract_id": "summer_party", "reward_action_id": action, "allow_unknown": True}
    number = missions.answer_for(**reward)
    token = str(club.announce(uid, **announced).json["tokenId"])
    email = f"{uid}@example.com"
    missions.act(email, "2024-05-01T10:00:00")
    if fields:
        club.act(uid, action_id=action)
    for _ in range(2):
        assert missions.ask(f"{email}/{number}").json == {"success": True}
        club.platform.drain()
    row = reward_of(missions, email)
    assert (row.status, str(row.reason).partition(":")[0]) == ("refused", reason)
    assert len(club.scans(token)) == (1 if fields else 0)


def test_a_wallet_of_two_people_rewards_each_for_their_own_acts(
    club: Partner, missions: Missions, number: int, uid: str
) -> None:
    wallet = f"0x{uid.encode().hex():0>40}"[:42]
    one, other = act(club, f"1{uid}"), str(club.announce(f"2{uid}").json["tokenId"])
    for name in (f"1{uid}", f"2{uid}"):
        missions.claim(f"{name}@example.com", wallet)
    assert missions.ask(str(number), wallet=wallet).json == {"success": True}
    club.platform.drain()
    assert (xp(club, one), xp(club, other)) == (12, 0)
    club.act(f"2{uid}")
    missions.ask(str(number), wallet=wallet)
    club.platform.drain()
    assert (xp(club, one), xp(club, other)) == (12, 12)


def test_a_mission_of_the_same_number_made_anew_rewards_anew(
    club: Partner, missions: Missions, number: int, uid: str
) -> None:
    token = act(club, uid)
    missions.ask(f"{uid}@example.com/{number}")
    assert missions.admin("DELETE", f"/{number}").status == 200
    again = {"reward_contract_id": "summer_party", "reward_action_id": "bonus"}
    created = missions.admin("POST", body={"mission": number, "activity": "gardenlab:summer_party:checkin", **again})
    assert created.status == 200
    missions.ask(f"{uid}@example.com/{number}")
    club.platform.drain()
    assert xp(club, token) == 19


def test_death_at_any_step_grants_exactly_one(club: Partner, missions: Missions, number: int, uid: str) -> None:
    """Killed before or after each request of the verification and of the worker, then asked again, swept, worked."""

    def story(name: str) -> None:
        missions.ask(f"{name}@example.com/{number}")
        club.platform.drain()

    act(club, uid)
    whole = Lifeline()
    with whole.held():
        story(uid)
    for fatal in range(1, len(whole.points) + 1, 5):
        name = f"{uid}{fatal}"
        token = act(club, name)
        with Lifeline(fatal).held():
            story(name)
        with travelled(timedelta(minutes=10)):
            missions.ask(f"{name}@example.com/{number}")
            club.platform.sweep()
            club.platform.drain()
            assert xp(club, token) == 12, whole.points[fatal - 1]


def test_only_a_collection_that_pays_rewards_is_told_of_reservations(platform: Platform) -> None:
    partner = platform.new_partner()
    before = platform.drain().succeeded
    partner.announce("ada")
    assert platform.drain().succeeded == 0, before


@pytest.mark.parametrize("body", [b"nonsense", b"[]", b'{"version":2}', b'{"version":1,"task":"GrantReward"}'])
def test_a_message_that_nobody_understands_fails_alone(platform: Platform, body: bytes) -> None:
    from chalicelib.activity.tasks import work
    from chalicelib.gardenlab.service.rewards import GardenlabRewards

    event = {"Records": [{"messageId": "bad", "body": body.decode()}]}
    assert work(event, GardenlabRewards()) == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
    assert platform is not None
