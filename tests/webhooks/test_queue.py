"""What the queue does to messages: repeats, disorder, delay, concurrency, poison, partial failure."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from chalicelib.core.clock import travelled
from chalicelib.webhooks.queues import FAST, SLOW
from chalicelib.webhooks.service import deliverer
from tests.faults.wire import listening
from tests.receivers import Answer, Receiver, Talk
from tests.webhooks.world import (
    Partner,
    drain,
    handle,
    message,
    messages_in,
    record,
    requests_seen,
    sweep,
)

pytestmark = pytest.mark.usefixtures("storage")


def _emitted(partner: Partner, url: str) -> str:
    partner.endpoint(url)
    partner.emit()
    delivery_id: str = partner.deliveries()[0]["id"]
    return delivery_id


def test_repeated_message_sends_once(partner: Partner, receiver: Receiver) -> None:
    delivery_id = _emitted(partner, receiver.url)
    for _ in range(3):
        assert handle(message(partner.origin, delivery_id)) == []
    assert len(receiver.requests) == 1


def test_message_repeated_within_a_batch_sends_once(partner: Partner) -> None:
    with Receiver(then=Answer(delay=0.1)) as receiver:
        delivery_id = _emitted(partner, receiver.url)
        assert handle(*[message(partner.origin, delivery_id) for _ in range(10)]) == []
        assert len(receiver.requests) == 1


def test_workers_that_get_a_message_at_once_send_once(partner: Partner) -> None:
    with Receiver(then=Answer(delay=0.1)) as receiver:
        delivery_id = _emitted(partner, receiver.url)
        with ThreadPoolExecutor(8) as workers:
            outcomes = list(workers.map(lambda _: handle(message(partner.origin, delivery_id)), range(8)))
        assert outcomes == [[]] * 8
        assert len(receiver.requests) == 1
    assert len(partner.delivery()["attempts"]) == 1


def test_message_that_comes_before_its_time_does_nothing(partner: Partner) -> None:
    with Receiver(then=Answer(500)) as receiver:
        delivery_id = _emitted(partner, receiver.url)
        handle(message(partner.origin, delivery_id))
        with travelled(timedelta(seconds=3)):
            assert handle(message(partner.origin, delivery_id)) == []
        assert len(receiver.requests) == 1
    assert len(partner.delivery()["attempts"]) == 1


def test_late_message_of_an_attempt_long_made_costs_one_request(partner: Partner, receiver: Receiver) -> None:
    delivery_id = _emitted(partner, receiver.url)
    drain()
    with requests_seen() as seen, travelled(timedelta(days=1)):
        assert handle(message(partner.origin, delivery_id)) == []
    assert seen == ["UpdateItem"]
    assert len(receiver.requests) == 1


def test_messages_in_another_order_deliver_all(partner: Partner, receiver: Receiver) -> None:
    partner.endpoint(receiver.url)
    event_ids = {partner.emit() for _ in range(5)}
    messages = [message(partner.origin, delivery["id"]) for delivery in partner.deliveries()]
    assert handle(*messages) == []
    assert {request.headers["webhook-id"] for request in receiver.requests} == event_ids


def test_batch_is_worked_side_by_side(partner: Partner) -> None:
    together = Barrier(8)

    def answer_when_all_are_here(talk: Talk) -> None:
        together.wait(timeout=60)
        talk.send(Answer().to_bytes())

    with Receiver(answer_when_all_are_here) as receiver, pytest.MonkeyPatch.context() as patch:
        patch.setattr(deliverer, "DEADLINE_SECONDS", 60.0)
        partner.endpoint(receiver.url)
        for _ in range(8):
            partner.emit()
        messages = [message(partner.origin, delivery["id"]) for delivery in partner.deliveries()]
        assert handle(*messages) == []
        assert len(receiver.requests) == 8
    assert {delivery["status"] for delivery in partner.deliveries()} == {"delivered"}


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not JSON",
        "[]",
        "null",
        "[" * 100_000,
        json.dumps({"version": 2, "task": "DeliverWebhook", "origin": "p", "delivery_id": "d"}),
        json.dumps({"version": 1, "task": "DoSomethingElse", "origin": "p", "delivery_id": "d"}),
        json.dumps({"version": 1, "task": "DeliverWebhook", "origin": "p"}),
        json.dumps({"version": 1, "task": "DeliverWebhook", "origin": 1, "delivery_id": ["d"]}),
    ],
)
def test_message_that_is_not_understood_is_reported_and_hurts_no_other(
    partner: Partner, receiver: Receiver, body: str
) -> None:
    poison = record(body)
    good = message(partner.origin, _emitted(partner, receiver.url))
    assert handle(poison, good) == [poison["messageId"]]
    assert len(receiver.requests) == 1


def test_message_of_a_delivery_that_does_not_exist_is_dropped(partner: Partner) -> None:
    assert handle(message(partner.origin, "dlv_00000000000000000000")) == []
    assert handle(message("nobody", "dlv_00000000000000000000")) == []


def test_fault_of_ours_fails_its_own_message_alone(partner: Partner, receiver: Receiver) -> None:
    partner.endpoint(receiver.url)
    partner.emit()
    partner.emit()
    one, other = [message(partner.origin, delivery["id"]) for delivery in partner.deliveries()]
    with listening("before-send.dynamodb.UpdateItem", _unreachable_for(one)):
        assert handle(one, other) == [one["messageId"]]
    assert len(receiver.requests) == 1
    assert handle(one) == []
    assert len(receiver.requests) == 2


def _unreachable_for(failing: dict[str, Any]) -> Callable[..., None]:
    delivery_id = json.loads(failing["body"])["delivery_id"]

    def fail(request: Any, **_: Any) -> None:
        if delivery_id in request.body.decode():
            raise EndpointConnectionError(endpoint_url=request.url)

    return fail


def test_receivers_failure_fails_no_message(partner: Partner) -> None:
    with Receiver(then=Answer(500)) as receiver:
        assert handle(message(partner.origin, _emitted(partner, receiver.url))) == []


def test_first_tries_and_retries_go_by_different_queues(partner: Partner) -> None:
    with Receiver(then=Answer(500)) as receiver:
        _emitted(partner, receiver.url)
        assert (messages_in(FAST), messages_in(SLOW)) == ((1, 0), (0, 0))
        drain()
    assert (messages_in(FAST), messages_in(SLOW)) == ((0, 0), (0, 1))


def test_long_delays_wait_for_the_sweep(partner: Partner) -> None:
    with Receiver(then=Answer(500)) as receiver:
        partner.endpoint(receiver.url, schedule="hourly")
        partner.emit()
        drain()
        assert messages_in(SLOW) == (0, 0)
        with travelled(timedelta(minutes=40)) as further:
            assert sweep() == 0
            further(timedelta(minutes=33))
            assert sweep() == 1
            drain()
        assert len(receiver.requests) == 2


def test_lost_messages_are_made_up_for_by_the_sweep(partner: Partner, receiver: Receiver) -> None:
    def lose(request: Any, **_: Any) -> None:
        raise EndpointConnectionError(endpoint_url=request.url)

    partner.endpoint(receiver.url)
    with listening("before-send.sqs.SendMessageBatch", lose):
        partner.emit()
    drain()
    assert receiver.requests == []
    with travelled(timedelta(seconds=119)) as further:
        assert sweep() == 0
        further(timedelta(seconds=2))
        assert sweep() == 1
        drain()
    assert len(receiver.requests) == 1
    assert partner.delivery()["status"] == "delivered"
