"""What an attempt keeps of its answer, and what a delivery shows of its request: headers too, without secrets."""

import json
from typing import Any

import pytest

from chalicelib.core.pynamo import connection_of
from chalicelib.webhooks.domain import HEADER_CHARACTERS
from chalicelib.webhooks.models.deliveries import DeliveryRow, delivery_pk
from tests.budgets.metering import size_of
from tests.receivers import Answer, Receiver
from tests.webhooks.world import Partner, drain

pytestmark = pytest.mark.usefixtures("storage")

_TOLD = {"Content-Type": "text/plain", "Retry-After": "7", "X-Request-Id": "r-1"}
_KEPT = {"content-type": "text/plain", "retry-after": "7", "x-request-id": "r-1"}
_SECRET = {"Set-Cookie": "sid=1", "Authorization": "Bearer x", "X-Api-Key": "k", "X-Session": "s", "X-CSRF-Token": "t"}
_LONG = {f"X-{number}": "v" * 90 for number in range(20)}


def _delivered(partner: Partner, *answers: Answer, **endpoint: Any) -> str:
    """A delivery that was answered so; its id."""
    with Receiver(answers=list(answers)) as receiver:
        partner.endpoint(receiver.url, schedule="hourly", **endpoint)
        partner.emit()
        drain()
        delivery_id = str(partner.delivery()["id"])
        for _ in answers[1:]:
            assert partner.call("POST", f"/webhooks/deliveries/{delivery_id}/replay").status == 200
            drain()
    return delivery_id


def _stored(partner: Partner, delivery_id: str) -> list[dict[str, Any]]:
    """A delivery's rows as they are stored."""
    pk = delivery_pk(partner.origin, delivery_id)
    return list(connection_of(DeliveryRow).query(pk, consistent_read=True)["Items"])


@pytest.mark.parametrize("status", [200, 500])
def test_headers_of_an_answer_are_shown_but_for_what_may_be_a_secret(partner: Partner, status: int) -> None:
    delivery_id = _delivered(partner, Answer(status, {**_SECRET, **_TOLD}, b"said"))
    [attempt] = partner.get(f"/webhooks/deliveries/{delivery_id}")["attempts"]
    assert {name: value for name, value in attempt["headers"].items() if name != "content-length"} == _KEPT
    [listed] = partner.deliveries()
    assert [(each["headers"], each["head"]) for each in listed["attempts"]] == [({}, "said")]
    stored = json.dumps(_stored(partner, delivery_id))
    assert "Bearer x" not in stored
    assert "sid=1" not in stored


def test_what_there_is_no_room_for_is_left_out_and_telling_headers_come_first(partner: Partner) -> None:
    delivery_id = _delivered(partner, Answer(500, {**_LONG, **_TOLD}))
    headers = partner.get(f"/webhooks/deliveries/{delivery_id}")["attempts"][0]["headers"]
    assert (headers["content-type"], headers["retry-after"]) == ("text/plain", "7")
    assert HEADER_CHARACTERS - 100 < sum(map(len, [*headers, *headers.values()])) <= HEADER_CHARACTERS


def test_a_first_success_with_many_headers_stays_within_its_kilobyte(partner: Partner) -> None:
    delivery_id = _delivered(partner, Answer(200, {**_LONG, **_TOLD}, b"x" * 200))
    [row] = _stored(partner, delivery_id)
    assert row["sk"]["S"] == "DELIVERY"
    assert size_of(row) < 1024
    [attempt] = partner.get(f"/webhooks/deliveries/{delivery_id}")["attempts"]
    assert attempt["headers"]["content-type"] == "text/plain"


def test_a_first_success_keeps_its_headers_when_the_next_attempt_takes_its_place(partner: Partner) -> None:
    delivery_id = _delivered(partner, Answer(200, _TOLD, b"one"), Answer(500, {"X-Second": "2"}))
    first, second = partner.get(f"/webhooks/deliveries/{delivery_id}")["attempts"]
    assert (first["headers"]["x-request-id"], second["headers"]["x-second"]) == ("r-1", "2")
    row = DeliveryRow.get(delivery_pk(partner.origin, delivery_id), "DELIVERY")
    assert [each for each in row.recent_attempts if "headers" in each] == []


def test_how_an_exchange_failed_is_shown_with_its_detail(partner: Partner) -> None:
    delivery_id = _delivered(partner, Answer(302, {"Location": "https://example.com/"}))
    [attempt] = partner.get(f"/webhooks/deliveries/{delivery_id}")["attempts"]
    assert (attempt["error"], attempt["detail"]) == ("redirect", "redirects are not followed")
    assert partner.delivery()["attempts"][0]["detail"] == attempt["detail"]
    assert partner.deliveries()[0]["attempts"][0]["detail"] is None


def test_the_request_is_shown_without_its_secrets(partner: Partner) -> None:
    delivery_id = _delivered(partner, Answer(200), headers={"X-Tenant": "one"}, api_key_header="mine")
    shown = partner.get(f"/webhooks/deliveries/{delivery_id}")
    headers = shown["request"]["headers"]
    assert shown["request"]["url"].startswith("http://127.0.0.1:")
    assert (headers["webhook-id"], headers["content-type"]) == (shown["event_id"], "application/json")
    assert headers["webhook-timestamp"].isdecimal()
    assert "one" not in headers["x-tenant"]
    assert "mine" not in headers["x-api-key"]
    assert partner.deliveries()[0]["request"] is None
