"""The table of promised costs, call by call."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest

from chalicelib.core.clock import travelled
from chalicelib.core.transactions import Transaction
from chalicelib.webhooks.service import emit
from tests.answers import made_up_bodies
from tests.budgets.calls import Warm, kept_warm
from tests.budgets.metering import Bill, metered
from tests.budgets.surfaces import SURFACES
from tests.faults.wire import listening
from tests.operations.queues import empty_queues
from tests.platform import Answer, Partner, Platform
from tests.receivers import Receiver

_SIDE_BY_SIDE = 50


@pytest.fixture(scope="module", autouse=True)
def warmth() -> Iterator[None]:
    """A function that stays warm."""
    with kept_warm():
        yield


@pytest.fixture(scope="module")
def warm(platform: Platform) -> Warm:
    """A partner in the middle of its day."""
    return Warm(platform.new_partner())


@pytest.mark.parametrize("surface", SURFACES)
def test_every_call_stays_within_its_budget(platform: Platform, surface: str) -> None:
    over = []
    for name, (budget, call) in SURFACES[surface](platform).calls().items():
        with metered() as bill:
            answer = call()
        assert answer.status == 200, (name, answer)
        asked = (bill.levels, len(bill.of("dynamodb")), bill.most_items, len(bill.of("sqs")))
        allowed = (budget.levels, budget.requests, budget.items, budget.messages)
        if any(mine > most for mine, most in zip(asked, allowed, strict=True)):
            over.append(f"{name}: {bill.operations}, {asked} of {allowed}")
    assert not over, "\n".join(over)


def test_key_is_asked_for_the_first_time_and_not_again(platform: Platform, warm: Warm) -> None:
    path = f"/{warm.partner.origin}/keys"
    key = platform.admin("POST", path, {"name": "second"}).json["key"]
    stranger = Partner(platform, warm.partner.origin, key)
    ask = partial(stranger.get, "getNftByTokenId", contract_id="summer_party", tokenId=warm.minted)
    first, second = _bill_of(ask), _bill_of(ask)
    assert first.operations == ["UpdateItem", "GetItem"]
    assert second.operations == ["GetItem"]


def _bill_of(call: Any) -> Bill:
    with metered() as bill:
        answer: Answer = call()
    assert answer.status == 200, answer
    return bill


def test_array_of_a_hundred_users_is_four_levels(warm: Warm) -> None:
    """Guests, ids, and two rounds of fifty transactions: each round is held until all fifty are on their way."""
    together = Barrier(_SIDE_BY_SIDE)

    def hold(**_: Any) -> None:
        together.wait(timeout=300)

    users = [warm.partner.user(f"a{number}") for number in range(100)]
    with metered() as bill, listening("before-send.dynamodb.TransactWriteItems", hold):
        answer = warm.partner.post("newUserForPartner", users)
    assert ["error" in item for item in answer.json] == [False] * 100
    assert bill.operations[:2] == ["BatchGetItem", "UpdateItem"]
    assert bill.operations[2:] == ["TransactWriteItems"] * 100


@pytest.mark.parametrize("path", ["endpoints", "events", "deliveries"])
def test_page_of_a_webhook_list_is_two_requests(warm: Warm, path: str) -> None:
    assert _requests(partial(warm.partner.platform.call, "GET", f"/webhooks/{path}", key=warm.partner.key)) <= 2


@pytest.mark.parametrize(
    "path",
    ["", "/{origin}/keys", "/{origin}/collections", "/{origin}/audit", "/{origin}/missions", "/{origin}/links"],
)
def test_page_of_an_admin_list_is_two_requests(platform: Platform, warm: Warm, path: str) -> None:
    assert _requests(partial(platform.admin, "GET", path.format(origin=warm.partner.origin))) <= 2


def test_replay_of_what_is_missing_is_five_requests_a_thousand_events(platform: Platform, partner: Partner) -> None:
    """The endpoint; events, the deliveries that it has, the rows that may be there all the same; the write."""
    for _ in range(2):
        transaction = Transaction()
        with made_up_bodies():
            for _ in range(50):
                emit(transaction, origin=partner.origin, event_type="newBcNftMint", content={}, endpoints=())
        transaction.commit()
    endpoint = partner.add_endpoint("http://127.0.0.1:9/")["id"]
    bill = _bill_of(
        partial(
            platform.call,
            "POST",
            f"/webhooks/endpoints/{endpoint}/replay_missing",
            key=partner.key,
            body={"since": 0},
        )
    )
    assert bill.operations == ["GetItem", "Query", "Query", "BatchGetItem", "TransactWriteItems"]


def _requests(call: Any) -> int:
    return len(_bill_of(call).of("dynamodb"))


@pytest.fixture
def at_rest(platform: Platform) -> Iterator[Platform]:
    """A platform on which nothing is due."""
    with travelled(timedelta(hours=1)):
        for _ in range(10):
            platform.drain()
            swept = [platform.pump.tick(schedule.name) for schedule in platform.pump.schedules]
            if not any(swept):
                break
        yield platform


@pytest.mark.parametrize(
    ("schedule", "shards"),
    [
        ("sweep_webhooks", 8),
        ("sweep_chain", 8),
        ("sweep_rewards", 4),
        ("sweep_verifications", 4),
        ("sweep_dreamspace", 8),
    ],
)
def test_sweep_of_nothing_is_one_request_a_shard(at_rest: Platform, schedule: str, shards: int) -> None:
    with metered() as bill:
        assert at_rest.pump.tick(schedule) == 0
    assert bill.operations == ["Query"] * shards
    assert bill.of("sqs") == []


def test_successful_delivery_is_two_requests_and_the_webhook(platform: Platform, partner: Partner) -> None:
    """And four for a whole batch to one endpoint.

    What others have in hand, what this worker takes, what the events say, and the count.
    """
    empty_queues()  # what other tests left would be counted
    with Receiver() as receiver:
        endpoint = partner.add_endpoint(receiver.url)["id"]
        path = f"/webhooks/endpoints/{endpoint}/test"
        for deliveries in (1, 5):  # after the first, the endpoint is known, as in a warm function
            for _ in range(deliveries):
                platform.call("POST", path, key=partner.key, body={"event_type": "newBcNftMint"})
            with metered() as bill:
                platform.drain()
    assert bill.webhooks == 5
    assert bill.of("sqs") == []
    assert sorted(bill.operations) == ["BatchGetItem", "PutItem", "Query"] + ["UpdateItem"] * (5 + 5 + 1)


def test_event_that_is_delivered_at_once_is_eleven_write_units(platform: Platform, partner: Partner) -> None:
    """That it expires, and its delivery, is written with what is written anyway; the operator's setting is remembered.

    Recorded are the event and the delivery, each with two entries in indexes. Then come the claim, and the outcome with
    the entry that leaves the outbox; what is written once a batch is not counted here.
    """
    empty_queues()
    with Receiver() as receiver:
        partner.add_endpoint(receiver.url)
        assert platform.admin("PATCH", f"/{partner.origin}", {"retention": {"webhook_bodies": 5}}).status == 200
        for _ in range(2):  # the second by a warm function
            transaction = Transaction()
            with metered(weigh=True) as recording, made_up_bodies():
                content = {"contract": "0x" + "1" * 40, "tokenId": "12"}
                emit(transaction, origin=partner.origin, event_type="newBcNftMint", content=content)
                transaction.commit()
            with metered(weigh=True) as delivering:
                platform.drain()
    assert recording.operations == ["Query", "TransactWriteItems"]
    assert recording.write_units == 8
    assert _units_of_deliveries(delivering) == 3
    assert delivering.webhooks == 1


def _units_of_deliveries(bill: Bill) -> int:
    """What the writes of deliveries' rows cost."""
    writes = [write for request in bill.of("dynamodb") for write in request.writes]
    return sum(sum(write.units.values()) for write in writes if write.key["sk"] == {"S": "DELIVERY"})


def _samples(platform: Platform, partner: Partner, count: int, **endpoint: Any) -> str:
    """An endpoint to which nothing can be sent, with so many samples; its id."""
    created = partner.add_endpoint("http://127.0.0.1:9/", **endpoint)["id"]
    for _ in range(count):
        path = f"/webhooks/endpoints/{created}/test"
        platform.call("POST", path, key=partner.key, body={"event_type": "newBcNftMint"})
    return str(created)


def test_cancel_of_a_delivery_is_three_requests(platform: Platform, partner: Partner) -> None:
    """The delivery with its attempts; the delivery, what notes it, and the audit log; the endpoint that is shown."""
    _samples(platform, partner, 1)
    [delivery] = platform.call("GET", "/webhooks/deliveries", key=partner.key).json["data"]
    path = f"/webhooks/deliveries/{delivery['id']}/cancel"
    bill = _bill_of(partial(platform.call, "POST", path, key=partner.key))
    assert bill.operations == ["Query", "TransactWriteItems", "GetItem"]
    assert bill.most_items == 3


@pytest.mark.parametrize("count", [1, 5])
def test_cancel_of_all_is_a_write_for_each_and_as_many_reads_whatever_their_number(
    platform: Platform, partner: Partner, count: int
) -> None:
    """What there is, in the index and in the outbox's eight shards, is looked for to be counted and to be canceled."""
    endpoint = _samples(platform, partner, count)
    path = f"/webhooks/endpoints/{endpoint}/cancel_pending"
    bill = _bill_of(partial(platform.call, "POST", path, key=partner.key, body={}))
    asked = Counter(bill.operations)
    assert asked["TransactWriteItems"] == 1 + count
    assert bill.most_items == 3
    del asked["TransactWriteItems"]
    assert asked == {"GetItem": 2, "Query": 2 * (1 + 8), "BatchGetItem": 2, "UpdateItem": 1}
    counting = _bill_of(partial(platform.call, "POST", path, key=partner.key, body={"dry_run": True}))
    assert Counter(counting.operations) == {"GetItem": 1, "Query": 1 + 8}


@pytest.mark.parametrize("count", [1, 5])
def test_preview_of_a_recovery_is_four_requests_whatever_it_finds(
    platform: Platform, partner: Partner, count: int
) -> None:
    """The endpoint, what is noted as missed, and two indexes of before there were such notes."""
    endpoint = _samples(platform, partner, count, enabled=False)
    path = f"/webhooks/endpoints/{endpoint}/recover"
    bill = _bill_of(partial(platform.call, "POST", path, key=partner.key, body={"since": 0, "dry_run": True}))
    assert bill.operations == ["GetItem", "Query", "Query", "Query"]
