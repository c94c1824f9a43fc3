"""What a recovery begins anew can be bounded and chosen, and is counted first."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core.clock import now, travelled
from chalicelib.webhooks.models.deliveries import MissedRow, missed_pk
from tests.receivers import Receiver
from tests.webhooks.world import Partner, drain

pytestmark = pytest.mark.usefixtures("storage")


def _recover(partner: Partner, endpoint: str, **fields: Any) -> Any:
    reply = partner.call("POST", f"/webhooks/endpoints/{endpoint}/recover", {"since": 0, **fields})
    assert reply.status == 200, reply
    return reply.json["count"]


def _missed(partner: Partner, url: str) -> tuple[str, list[str], list[str]]:
    """An endpoint that missed three events of one type and three of another, an hour apart; and their times."""
    endpoint = partner.endpoint(url, enabled=False)["id"]
    events, times = [], []
    with travelled(timedelta(hours=-6)) as further:
        for number in range(6):
            times.append(now().isoformat())
            further(timedelta(seconds=1))
            events.append(partner.emit(event_type="customer.updated" if number % 2 else "customer.created"))
            further(timedelta(hours=1))
    return endpoint, events, times


def _enable(partner: Partner, endpoint: str) -> None:
    assert partner.call("PATCH", f"/webhooks/endpoints/{endpoint}", {"enabled": True}).status == 200


def _without_notes(partner: Partner, endpoint: str) -> None:
    """As rows were before they told the status and the type."""
    for row in MissedRow.query(missed_pk(partner.origin, endpoint)):
        row.update(actions=[MissedRow.status.remove(), MissedRow.event_type.remove()])


@pytest.mark.parametrize("from_before", [False, True])
def test_only_what_is_meant_is_counted_and_begins_anew(partner: Partner, receiver: Receiver, from_before: bool) -> None:
    endpoint, events, times = _missed(partner, receiver.url)
    if from_before:
        _without_notes(partner, endpoint)
    span = {"since": times[1], "until": times[5]}
    assert _recover(partner, endpoint, dry_run=True) == 6
    assert _recover(partner, endpoint, **span, dry_run=True) == 4
    assert _recover(partner, endpoint, statuses=["exhausted"], dry_run=True) == 0
    assert _recover(partner, endpoint, event_types=["customer.created"], dry_run=True) == 3
    chosen: dict[str, Any] = {**span, "statuses": ["disabled"], "event_types": ["customer.updated"]}
    assert _recover(partner, endpoint, **chosen, dry_run=True) == 2
    assert [each["status"] for each in partner.deliveries()] == ["disabled"] * 6
    _enable(partner, endpoint)
    drain()
    assert receiver.requests == []
    assert _recover(partner, endpoint, **chosen) == 2
    drain()
    assert {request.headers["webhook-id"] for request in receiver.requests} == {events[1], events[3]}
    assert _recover(partner, endpoint, **chosen, dry_run=True) == 0
    assert _recover(partner, endpoint, dry_run=True) == 4


@pytest.mark.parametrize(
    "wrong",
    [
        {"until": "tomorrow"},
        {"until": True},
        {"statuses": ["delivered"]},
        {"statuses": "disabled"},
        {"event_types": [""]},
        {"event_types": None},
        {"dry_run": "yes"},
        {"limit": 5},
    ],
)
def test_wrong_bounds_are_refused(partner: Partner, receiver: Receiver, wrong: dict[str, Any]) -> None:
    endpoint = partner.endpoint(receiver.url)["id"]
    reply = partner.call("POST", f"/webhooks/endpoints/{endpoint}/recover", {"since": 0, **wrong})
    assert reply.status == 400
    assert next(iter(wrong)) in reply.json["error"]["message"]


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_span_that_ends_before_it_begins_is_refused(partner: Partner, receiver: Receiver, dry_run: bool) -> None:
    endpoint, _, times = _missed(partner, receiver.url)
    _enable(partner, endpoint)
    span = {"since": times[3], "until": times[1], "dry_run": dry_run}
    reply = partner.call("POST", f"/webhooks/endpoints/{endpoint}/recover", span)
    assert reply.status == 400
    assert reply.json["error"]["message"] == "until: must not be before since"
    assert _recover(partner, endpoint, since=times[3], until=times[3]) == 0
