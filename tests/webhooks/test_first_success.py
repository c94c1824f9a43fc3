"""A first attempt that succeeds stands in the delivery's row: one write, and nothing that is shown differs."""

import pytest

from chalicelib.webhooks.models.deliveries import AttemptRow
from chalicelib.webhooks.repository.deliveries import find_delivery
from tests.receivers import Answer, Receiver
from tests.webhooks.world import Partner, drain, handle, message, requests_seen

pytestmark = pytest.mark.usefixtures("storage")


def _rows(partner: Partner, delivery_id: str) -> list[AttemptRow]:
    row = find_delivery(partner.origin, delivery_id)
    assert row is not None
    return list(AttemptRow.query(row.pk, AttemptRow.sk.startswith("ATTEMPT")))


def test_first_success_is_one_write_and_is_shown_as_any_attempt(partner: Partner) -> None:
    with Receiver(then=Answer(200, body=b"thank you")) as receiver:
        partner.endpoint(receiver.url)
        partner.emit()
        partner.emit()
        one, other = [each["id"] for each in partner.deliveries()]
        handle(message(partner.origin, other))  # reads the endpoints once, for ten seconds
        with requests_seen() as seen:
            assert handle(message(partner.origin, one)) == []
    # The claim, the event that this message does not name, the outcome, the count of the batch.
    assert seen == ["UpdateItem", "GetItem", "UpdateItem", "UpdateItem"]
    assert _rows(partner, one) == []
    shown = partner.get(f"/webhooks/deliveries/{one}")
    assert [(each["number"], each["status"], each["head"]) for each in shown["attempts"]] == [(1, 200, "thank you")]
    row = find_delivery(partner.origin, one)
    assert row is not None
    assert [row.due_at, row.due_shard, row.status_key, row.group_status_key] == [None] * 4


def test_long_answer_has_a_row_of_its_own(partner: Partner) -> None:
    with Receiver(then=Answer(200, body=b"x" * 5000)) as receiver:
        partner.endpoint(receiver.url)
        partner.emit()
        drain()
    assert [attempt.head for attempt in _rows(partner, partner.delivery()["id"])] == ["x" * 5000]
    assert partner.delivery()["attempts"][0]["head"] == "x" * 5000


def test_first_success_gets_a_row_of_its_own_with_the_next_attempt(partner: Partner) -> None:
    with Receiver(answers=[Answer(200, body=b"one" * 80), Answer(500), Answer(200, body=b"two")]) as receiver:
        partner.endpoint(receiver.url, schedule="hourly")
        partner.emit()
        drain()
        delivery_id = partner.delivery()["id"]
        for _ in range(2):
            assert partner.call("POST", f"/webhooks/deliveries/{delivery_id}/replay").status == 200
            drain()
    shown = partner.delivery()["attempts"]
    assert [(each["number"], each["status"], each["head"]) for each in shown] == [
        (1, 200, "one" * 80),
        (2, 500, ""),
        (3, 200, "two"),
    ]
    assert [attempt.number for attempt in _rows(partner, delivery_id)] == [1, 2, 3]


def test_list_of_delivered_finds_them_among_all_others_page_by_page(partner: Partner) -> None:
    with Receiver(answers=[Answer(200 if number % 3 == 0 else 500) for number in range(9)]) as receiver:
        endpoint = partner.endpoint(receiver.url, schedule="hourly")["id"]
        partner.emit_many(9)
        for each in reversed(partner.deliveries("?limit=100")):
            handle(message(partner.origin, each["id"]))
    expected = [each["id"] for each in partner.deliveries("?limit=100") if each["status"] == "delivered"]
    assert len(expected) == 3
    for which in ("", f"&endpoint={endpoint}"):
        first = partner.get(f"/webhooks/deliveries?status=delivered&limit=2{which}")
        assert [each["id"] for each in first["data"]] == expected[:2]
        assert first["has_more"]
        rest = partner.get(f"/webhooks/deliveries?status=delivered&limit=2&starting_after={expected[1]}{which}")
        assert ([each["id"] for each in rest["data"]], rest["has_more"]) == (expected[2:], False)
        back = partner.get(f"/webhooks/deliveries?status=delivered&limit=1&ending_before={expected[2]}{which}")
        assert ([each["id"] for each in back["data"]], back["has_more"]) == (expected[1:2], True)
    assert len(partner.deliveries("?status=scheduled")) == 6
