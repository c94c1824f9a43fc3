"""What happens elsewhere while a worker waits for a receiver's answer."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core.clock import travelled
from chalicelib.webhooks.models.endpoints import EndpointRow
from chalicelib.webhooks.repository.endpoints import find_endpoint
from chalicelib.webhooks.service import closures
from tests.faults.wire import meanwhile
from tests.platform import start_platform
from tests.receivers import Answer, Behaviour, Receiver, Talk
from tests.webhooks.world import Partner, drain, handle, message, sweep, until_due

pytestmark = pytest.mark.usefixtures("storage")


def first_meanwhile(action: Callable[[], object], status: int) -> Behaviour:
    """Does something before the first request is answered with this status; later ones are answered with 204."""
    calls: list[Talk] = []

    def behave(talk: Talk) -> None:
        calls.append(talk)
        if len(calls) == 1:
            action()
            talk.send(Answer(status).to_bytes())
        else:
            talk.send(Answer().to_bytes())

    return behave


@pytest.mark.parametrize("status", [204, 500, 410])
def test_worker_whose_lease_ran_out_changes_nothing(partner: Partner, status: int) -> None:
    def another_worker_delivers() -> None:
        with travelled(timedelta(seconds=31)):
            handle(message(partner.origin, partner.deliveries()[0]["id"]))

    with Receiver(first_meanwhile(another_worker_delivers, status)) as receiver:
        partner.endpoint(receiver.url)
        partner.emit()
        drain()
        assert len(receiver.requests) == 2
    delivery = partner.delivery()
    assert delivery["status"] == "delivered"
    assert [attempt["status"] for attempt in delivery["attempts"]] == [204]


def test_nobody_sends_what_a_worker_is_sending(partner: Partner) -> None:
    def others_try() -> None:
        asked = message(partner.origin, partner.deliveries()[0]["id"])
        assert handle(asked, asked) == []
        with travelled(timedelta(seconds=29)):
            sweep()
            assert handle(asked) == []

    with Receiver(first_meanwhile(others_try, 204)) as receiver:
        partner.endpoint(receiver.url)
        partner.emit()
        drain()
        assert len(receiver.requests) == 1
    assert partner.delivery()["status"] == "delivered"


def test_replay_of_what_is_being_sent_is_left_to_the_sender(partner: Partner) -> None:
    def replay() -> None:
        path = f"/webhooks/deliveries/{partner.deliveries()[0]['id']}/replay"
        assert partner.call("POST", path).status == 200

    with Receiver(first_meanwhile(replay, 204)) as receiver:
        partner.endpoint(receiver.url)
        partner.emit()
        drain()
        assert len(receiver.requests) == 1
    assert partner.delivery()["status"] == "delivered"


def test_gone_counts_for_the_url_that_said_so(partner: Partner) -> None:
    def move() -> None:
        [endpoint] = partner.get("/webhooks/endpoints")["data"]
        partner.call("PATCH", f"/webhooks/endpoints/{endpoint['id']}", {"url": "https://example.com/new"})

    with Receiver(first_meanwhile(move, 410)) as receiver:
        partner.endpoint(receiver.url)
        partner.emit()
        drain()
    [endpoint] = partner.get("/webhooks/endpoints")["data"]
    assert (endpoint["url"], endpoint["enabled"]) == ("https://example.com/new", True)
    assert partner.delivery()["status"] == "scheduled"


@pytest.mark.parametrize(("status", "ends"), [(500, "disabled"), (204, "delivered")])
def test_what_is_being_sent_while_its_endpoint_is_deleted_ends_soon_after(
    partner: Partner, status: int, ends: str
) -> None:
    def delete() -> None:
        [endpoint] = partner.get("/webhooks/endpoints")["data"]
        assert partner.call("DELETE", f"/webhooks/endpoints/{endpoint['id']}").status == 200

    with Receiver(first_meanwhile(delete, status)) as receiver:
        partner.endpoint(receiver.url)
        partner.emit()
        drain()
        closures.work(partner.origin, partner.delivery()["endpoint_id"])
    delivery = partner.delivery()
    assert (delivery["status"], len(delivery["attempts"])) == (ends, 1)


def test_endpoint_deleted_meanwhile_takes_nothing_away_from_the_delivery(partner: Partner) -> None:
    def delete() -> None:
        [endpoint] = partner.get("/webhooks/endpoints")["data"]
        assert partner.call("DELETE", f"/webhooks/endpoints/{endpoint['id']}").status == 200

    with Receiver(first_meanwhile(delete, 410)) as receiver:
        partner.endpoint(receiver.url)
        partner.emit()
        drain()
        with travelled(timedelta(minutes=3)):
            sweep()
            drain()
        assert len(receiver.requests) == 1
    assert partner.get("/webhooks/endpoints")["data"] == []
    assert partner.delivery()["status"] == "disabled"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"url": "https://example.com/new"}, {"description": "d"}),
        ({"enabled": False}, {"rate_limit": 5}),
        ({"schedule": "hourly"}, {"api_key_header": "abc"}),
        ({"event_types": ["customer.created"]}, {"event_types": ["invoice.created"]}),
    ],
    ids=str,
)
def test_change_of_an_endpoint_answers_and_notes_what_another_changed_meanwhile(
    partner: Partner, first: dict[str, Any], second: dict[str, Any]
) -> None:
    endpoint = partner.endpoint("https://example.com/hook")["id"]
    path = f"/webhooks/endpoints/{endpoint}"
    with meanwhile(lambda: partner.call("PATCH", path, second)):
        answer = partner.call("PATCH", path, first)
    shown = partner.get(path)
    assert answer.json == shown
    assert {**shown, **second, **first} == shown
    entries = start_platform().admin("GET", f"/{partner.origin}/audit").json["data"]
    later, earlier = (entry for entry in entries if entry["action"] == "endpoint.update")
    assert earlier["after"] == later["before"]


def test_two_deletions_of_an_endpoint_are_one(partner: Partner) -> None:
    path = f"/webhooks/endpoints/{partner.endpoint('https://example.com/hook')['id']}"
    with meanwhile(lambda: partner.call("DELETE", path)):
        assert partner.call("DELETE", path).status == 404
    for _ in range(20):
        partner.endpoint("https://example.com/hook")


def test_rotation_keeps_a_header_that_was_changed_meanwhile_of_an_endpoint_from_before_sealing(
    partner: Partner, receiver: Receiver
) -> None:
    endpoint = partner.endpoint(receiver.url)["id"]
    row = find_endpoint(partner.origin, endpoint)
    assert row is not None
    row.update([EndpointRow.api_key_header.set("old")])
    path = f"/webhooks/endpoints/{endpoint}"
    with meanwhile(lambda: partner.call("PATCH", path, {"api_key_header": "new"})):
        assert partner.call("POST", f"{path}/rotate_secret").status == 200
    partner.emit()
    drain()
    assert receiver.requests[0].headers["x-api-key"] == "new"


def test_replay_of_what_is_given_up_meanwhile_begins_anew(partner: Partner) -> None:
    with Receiver(then=Answer(500)) as receiver, travelled(timedelta(0)) as further:
        partner.endpoint(receiver.url)
        partner.emit()
        delivery = partner.delivery()
        while len(receiver.requests) < 9:
            handle(message(partner.origin, delivery["id"]))
            further(until_due(partner.delivery()))
        with meanwhile(lambda: handle(message(partner.origin, delivery["id"]))):
            assert partner.call("POST", f"/webhooks/deliveries/{delivery['id']}/replay").status == 200
    assert len(receiver.requests) == 10
    assert partner.delivery()["status"] == "scheduled"
