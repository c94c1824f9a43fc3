"""Users are told of to endpoints that name such events: with the change, once, and at nobody else's cost."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest

from chalicelib.core.clock import travelled
from chalicelib.core.ids import random_token
from chalicelib.gardenlab.service import codes
from tests.budgets.calls import kept_warm
from tests.budgets.metering import metered
from tests.faults.wire import Lifeline
from tests.platform import HOLDER, Answer, Partner, Platform
from tests.receivers import Receiver
from tests.space3.missions import Missions

ANNOUNCED, ACTION, LEVEL, CLAIMED = TYPES = ("user.announced", "action.applied", "level.reached", "nft.claimed")
_NOWHERE = "http://127.0.0.1:9/"
_MOST_ENDPOINTS = 20


@pytest.fixture(scope="module")
def shop(platform: Platform) -> Partner:
    """A partner with interactions: +5 XP, and as much as the caller says."""
    partner = platform.new_partner()
    partner.save_interaction()
    partner.save_interaction("any", customXpIncrement=True)
    return partner


@pytest.fixture
def endpoint(shop: Partner) -> Iterator[Callable[..., str]]:
    """Makes endpoints that go with the test."""
    made: list[str] = []

    def make(url: str = _NOWHERE, **fields: Any) -> str:
        made.append(shop.add_endpoint(url, **{"event_types": TYPES, **fields})["id"])
        return made[-1]

    yield make
    for each in made:
        assert shop.platform.call("DELETE", f"/webhooks/endpoints/{each}", key=shop.key).status == 200


def _recorded(partner: Partner) -> list[str]:
    """The types of the events that are recorded, newest first."""
    answer = partner.platform.call("GET", "/webhooks/events", key=partner.key, query={"limit": "100"})
    return [each["type"] for each in answer.json["data"] if each["type"] in TYPES]


def _new(partner: Partner, change: Callable[[], Answer]) -> list[str]:
    """The types of what a change records, sorted."""
    before = len(_recorded(partner))
    assert change().status == 200
    now = _recorded(partner)
    return sorted(now[: len(now) - before])


def test_each_is_sent_to_an_endpoint_that_names_it(shop: Partner, endpoint: Callable[..., str], uid: str) -> None:
    with Receiver() as named, Receiver() as usual:
        endpoint(named.url)
        endpoint(usual.url, event_types=[])
        nft = shop.announce(uid).json
        shop.act(uid)
        shop.act(uid, action_id="any", xpIncrement=300)
        claim = shop.mint(uid).json
        shop.platform.drain()
        told = [json.loads(each.body) for each in named.requests]
        unasked = {json.loads(each.body)["actionType"] for each in usual.requests}
    assert unasked == {"newBcNftMint"}
    for each in told:
        assert {each.pop(name) for name in ("contract", "tokenId", "uid")} == {nft["contract"], nft["tokenId"], uid}
        assert set(each.pop("at")) == {"_seconds", "_nanoseconds"}
    by_type = sorted(told, key=lambda each: (TYPES.index(each["actionType"]), each.get("xpAfter", 0)))
    assert by_type == [
        {"actionType": ANNOUNCED, "contractId": "summer_party", "userCategoryId": "VIP", "url": nft["url"]},
        _applied("checkin", 0, 5, 1, 1),
        _applied("any", 5, 305, 1, 3),
        {"actionType": LEVEL, "lvlBefore": 1, "lvlAfter": 3, "xpAfter": 305, "maxLvlReached": False},
        {"actionType": CLAIMED, "userAddr": HOLDER, "tokenUrl": claim["tokenUrl"]},
    ]


def _applied(action_id: str, xp_before: int, xp_after: int, level_before: int, level_after: int) -> dict[str, Any]:
    return {
        "actionType": ACTION,
        "actionId": action_id,
        "interactionName": "Check-in",
        "type": "IRL Event",
        "xpBefore": xp_before,
        "xpAfter": xp_after,
        "lvlBefore": level_before,
        "lvlAfter": level_after,
        "maxLvlReached": False,
    }


def test_what_nobody_names_is_not_recorded_and_costs_nothing(
    shop: Partner, endpoint: Callable[..., str], uid: str
) -> None:
    endpoint(event_types=[])
    endpoint(event_types=["nft.burned"])
    shop.announce(f"{uid}0")
    before = _recorded(shop)
    with kept_warm():
        shop.act(f"{uid}0", action_id="any")
        shop.mint(f"{uid}0")
        with metered() as announcement:
            assert shop.announce(uid).status == 200
        with metered() as action:
            assert shop.act(uid, action_id="any", xpIncrement=300).status == 200
        with metered() as mint:
            assert shop.mint(uid).status == 200
    assert "Query" not in announcement.operations
    assert action.operations == mint.operations == ["Query", "TransactWriteItems"]
    assert _recorded(shop) == before


def test_only_the_types_that_are_named_are_recorded(shop: Partner, endpoint: Callable[..., str], uid: str) -> None:
    endpoint(event_types=[LEVEL])
    assert _new(shop, lambda: shop.announce(uid)) == []
    assert _new(shop, lambda: shop.act(uid)) == []
    assert _new(shop, lambda: shop.act(uid, action_id="any", xpIncrement=100)) == [LEVEL]
    assert _new(shop, lambda: shop.act(uid)) == []
    assert _new(shop, lambda: shop.mint(uid)) == []


def test_what_changes_nothing_tells_nothing(shop: Partner, endpoint: Callable[..., str], uid: str) -> None:
    endpoint()
    key = {"Idempotency-Key": random_token(10)}
    changes: list[tuple[Callable[[], Answer], list[str]]] = [
        (partial(shop.announce, uid, headers=key), [ANNOUNCED]),
        (partial(shop.act, uid, action_id="any", xpIncrement=100, headers=key), [ACTION, LEVEL]),
        (partial(shop.mint, uid, headers=key), [CLAIMED]),
    ]
    for change, told in changes:
        assert _new(shop, change) == told
        assert _new(shop, change) == []
    assert _new(shop, lambda: shop.announce(uid)) == []
    assert _new(shop, lambda: shop.mint(uid)) == []
    assert _new(shop, lambda: shop.act(uid, query={"dry_run": "true"})) == []
    before = _recorded(shop)
    assert shop.act(uid, action_id="unknown").status == 400
    assert shop.mint(uid, user_addr="0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC").status == 400
    assert shop.announce(uid, email="other@example.com").status == 400
    assert _recorded(shop) == before


def test_a_reward_and_a_code_are_actions_too(shop: Partner, endpoint: Callable[..., str], uid: str) -> None:
    missions = Missions(shop)
    number = missions.answer_for(reward_contract_id="summer_party", reward_action_id="checkin")
    interactions = shop.get("getAllInteractions", origin=shop.origin, contract_id="summer_party").json
    path = f"/{shop.origin}/collections/summer_party/interactions/{interactions[0]['id']}/codes"
    code = shop.platform.admin("POST", path, {"name": "At the door"}).json["code"]
    shop.announce(uid)
    shop.act(uid)
    endpoint(event_types=[ACTION])
    assert _new(shop, lambda: missions.ask(f"{uid}@example.com/{number}")) == []
    before = _recorded(shop)
    shop.platform.drain()
    assert _recorded(shop) == [ACTION, *before]
    codes.redeem(codes.find(code), email=f"{uid}@example.com", token_id=None, once="once")
    assert _recorded(shop) == [ACTION, ACTION, *before]


def test_a_disabled_endpoint_gets_what_it_names_when_it_recovers(
    shop: Partner, endpoint: Callable[..., str], uid: str
) -> None:
    with Receiver() as receiver:
        off = endpoint(receiver.url, enabled=False)
        shop.announce(uid)
        shop.platform.drain()
        assert receiver.requests == []
        path = f"/webhooks/endpoints/{off}"
        assert shop.platform.call("PATCH", path, key=shop.key, body={"enabled": True}).status == 200
        since = {"since": "2020-01-01T00:00:00Z"}
        assert shop.platform.call("POST", f"{path}/recover", key=shop.key, body=since).json["count"] == 1
        shop.platform.drain()
        assert [json.loads(each.body)["uid"] for each in receiver.requests] == [uid]


def test_the_most_endpoints_fit_into_the_transaction_of_each_change(
    shop: Partner, endpoint: Callable[..., str], uid: str
) -> None:
    """Each of them takes the most rows: one is disabled, and so noted; the others keep an order, and so a place."""
    endpoint(enabled=False)
    for _ in range(_MOST_ENDPOINTS - 1):
        endpoint(ordering="per_subject")
    users = [shop.user(f"{uid}{number}") for number in range(3)]
    key = {"Idempotency-Key": random_token(10)}
    answers = shop.post("newUserForPartner", users, headers=key)
    assert ["error" in each for each in answers.json] == [False] * 3
    assert shop.mint(f"{uid}0", headers={"Idempotency-Key": random_token(10)}).status == 200
    headers = {"Idempotency-Key": random_token(10)}
    with metered() as bill:
        assert shop.act(f"{uid}0", action_id="any", xpIncrement=100, headers=headers).status == 200
    assert 2 * (1 + 2 * _MOST_ENDPOINTS) < bill.most_items <= 100


def test_an_action_is_told_of_once_though_the_process_dies_at_any_step(
    shop: Partner, endpoint: Callable[..., str], uid: str
) -> None:
    with Receiver() as receiver:
        endpoint(receiver.url, event_types=[ACTION])
        token = str(shop.announce(uid).json["tokenId"])
        shop.act(uid)
        for fatal in count(1):
            headers, life = {"Idempotency-Key": random_token(10)}, Lifeline(fatal)
            with life.held():
                shop.act(uid, headers=headers)
            assert shop.act(uid, headers=headers).status == 200  # the client asks again
            with travelled(timedelta(minutes=3)):  # for deliveries whose messages were not sent
                shop.platform.pump.tick("sweep_webhooks")
                shop.platform.drain()
            scans = shop.scans(token)
            told = {each.headers["webhook-id"]: json.loads(each.body)["xpAfter"] for each in receiver.requests}
            assert len(scans) == fatal + 1
            assert sorted(told.values()) == [each["xpAfter"] for each in scans]
            if not life.killed:
                break
        assert fatal > 4
