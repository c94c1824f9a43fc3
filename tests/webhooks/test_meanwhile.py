"""What happens elsewhere while a worker waits for a receiver's answer."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.core.clock import travelled
from chalicelib.webhooks.service import closures
from tests.receivers import Answer, Behaviour, Receiver, Talk
from tests.webhooks.world import Partner, drain, handle, message, sweep

pytestmark = pytest.mark.usefixtures("storage")


def _first_meanwhile(action: Callable[[], object], status: int) -> Behaviour:
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

    with Receiver(_first_meanwhile(another_worker_delivers, status)) as receiver:
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

    with Receiver(_first_meanwhile(others_try, 204)) as receiver:
        partner.endpoint(receiver.url)
        partner.emit()
        drain()
        assert len(receiver.requests) == 1
    assert partner.delivery()["status"] == "delivered"


def test_replay_of_what_is_being_sent_is_left_to_the_sender(partner: Partner) -> None:
    def replay() -> None:
        path = f"/webhooks/deliveries/{partner.deliveries()[0]['id']}/replay"
        assert partner.call("POST", path).status == 200

    with Receiver(_first_meanwhile(replay, 204)) as receiver:
        partner.endpoint(receiver.url)
        partner.emit()
        drain()
        assert len(receiver.requests) == 1
    assert partner.delivery()["status"] == "delivered"


def test_gone_counts_for_the_url_that_said_so(partner: Partner) -> None:
    def move() -> None:
        [endpoint] = partner.get("/webhooks/endpoints")["data"]
        partner.call("PATCH", f"/webhooks/endpoints/{endpoint['id']}", {"url": "https://example.com/new"})

    with Receiver(_first_meanwhile(move, 410)) as receiver:
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

    with Receiver(_first_meanwhile(delete, status)) as receiver:
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

    with Receiver(_first_meanwhile(delete, 410)) as receiver:
        partner.endpoint(receiver.url)
        partner.emit()
        drain()
        with travelled(timedelta(minutes=3)):
            sweep()
            drain()
        assert len(receiver.requests) == 1
    assert partner.get("/webhooks/endpoints")["data"] == []
    assert partner.delivery()["status"] == "disabled"
