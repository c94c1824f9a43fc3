"""What an endpoint with an order missed begins anew in that order, many deliveries at once."""

from collections.abc import Sequence
from typing import Any

import pytest

from chalicelib.webhooks.models.lines import PlaceRow
from chalicelib.webhooks.service import ordering
from tests.budgets.metering import metered
from tests.faults.recovery import lose_messages
from tests.faults.wire import meanwhile
from tests.receivers import Received, Receiver
from tests.webhooks.test_crashes import heal, killed_at_each_step
from tests.webhooks.world import Partner, drain, handle, record

pytestmark = pytest.mark.usefixtures("storage")


def _missed(partner: Partner, url: str, *subjects: str) -> tuple[str, list[str]]:
    """An endpoint, enabled again, that missed an event about each of these customers, in this order; the events."""
    endpoint = str(partner.endpoint(url, ordering="per_subject", enabled=False)["id"])
    events = [_emit(partner, subject) for subject in subjects]
    assert partner.call("PATCH", f"/webhooks/endpoints/{endpoint}", {"enabled": True}).status == 200
    return endpoint, events


def _emit(partner: Partner, subject: str) -> str:
    content = {"data": {"object": {"object": "customer", "id": subject}}}
    return partner.emit(content, event_type="customer.updated")


def _asked_to_recover(partner: Partner, endpoint: str, *, count: int) -> dict[str, Any]:
    """The message that asks for the first page."""
    lose_messages()
    assert partner.call("POST", f"/webhooks/endpoints/{endpoint}/recover", {"since": 0}).json == {"count": count}
    [body] = lose_messages()
    return record(body)


def _sent(requests: Sequence[Received], events: Sequence[str]) -> list[str]:
    """Those of the events that were sent, in that order."""
    return [each.headers["webhook-id"] for each in requests if each.headers["webhook-id"] in events]


def _places(partner: Partner) -> int:
    return sum(1 for row in PlaceRow.scan(PlaceRow.sk.startswith("PLACE")) if row.pk.startswith(f"{partner.origin}#"))


@pytest.mark.usefixtures("one_shard")
def test_order_is_kept_though_the_worker_dies_at_any_step(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordering, "_AT_ONCE", 2)

    def prepare() -> tuple[Partner, list[str], dict[str, Any]]:
        partner = Partner()
        endpoint, events = _missed(partner, receiver.url, "ada", "bob", "ada", "ada")
        return partner, events, _asked_to_recover(partner, endpoint, count=4)

    for partner, events, page in killed_at_each_step(prepare, lambda made: handle(made[2])):
        drain()
        assert handle(page) == []  # which SQS hands out again
        heal()
        assert [each["status"] for each in partner.deliveries()] == ["delivered"] * 4
        of_ada = [events[0], *events[2:]]
        assert _sent(receiver.requests, of_ada) == of_ada
        assert _places(partner) == 0


def test_the_first_of_each_subject_is_asked_for_and_asks_for_the_next(partner: Partner, receiver: Receiver) -> None:
    endpoint, events = _missed(partner, receiver.url, "ada", "bob", "ada", "bob", "bob")
    assert handle(_asked_to_recover(partner, endpoint, count=5)) == []
    asked = lose_messages()
    assert len(asked) == 2
    assert handle(*map(record, asked)) == []
    assert set(_sent(receiver.requests, events)) == set(events[:2])
    drain()
    assert [each["status"] for each in partner.deliveries()] == ["delivered"] * 5


def test_order_is_kept_though_one_is_replayed_meanwhile(partner: Partner, receiver: Receiver) -> None:
    endpoint, events = _missed(partner, receiver.url, "ada", "ada", "ada")
    page = _asked_to_recover(partner, endpoint, count=3)
    replayed = partner.deliveries()[1]["id"]

    def replay() -> None:
        assert partner.call("POST", f"/webhooks/deliveries/{replayed}/replay").status == 200

    with meanwhile(replay) as made:
        assert handle(page) == []
    assert made
    drain()
    assert _sent(receiver.requests, events) == events


def test_a_live_one_waits_behind_what_is_recovered(partner: Partner, receiver: Receiver) -> None:
    endpoint, events = _missed(partner, receiver.url, "ada", "ada")
    page = _asked_to_recover(partner, endpoint, count=2)
    assert handle(page) == []
    events.append(_emit(partner, "ada"))
    drain()
    assert _sent(receiver.requests, events) == events


def test_many_are_written_at_once_at_the_price_of_each_alone(partner: Partner, receiver: Receiver) -> None:
    endpoint, _ = _missed(partner, receiver.url, *(f"customer {number % 10}" for number in range(60)))
    page = _asked_to_recover(partner, endpoint, count=60)
    with metered() as seen:
        assert handle(page) == []
    writes = [each for each in seen.of("dynamodb") if each.operation == "TransactWriteItems"]
    assert len(writes) == 5
    assert sum(len(each.writes) for each in writes) == 180
