"""From an event to its receipt: what is sent, what is stored, what it costs."""

import json
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from chalicelib.core.clock import travelled
from chalicelib.core.transactions import Transaction
from chalicelib.webhooks import service
from chalicelib.webhooks.service import closures, endpoints
from chalicelib.webhooks.service.errors import ContentTooLarge, EventTypeUnknown
from tests.answers import made_up_bodies
from tests.receivers import Answer, Receiver, refusing_url
from tests.webhooks.world import MADE, Partner, drain, handle, message, requests_seen, sweep, until_due

pytestmark = pytest.mark.usefixtures("storage")


def test_receiver_gets_the_event_signed_with_the_endpoints_secret(partner: Partner, receiver: Receiver) -> None:
    endpoint = partner.endpoint(receiver.url)
    event_id = partner.emit()
    drain()
    [received] = receiver.requests
    assert Webhook(endpoint["secret"]).verify(received.body, received.headers) == MADE
    assert received.method == "POST"
    assert received.headers["webhook-id"] == event_id
    assert received.headers["content-type"] == "application/json"
    assert received.headers["user-agent"] == "Spacegarden-Webhooks/1"
    assert "x-api-key" not in received.headers


def test_configured_api_key_is_sent_as_it_is(partner: Partner, receiver: Receiver) -> None:
    partner.endpoint(receiver.url, api_key_header="Bearer  a=b; ÿ'\"")
    partner.emit()
    drain()
    assert receiver.requests[0].headers["x-api-key"] == "Bearer  a=b; ÿ'\""


def test_delivery_shows_its_attempt(partner: Partner) -> None:
    with Receiver(then=Answer(200, body=b"thank you")) as receiver:
        endpoint = partner.endpoint(receiver.url)
        event_id = partner.emit()
        drain()
    delivery = partner.delivery()
    [attempt] = delivery.pop("attempts")
    assert delivery.pop("id").startswith("dlv_")
    assert delivery.pop("request")["url"] == receiver.url
    assert delivery == {
        "endpoint_id": endpoint["id"],
        "event_id": event_id,
        "event_type": "customer.created",
        "test": False,
        "sequence": None,
        "status": "delivered",
        "next_attempt_at": None,
    }
    assert attempt.pop("at").endswith("Z")
    assert attempt.pop("latency_ms") >= 0
    assert attempt.pop("headers") == {"content-length": "9"}
    assert attempt == {
        "number": 1,
        "status": 200,
        "error": None,
        "detail": None,
        "head": "thank you",
        "instructions": [],
    }


def test_successful_delivery_costs_two_requests_and_two_that_a_batch_shares(
    partner: Partner, receiver: Receiver
) -> None:
    partner.endpoint(receiver.url)
    assert handle(*_waiting(partner, 1)) == []
    again = _waiting(partner, 1)
    with requests_seen() as seen:
        assert handle(*again) == []
    assert seen == ["UpdateItem", "GetItem", "UpdateItem", "UpdateItem"]
    assert len(receiver.requests) == 2


def test_successes_of_a_batch_to_one_endpoint_are_counted_in_one_request(partner: Partner, receiver: Receiver) -> None:
    partner.endpoint(receiver.url)
    assert handle(*_waiting(partner, 1)) == []
    waiting = _waiting(partner, 5)
    with requests_seen() as seen:
        assert handle(*waiting) == []
    assert sorted(seen) == ["GetItem"] * 5 + ["UpdateItem"] * (5 + 5 + 1)


def _waiting(partner: Partner, count: int) -> list[dict[str, Any]]:
    """New deliveries, as their worker is handed them."""
    for _ in range(count):
        partner.emit()
    return [message(partner.origin, each["id"]) for each in partner.deliveries("?status=scheduled")]


def test_recording_an_event_reads_the_endpoints_as_they_are(partner: Partner, receiver: Receiver) -> None:
    partner.endpoint(receiver.url)
    partner.emit()
    with requests_seen() as seen:
        partner.emit()
    assert seen == ["Query", "TransactWriteItems"]


def test_event_goes_to_each_endpoint_that_wants_its_type(partner: Partner) -> None:
    with Receiver() as everything, Receiver() as mints, Receiver() as interactions:
        partner.endpoint(everything.url)
        partner.endpoint(mints.url, event_types=["customer.created"])
        partner.endpoint(interactions.url, event_types=["customer.updated"])
        event_id = partner.emit()
        drain()
        assert [request.headers["webhook-id"] for request in everything.requests] == [event_id]
        assert [request.headers["webhook-id"] for request in mints.requests] == [event_id]
        assert interactions.requests == []


def test_every_attempt_has_the_same_id_and_the_same_bytes(partner: Partner) -> None:
    content = {"z": 1, "a": "é\u2028\U0001f331", "n": [1.50, None, -0.0], "nested": {"b": 2, "a": 1}}
    with Receiver(answers=[Answer(500), Answer(503)]) as receiver:
        partner.endpoint(receiver.url)
        partner.emit(content)
        drain()
        delivery_id = partner.delivery()["id"]
        with travelled(timedelta(seconds=7)) as further:
            handle(message(partner.origin, delivery_id))
            further(timedelta(minutes=7))
            handle(message(partner.origin, delivery_id))
        assert len(receiver.requests) == 3
    assert len({request.body for request in receiver.requests}) == 1
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1
    assert len({request.headers["webhook-timestamp"] for request in receiver.requests}) == 3
    assert json.loads(receiver.requests[0].body) == content
    delivery = partner.delivery()
    assert delivery["status"] == "delivered"
    assert [(attempt["number"], attempt["status"]) for attempt in delivery["attempts"]] == [
        (1, 500),
        (2, 503),
        (3, 204),
    ]


def test_long_content_arrives_whole(partner: Partner, receiver: Receiver) -> None:
    partner.endpoint(receiver.url)
    partner.emit({"text": "ü" * 150_000})
    drain()
    assert json.loads(receiver.requests[0].body) == {"text": "ü" * 150_000}
    assert partner.delivery()["status"] == "delivered"


def test_content_that_fits_no_row_is_refused(partner: Partner) -> None:
    with pytest.raises(ContentTooLarge):
        partner.emit({"text": "x" * 350_000})


def test_unknown_event_type_is_refused(partner: Partner) -> None:
    with pytest.raises(EventTypeUnknown):
        partner.emit(event_type="neverRegistered")


def test_event_with_an_id_of_the_callers_is_recorded_once(partner: Partner, receiver: Receiver) -> None:
    partner.endpoint(receiver.url)
    assert partner.emit(event_id="scan-17") == "scan-17"
    with pytest.raises(service.EventExists):
        partner.emit(event_id="scan-17")
    drain()
    assert [request.headers["webhook-id"] for request in receiver.requests] == ["scan-17"]


def test_event_that_was_not_committed_goes_nowhere(partner: Partner, receiver: Receiver) -> None:
    partner.endpoint(receiver.url)
    with made_up_bodies():
        service.emit(Transaction(), origin=partner.origin, event_type="customer.created", content=MADE)
    with travelled(timedelta(hours=1)):
        assert sweep() == 0
    drain()
    assert receiver.requests == []


def test_failed_attempt_is_shown_with_its_error_and_tried_again(partner: Partner) -> None:
    with refusing_url() as url:
        partner.endpoint(url)
        partner.emit()
        drain()
    delivery = partner.delivery()
    assert delivery["status"] == "scheduled"
    assert delivery["next_attempt_at"].endswith("Z")
    assert [(attempt["status"], attempt["error"]) for attempt in delivery["attempts"]] == [(None, "refused")]
    assert partner.deliveries()[0]["attempts"][0]["error"] == "refused"


def test_redirect_is_a_failure_and_is_not_followed(partner: Partner, receiver: Receiver) -> None:
    with Receiver(then=Answer(302, {"Location": receiver.url})) as redirecting:
        partner.endpoint(redirecting.url)
        partner.emit()
        drain()
    assert receiver.requests == []
    assert [(a["status"], a["error"]) for a in partner.delivery()["attempts"]] == [(302, "redirect")]


def test_gone_disables_the_endpoint_and_what_waits_for_it(partner: Partner) -> None:
    with Receiver(answers=[Answer(500), Answer(410)]) as receiver:
        endpoint = partner.endpoint(receiver.url)
        partner.emit()
        drain()
        partner.emit()
        drain()
        assert partner.get(f"/webhooks/endpoints/{endpoint['id']}")["state"] == "disabled"
        assert [d["status"] for d in partner.deliveries()] == ["disabled", "scheduled"]
        with travelled(timedelta(minutes=5)):
            sweep()
            drain()
        assert len(receiver.requests) == 2
    assert {d["status"] for d in partner.deliveries()} == {"disabled"}


def test_disabled_endpoints_events_are_recorded_as_disabled(partner: Partner, receiver: Receiver) -> None:
    partner.endpoint(receiver.url, enabled=False)
    partner.emit()
    drain()
    assert receiver.requests == []
    delivery = partner.delivery()
    assert (delivery["status"], delivery["next_attempt_at"]) == ("disabled", None)


def test_delivery_of_a_deleted_endpoint_ends_as_disabled(partner: Partner, receiver: Receiver) -> None:
    endpoint = partner.endpoint(receiver.url)
    partner.emit()
    assert partner.call("DELETE", f"/webhooks/endpoints/{endpoint['id']}").status == 200
    drain()
    assert receiver.requests == []
    assert partner.delivery()["status"] == "disabled"


def test_deletion_ends_what_waits_at_once_and_in_every_list(partner: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closures, "_PAGE", 4)
    monkeypatch.setattr(closures, "_MOST_PAGES", 2)
    with Receiver(then=Answer(500)) as receiver, Receiver(then=Answer(500)) as other:
        deleted, kept = partner.endpoint(receiver.url)["id"], partner.endpoint(other.url)["id"]
        partner.emit_many(9)
        drain()  # each has failed once, and waits; one more would open the breaker
        ids = {each["id"] for each in partner.deliveries(f"?endpoint={deleted}")}
        tried = partner.get(f"/webhooks/deliveries/{min(ids)}")["attempts"]
        partner.call("DELETE", f"/webhooks/endpoints/{deleted}")
        assert len(partner.deliveries(f"?endpoint={deleted}&status=disabled")) == 8  # a request ends two pages
        drain()
        assert {each["id"] for each in partner.deliveries(f"?endpoint={deleted}&status=disabled")} == ids
        assert {each["id"] for each in partner.deliveries("?status=disabled")} == ids
        assert {each["endpoint_id"] for each in partner.deliveries("?status=scheduled")} == {kept}
        shown = partner.get(f"/webhooks/deliveries/{min(ids)}")
        assert (shown["status"], shown["next_attempt_at"], shown["attempts"]) == ("disabled", None, tried)
        with travelled(timedelta(hours=3)):
            sweep()
            drain()
        assert len(receiver.requests) == 9


def test_the_end_of_a_rest_hook_ends_what_waits(partner: Partner) -> None:
    with Receiver(then=Answer(500)) as receiver:
        transaction = Transaction()
        row, _ = endpoints.add_hook(transaction, partner.origin, url=receiver.url, event_type="customer.created")
        transaction.commit()
        partner.emit()
        drain()
        assert partner.delivery()["status"] == "scheduled"
        endpoints.end_hook(row)
    assert partner.delivery()["status"] == "disabled"


def test_schedule_that_is_used_up_ends_as_exhausted(partner: Partner) -> None:
    with Receiver(then=Answer(500)) as receiver:
        partner.endpoint(receiver.url)
        partner.emit()
        drain()
        delivery_id = partner.delivery()["id"]
        with travelled(timedelta(0)) as further:
            for _ in range(9):
                further(until_due(partner.delivery()))
                handle(message(partner.origin, delivery_id))
            further(timedelta(days=30))
            handle(message(partner.origin, delivery_id))
            assert sweep() == 0
        assert len(receiver.requests) == 10
    delivery = partner.delivery()
    assert (delivery["status"], delivery["next_attempt_at"]) == ("exhausted", None)
    assert [attempt["number"] for attempt in delivery["attempts"]] == list(range(1, 11))


def test_hourly_schedule_tries_24_times(partner: Partner) -> None:
    with Receiver(then=Answer(500)) as receiver:
        partner.endpoint(receiver.url, schedule="hourly")
        partner.emit()
        drain()
        delivery_id = partner.delivery()["id"]
        with travelled(timedelta(0)) as further:
            for _ in range(26):
                further(timedelta(hours=1.3))
                handle(message(partner.origin, delivery_id))
        assert len(receiver.requests) == 24
    assert partner.delivery()["status"] == "exhausted"


def test_retry_after_puts_the_next_attempt_off(partner: Partner) -> None:
    with Receiver(then=Answer(429, {"Retry-After": "15"})) as receiver:
        partner.endpoint(receiver.url)
        partner.emit()
        drain()
        delivery_id = partner.delivery()["id"]
        with travelled(timedelta(seconds=13)) as further:
            handle(message(partner.origin, delivery_id))
            assert len(receiver.requests) == 1
            further(timedelta(seconds=3))
            handle(message(partner.origin, delivery_id))
            assert len(receiver.requests) == 2


@pytest.mark.parametrize("status", ["delivered", "exhausted"])
def test_replay_starts_the_schedule_again_under_the_same_id(partner: Partner, status: str) -> None:
    with Receiver(then=Answer(204 if status == "delivered" else 500)) as receiver:
        partner.endpoint(receiver.url)
        partner.emit()
        drain()
        delivery_id = partner.delivery()["id"]
        with travelled(timedelta(0)) as further:
            while partner.delivery()["status"] == "scheduled":
                further(until_due(partner.delivery()))
                handle(message(partner.origin, delivery_id))
            before = len(receiver.requests)
            assert partner.delivery()["status"] == status
            further(timedelta(minutes=2))  # ten failures in a row have opened the circuit breaker for one
            reply = partner.call("POST", f"/webhooks/deliveries/{delivery_id}/replay")
            assert (reply.status, reply.json["status"]) == (200, "scheduled")
            drain()
            assert len(receiver.requests) == before + 1
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1
    delivery = partner.delivery()
    assert delivery["status"] == ("delivered" if status == "delivered" else "scheduled")
    assert [attempt["number"] for attempt in delivery["attempts"]] == list(range(1, before + 2))


def test_replay_needs_an_enabled_endpoint(partner: Partner, receiver: Receiver) -> None:
    endpoint = partner.endpoint(receiver.url)
    partner.emit()
    drain()
    path = f"/webhooks/deliveries/{partner.delivery()['id']}/replay"
    partner.call("PATCH", f"/webhooks/endpoints/{endpoint['id']}", {"enabled": False})
    assert partner.call("POST", path).status == 400
    partner.call("DELETE", f"/webhooks/endpoints/{endpoint['id']}")
    assert partner.call("POST", path).status == 400
    assert partner.delivery()["status"] == "delivered"


def test_test_sends_a_marked_sample_to_the_one_endpoint(partner: Partner, receiver: Receiver) -> None:
    with Receiver() as other:
        partner.endpoint(other.url)
        endpoint = partner.endpoint(receiver.url, event_types=["customer.created"])
        path = f"/webhooks/endpoints/{endpoint['id']}/test"
        reply = partner.call("POST", path, {"event_type": "customer.updated"})
        assert (reply.status, reply.json["test"], reply.json["status"]) == (200, True, "scheduled")
        drain()
        assert other.requests == []
    sample = json.loads(receiver.requests[0].body)
    assert sample["test"] is True
    assert sample["type"] == "customer.updated"
    assert partner.get("/webhooks/events")["data"][0]["test"] is True
