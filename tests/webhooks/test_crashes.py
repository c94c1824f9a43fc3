"""Death of the process at every step: whatever was committed is delivered, or stands as what became of it.

A step is each request to DynamoDB and SQS, before it leaves and after it was answered, and each call to the
receiver likewise.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from itertools import count
from typing import Any, TypeVar

import pytest
from botocore.exceptions import EndpointConnectionError

from chalicelib.core.clock import travelled
from chalicelib.core.egress.client import EgressClient
from chalicelib.webhooks import tasks
from chalicelib.webhooks.domain import MAX_FAULTS
from chalicelib.webhooks.service import deliveries
from tests.faults.wire import answer_lost, listening
from tests.receivers import Answer, Receiver
from tests.webhooks.world import Partner, drain, handle, message, requests_seen

pytestmark = pytest.mark.usefixtures("storage", "one_shard")

_KINDS = ("before-send.dynamodb", "after-call.dynamodb", "before-send.sqs", "after-call.sqs")


P = TypeVar("P")


class Killed(BaseException):
    """The process ends here: nothing may catch it."""


class Steps:
    """Counts steps, and kills at one of them."""

    def __init__(self, fatal: int) -> None:
        self.count = 0
        self._fatal = fatal

    def step(self, **_: Any) -> None:
        """One step."""
        self.count += 1
        if self.count == self._fatal:
            raise Killed

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Counts what happens in the block."""
        send = EgressClient.send

        def counted(client: EgressClient, *arguments: Any, **named: Any) -> Any:
            self.step()
            exchange = send(client, *arguments, **named)
            self.step()
            return exchange

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(EgressClient, "send", counted)
            with ExitStack() as hooks:
                for kind in _KINDS:
                    hooks.enter_context(listening(kind, self.step))
                yield


def killed_at_each_step(prepare: Callable[[], P], run: Callable[[P], object]) -> Iterator[P]:
    """Prepares and runs a scenario again and again, killed a step later each time, until it lives to its end.

    Yields what was prepared, after each death.
    """
    run(prepare())  # what is fetched once a process, such as a queue's address, is no step
    for fatal in count(1):
        prepared = prepare()
        try:
            with Steps(fatal).watched():
                run(prepared)
        except Killed:
            yield prepared
        else:
            assert fatal > 4
            return


def heal() -> None:
    """Time passes; sweeps and queue handlers do their work."""
    with travelled(timedelta(minutes=3)) as further:
        for _ in range(2):
            tasks.sweep()
            drain()
            further(timedelta(minutes=10))


def test_event_whose_commit_succeeded_is_delivered(receiver: Receiver) -> None:
    def prepare() -> Partner:
        partner = Partner()
        partner.endpoint(receiver.url)
        return partner

    committed = 0
    for partner in killed_at_each_step(prepare, lambda partner: partner.emit()):
        heal()
        recorded = [event["id"] for event in partner.get("/webhooks/events")["data"]]
        sent = [request.headers["webhook-id"] for request in receiver.requests]
        assert [delivery["status"] for delivery in partner.deliveries()] == ["delivered"] * len(recorded)
        assert [sent.count(event_id) for event_id in recorded] == [1] * len(recorded)
        committed += len(recorded)
    assert committed >= 3


def test_delivery_is_made_though_its_worker_dies_at_any_step(receiver: Receiver) -> None:
    def prepare() -> tuple[Partner, str]:
        partner = Partner()
        partner.endpoint(receiver.url)
        partner.emit()
        return partner, partner.deliveries()[0]["id"]

    deaths = 0
    for partner, delivery_id in killed_at_each_step(prepare, lambda made: _deliver(*made)):
        heal()
        delivery = partner.get(f"/webhooks/deliveries/{delivery_id}")
        received = [request for request in receiver.requests if request.headers["webhook-id"] == delivery["event_id"]]
        assert delivery["status"] == "delivered"
        assert len(delivery["attempts"]) == 1
        assert 1 <= len(received) <= 2
        deaths += 1
    assert deaths >= 6


def test_failing_delivery_goes_on_though_its_worker_dies_at_any_step() -> None:
    def prepare() -> tuple[Partner, str]:
        partner = Partner()
        receiver = receivers.enter_context(Receiver(answers=[Answer(500)]))
        partner.endpoint(receiver.url)
        partner.emit()
        return partner, partner.deliveries()[0]["id"]

    with ExitStack() as receivers:
        for partner, delivery_id in killed_at_each_step(prepare, lambda made: _deliver(*made)):
            heal()
            assert partner.get(f"/webhooks/deliveries/{delivery_id}")["status"] == "delivered"


def test_replay_once_accepted_is_delivered(receiver: Receiver) -> None:
    def prepare() -> tuple[Partner, str]:
        partner = Partner()
        partner.endpoint(receiver.url)
        partner.emit()
        drain()
        return partner, partner.deliveries()[0]["id"]

    def replay(made: tuple[Partner, str]) -> None:
        deliveries.replay(made[0].origin, made[1])

    for partner, delivery_id in killed_at_each_step(prepare, replay):
        heal()
        delivery = partner.get(f"/webhooks/deliveries/{delivery_id}")
        assert delivery["status"] == "delivered"
        assert len(delivery["attempts"]) in (1, 2)


def test_sweep_that_dies_at_any_step_loses_nothing(receiver: Receiver) -> None:
    def prepare() -> Partner:
        partner = Partner()
        partner.endpoint(receiver.url)
        for _ in range(3):
            partner.emit()
        return partner

    def swept(partner: Partner) -> None:
        del partner
        with travelled(timedelta(minutes=3)):
            tasks.sweep()

    for partner in killed_at_each_step(prepare, swept):
        heal()
        assert [delivery["status"] for delivery in partner.deliveries()] == ["delivered"] * 3


def test_deletion_that_dies_at_any_step_leaves_nothing_waiting() -> None:
    with Receiver(then=Answer(500)) as receiver:

        def prepare() -> tuple[Partner, str]:
            partner = Partner()
            endpoint = partner.endpoint(receiver.url)["id"]
            partner.emit_many(3)
            drain()
            return partner, endpoint

        def delete(made: tuple[Partner, str]) -> None:
            made[0].call("DELETE", f"/webhooks/endpoints/{made[1]}")

        for partner, endpoint in killed_at_each_step(prepare, delete):
            if partner.call("GET", f"/webhooks/endpoints/{endpoint}").status == 404:
                heal()
                assert [delivery["status"] for delivery in partner.deliveries()] == ["disabled"] * 3


def test_outcome_that_could_not_be_stored_is_our_fault_and_is_made_good(partner: Partner, receiver: Receiver) -> None:
    def fail_after_the_claim(request: Any, **_: Any) -> None:
        if receiver.requests:
            raise EndpointConnectionError(endpoint_url=request.url)

    partner.endpoint(receiver.url)
    partner.emit()
    delivery_id = partner.deliveries()[0]["id"]
    asked = message(partner.origin, delivery_id)
    with listening("before-send.dynamodb.UpdateItem", fail_after_the_claim):
        assert handle(asked) == [asked["messageId"]]
    assert handle(asked) == []
    assert len(receiver.requests) == 1
    with travelled(timedelta(seconds=31)):
        assert handle(asked) == []
    assert len(receiver.requests) == 2
    assert partner.delivery()["status"] == "delivered"


def test_claim_whose_answer_was_lost_is_the_claimants(partner: Partner, receiver: Receiver) -> None:
    partner.endpoint(receiver.url)
    partner.emit()
    delivery_id = partner.deliveries()[0]["id"]
    with requests_seen() as seen, answer_lost("UpdateItem"):
        handle(message(partner.origin, delivery_id))
    # The claim twice, its fault once, then the outcome; the count of the batch was sent once.
    assert [name for name in seen if name not in ("Query", "GetItem")] == ["UpdateItem"] * 5
    assert len(receiver.requests) == 1


def test_delivery_at_which_workers_keep_dying_is_given_up_in_the_end(partner: Partner, receiver: Receiver) -> None:
    partner.endpoint(receiver.url)
    partner.emit()
    delivery_id = partner.deliveries()[0]["id"]
    deaths = 0
    with travelled(timedelta(0)) as further, pytest.MonkeyPatch.context() as patch:
        patch.setattr(EgressClient, "send", _die)
        for _ in range(MAX_FAULTS):
            with pytest.raises(Killed):
                _deliver(partner, delivery_id)
            deaths += 1
            further(timedelta(hours=2))
        _deliver(partner, delivery_id)
    assert deaths == MAX_FAULTS
    assert partner.delivery()["status"] == "exhausted"
    assert partner.call("POST", f"/webhooks/deliveries/{delivery_id}/replay").status == 200
    drain()
    assert partner.delivery()["status"] == "delivered"


def test_sweep_leaves_a_deadly_delivery_alone_for_longer_each_time(partner: Partner, receiver: Receiver) -> None:
    partner.endpoint(receiver.url)
    partner.emit()
    delivery_id = partner.deliveries()[0]["id"]
    with travelled(timedelta(0)) as further, pytest.MonkeyPatch.context() as patch:
        patch.setattr(EgressClient, "send", _die)
        for _ in range(5):
            with pytest.raises(Killed):
                _deliver(partner, delivery_id)
            further(timedelta(seconds=31))
        assert tasks.sweep() == 0
        further(timedelta(seconds=60 * 2**3 - 5))
        assert tasks.sweep() == 0
        further(timedelta(seconds=10))
        assert tasks.sweep() == 1


def _deliver(partner: Partner, delivery_id: str) -> None:
    handle(message(partner.origin, delivery_id))


def _die(*_: Any, **__: Any) -> None:
    raise Killed
