"""Lists: the envelope, filters, walking both ways, and what a page costs."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from chalicelib.core.clock import now, travelled
from tests.receivers import Answer, Receiver
from tests.times import NO_TIMES
from tests.webhooks.world import Partner, drain, requests_seen

pytestmark = pytest.mark.usefixtures("storage")

HOOK = "https://hooks.example.com/in"


def _ids(reply: Any) -> list[str]:
    return [item["id"] for item in reply["data"]]


def test_envelope_is_that_of_spaces(partner: Partner) -> None:
    for _ in range(3):
        partner.endpoint(HOOK)
    reply = partner.get("/webhooks/endpoints?limit=2")
    assert {name: value for name, value in reply.items() if name != "data"} == {
        "object": "list",
        "count": 2,
        "has_more": True,
        "url": "/webhooks/endpoints",
    }


def _five_of(partner: Partner, path: str) -> list[str]:
    made = []
    with travelled(timedelta(0)) as further:
        for _ in range(5):
            further(timedelta(seconds=1))
            made.append(partner.endpoint(HOOK)["id"] if path.endswith("endpoints") else partner.emit())
    if path.endswith("deliveries"):
        made = _ids(partner.get(path))[::-1]
    return made[::-1]


@pytest.mark.parametrize("path", ["/webhooks/endpoints", "/webhooks/events", "/webhooks/deliveries"])
def test_list_is_newest_first_and_can_be_walked_both_ways(partner: Partner, path: str) -> None:
    if not path.endswith("endpoints"):
        partner.endpoint(HOOK)
    newest_first = _five_of(partner, path)
    first = partner.get(f"{path}?limit=2")
    second = partner.get(f"{path}?limit=2&starting_after={_ids(first)[-1]}")
    third = partner.get(f"{path}?limit=2&starting_after={_ids(second)[-1]}")
    assert [_ids(page) for page in (first, second, third)] == [
        newest_first[:2],
        newest_first[2:4],
        newest_first[4:],
    ]
    assert [page["has_more"] for page in (first, second, third)] == [True, True, False]
    back = partner.get(f"{path}?limit=2&starting_before={newest_first[4]}")
    assert (_ids(back), back["has_more"]) == (newest_first[2:4], True)
    rest = partner.get(f"{path}?limit=2&ending_before={newest_first[2]}")
    assert (_ids(rest), rest["has_more"]) == (newest_first[:2], False)
    assert _ids(partner.get(f"{path}?limit=100")) == newest_first


@pytest.mark.parametrize("path", ["/webhooks/endpoints", "/webhooks/events", "/webhooks/deliveries"])
@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=x",
        "limit=1&limit=2",
        "starting_after=nonsense",
        "starting_before=nonsense",
        "starting_after=",
        "since=yesterday",
        "since=99999999999999",
        *(f"since={quote(text)}" for text in NO_TIMES.values()),
    ],
)
def test_wrong_query_is_refused(partner: Partner, path: str, query: str) -> None:
    assert partner.call("GET", f"{path}?{query}").status == 400


def test_walking_both_ways_at_once_is_refused(partner: Partner) -> None:
    endpoint = partner.endpoint(HOOK)["id"]
    query = f"starting_after={endpoint}&starting_before={endpoint}"
    assert partner.call("GET", f"/webhooks/endpoints?{query}").status == 400


@pytest.mark.parametrize(
    "address",
    [
        "deliveries?status=lost",
        "deliveries?status=",
        "deliveries?endpoint=",
        "deliveries?endpoint=" + "e" * 3000,
        "events?type=",
        "events?type=" + "t" * 3000,
    ],
)
def test_filter_that_nothing_can_match_is_refused(partner: Partner, address: str) -> None:
    assert partner.call("GET", f"/webhooks/{address}").status == 400


@pytest.mark.parametrize("path", ["/webhooks/endpoints", "/webhooks/events", "/webhooks/deliveries"])
def test_since_leaves_out_what_is_older(partner: Partner, path: str) -> None:
    start = now().replace(microsecond=0)
    with travelled(timedelta(days=-2)):
        partner.endpoint(HOOK)
        partner.emit()
    if path.endswith("endpoints"):
        partner.endpoint(HOOK)
    partner.emit()
    assert len(partner.get(path)["data"]) == 2
    for since in (start.strftime("%Y-%m-%dT%H:%M:%SZ"), str(int(start.timestamp()))):
        assert len(partner.get(f"{path}?since={since}")["data"]) == 1
    assert len(partner.get(f"{path}?since=0001-01-01T00:00:00")["data"]) == 2
    assert partner.get(f"{path}?since=9999-12-31T23:59:59")["data"] == []
    newest = partner.get(path)["data"][0]["id"]
    later = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert partner.get(f"{path}?since={later}&starting_after={newest}")["data"] == []


def test_events_can_be_listed_by_type(partner: Partner) -> None:
    mint = partner.emit()
    partner.emit({"success": False}, event_type="customer.updated")
    assert _ids(partner.get("/webhooks/events?type=customer.created")) == [mint]
    assert _ids(partner.get("/webhooks/events?type=nothing")) == []


def test_event_shows_what_receivers_get(partner: Partner) -> None:
    event_id = partner.emit({"success": True, "z": 1, "a": 2})
    event = partner.get(f"/webhooks/events/{event_id}")
    assert isinstance(event.pop("created"), int)
    assert event == {
        "id": event_id,
        "type": "customer.created",
        "test": False,
        "content": {"success": True, "z": 1, "a": 2},
    }
    assert list(event["content"]) == ["success", "z", "a"]
    assert partner.get("/webhooks/events")["data"][0]["content"] == event["content"]


def test_deliveries_can_be_listed_by_endpoint_and_status(partner: Partner) -> None:
    with Receiver() as good, Receiver(then=Answer(500)) as bad:
        one, other = partner.endpoint(good.url)["id"], partner.endpoint(bad.url)["id"]
        partner.endpoint(HOOK, enabled=False)
        partner.emit()
        partner.emit()
        drain()
    assert len(partner.deliveries()) == 6
    for endpoint, status in ((one, "delivered"), (other, "scheduled")):
        assert {d["endpoint_id"] for d in partner.deliveries(f"?status={status}")} == {endpoint}
        assert {d["status"] for d in partner.deliveries(f"?endpoint={endpoint}")} == {status}
        assert len(partner.deliveries(f"?endpoint={endpoint}&status={status}")) == 2
    assert partner.deliveries(f"?endpoint={one}&status=scheduled") == []
    assert len(partner.deliveries("?status=disabled")) == 2
    assert partner.deliveries("?status=exhausted") == []


def test_page_costs_two_requests_and_two_more_where_lists_are_merged(partner: Partner, receiver: Receiver) -> None:
    endpoint = partner.endpoint(receiver.url)["id"]
    for _ in range(4):
        partner.emit()
    drain()
    event = partner.get("/webhooks/events")["data"][1]["id"]
    delivery = partner.deliveries()[1]["id"]
    for path, most in [
        ("/webhooks/endpoints", 1),
        ("/webhooks/events", 1),
        (f"/webhooks/events?type=customer.created&limit=1&starting_after={event}", 2),
        ("/webhooks/deliveries?limit=100", 4),
        (f"/webhooks/deliveries?endpoint={endpoint}&limit=100", 2),
        (f"/webhooks/deliveries?status=delivered&limit=2&starting_after={delivery}", 4),
        (f"/webhooks/deliveries/{delivery}", 2),  # its endpoint too, whose headers the request had
    ]:
        with requests_seen() as seen:
            partner.get(path)
        assert len(seen) == most, (path, seen)
