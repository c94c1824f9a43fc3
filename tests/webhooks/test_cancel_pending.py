"""Canceling all that an endpoint has scheduled: that, nothing else, whatever dies on the way."""

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core.clock import now, travelled
from chalicelib.core.queues import Message
from chalicelib.webhooks.models.deliveries import DeliveryRow
from chalicelib.webhooks.queues import cancel_message
from chalicelib.webhooks.repository.recoveries import find_recovery
from chalicelib.webhooks.repository.waiting import waiting_deliveries
from chalicelib.webhooks.service import cancellations
from tests.platform import start_platform
from tests.receivers import Answer, Receiver
from tests.times import NO_TIMES
from tests.webhooks.test_crashes import heal, killed_at_each_step
from tests.webhooks.world import Partner, drain, handle, record, sweep, waiting

pytestmark = pytest.mark.usefixtures("storage")
_NOWHERE = "https://hooks.example.com/in"


def _cancel(partner: Partner, endpoint: str, **body: Any) -> Any:
    reply = partner.call("POST", f"/webhooks/endpoints/{endpoint}/cancel_pending", body)
    assert reply.status == 200, reply
    return reply.json["count"]


def _statuses(partner: Partner, query: str = "") -> dict[str, int]:
    return Counter(each["status"] for each in partner.deliveries(f"?limit=100{query}"))


def _pages(partner: Partner, endpoint: str, count: int) -> list[dict[str, Any]]:
    """Cancels so many, but for the messages of further pages: a record for each of these."""
    begun: list[str] = []

    def note(_: str, cancellation_id: str) -> Message:
        begun.append(cancellation_id)
        return Message("Nothing", {})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cancellations, "cancel_message", note)
        assert _cancel(partner, endpoint) == count
    [cancellation] = begun
    return [record(cancel_message(partner.origin, cancellation).encode()) for _ in range(count)]


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two deliveries a page."""
    monkeypatch.setattr(cancellations, "_PAGE", 2)


@pytest.mark.parametrize("tried", [False, True])
@pytest.mark.usefixtures("small_pages")
def test_all_of_one_endpoint_are_canceled_however_many_pages_it_is(partner: Partner, tried: bool) -> None:
    with Receiver(then=Answer(500)) as receiver, Receiver() as elsewhere, travelled(timedelta(0)) as further:
        endpoint = partner.endpoint(receiver.url, event_types=["customer.created"])["id"]
        other = partner.endpoint(elsewhere.url, event_types=["customer.updated"])["id"]
        partner.emit_many(7)
        if tried:
            handle(*waiting(partner))
        sent = len(receiver.requests)
        partner.emit(event_type="customer.updated")
        assert _cancel(partner, endpoint, dry_run=True) == 7
        assert _statuses(partner) == {"scheduled": 8}
        for page in _pages(partner, endpoint, 7):
            handle(
                page
            )  # one by one: side by side they may all take the same deliveries, and leave the rest to the queue
        for _ in range(3):
            drain()
            further(timedelta(minutes=3))
            sweep()
        assert len(receiver.requests) == sent == (7 if tried else 0)
    assert _statuses(partner, f"&endpoint={endpoint}") == {"canceled": 7}
    assert _statuses(partner, f"&endpoint={other}") == {"delivered": 1}
    assert _cancel(partner, endpoint) == 0
    entries = start_platform().admin("GET", f"/{partner.origin}/audit").json["data"]
    [entry] = [each for each in entries if each["action"] == "endpoint.cancel_pending"]
    assert entry["after"]["deliveries"] == 7


def test_first_page_is_canceled_before_the_answer(partner: Partner, receiver: Receiver) -> None:
    endpoint = partner.endpoint(receiver.url)["id"]
    partner.emit_many(3)
    assert _cancel(partner, endpoint) == 3
    assert _statuses(partner) == {"canceled": 3}
    assert partner.get("/webhooks/stats")["backlog"] == 0
    drain()
    assert receiver.requests == []
    partner.emit()
    drain()
    assert len(receiver.requests) == 1


def test_only_what_is_meant_is_canceled(partner: Partner) -> None:
    endpoint = partner.endpoint(_NOWHERE)["id"]
    with travelled(timedelta(hours=-6)) as further:
        times = []
        for number in range(6):
            times.append(now().isoformat())
            further(timedelta(seconds=1))
            partner.emit(event_type="customer.updated" if number % 2 else "customer.created")
            further(timedelta(hours=1))
        chosen: dict[str, Any] = {"since": times[1], "until": times[5], "event_types": ["customer.updated"]}
        assert _cancel(partner, endpoint, **chosen, dry_run=True) == 2
        assert _cancel(partner, endpoint, **chosen) == 2
    listed = partner.deliveries()[::-1]
    assert [each["status"] == "canceled" for each in listed] == [False, True, False, True, False, False]


@pytest.mark.usefixtures("small_pages")
def test_what_is_begun_anew_after_the_call_is_not_canceled_by_its_later_pages(partner: Partner) -> None:
    endpoint = partner.endpoint(_NOWHERE)["id"]
    partner.emit_many(5)
    [page] = _pages(partner, endpoint, 5)[:1]
    canceled = partner.deliveries("?status=canceled")[-1]["id"]
    assert partner.call("POST", f"/webhooks/deliveries/{canceled}/replay").status == 200
    for _ in range(4):
        assert handle(page) == []
    with travelled(timedelta(minutes=3)):
        for _ in range(4):
            assert handle(page) == []
        assert find_recovery(partner.origin, json.loads(page["body"])["cancellation_id"]) is None
    assert [each["id"] for each in partner.deliveries("?status=scheduled")] == [canceled]


def test_what_is_begun_anew_while_its_page_is_canceled_stays(partner: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = partner.endpoint(_NOWHERE)["id"]
    partner.emit()
    path, read = f"/webhooks/deliveries/{partner.delivery()['id']}/replay", waiting_deliveries
    pages: list[list[DeliveryRow]] = []

    def read_before_a_replay(origin: str) -> list[DeliveryRow]:
        pages.append(read(origin))
        if len(pages) == 2:  # the first was read to be counted
            assert partner.call("POST", path).status == 200
        return pages[-1]

    monkeypatch.setattr(cancellations, "waiting_deliveries", read_before_a_replay)
    assert _cancel(partner, endpoint) == 1
    assert [len(page) for page in pages] == [1, 1]
    assert partner.delivery()["status"] == "scheduled"


@pytest.mark.parametrize("since", ["", "yesterday", -1, True, [], *NO_TIMES.values()])
def test_times_are_times(partner: Partner, since: Any) -> None:
    endpoint = partner.endpoint(_NOWHERE)["id"]
    path = f"/webhooks/endpoints/{endpoint}/cancel_pending"
    assert partner.call("POST", path, {"since": since}).status == 400
    assert partner.call("POST", path, {"until": since}).status == 400


def test_span_that_ends_before_it_begins_and_others_endpoints_are_refused(partner: Partner) -> None:
    endpoint = partner.endpoint(_NOWHERE)["id"]
    partner.emit()
    path = f"/webhooks/endpoints/{endpoint}/cancel_pending"
    reversed_span = {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}
    assert partner.call("POST", path, reversed_span).json["error"]["message"] == "until: must not be before since"
    assert Partner().call("POST", path).status == 404
    assert _statuses(partner) == {"scheduled": 1}


@pytest.mark.usefixtures("one_shard")
def test_accepted_cancel_is_carried_out_wherever_its_workers_die(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cancellations, "_PAGE", 1)

    def prepare() -> tuple[Partner, str]:
        partner = Partner()
        endpoint = partner.endpoint(receiver.url, schedule="hourly")["id"]
        partner.emit_many(2)
        handle(*waiting(partner))
        return partner, endpoint

    whole = 0
    with Receiver(then=Answer(500)) as receiver:
        for partner, _ in killed_at_each_step(prepare, lambda made: _cancel(*made)):
            heal()
            found = _statuses(partner)
            assert found in ({"canceled": 2}, {"scheduled": 2})
            whole += found == {"canceled": 2}
    assert whole >= 3
