"""Filters: which events an endpoint gets by what their bodies say."""

from typing import Any

import pytest

from chalicelib.webhooks.filters import passes
from tests.receivers import Receiver
from tests.webhooks.world import Partner, drain

BODY: dict[str, Any] = {
    "user": {"level": 3, "name": "Ada", "email": None},
    "vip": True,
    "tags": ["a", {"deep": 1.5}],
    "at": "2026-11-30T10:00:00Z",
}
HOOK = "https://hooks.example.com/in"


def _of(field: str, **tests: Any) -> list[list[dict[str, Any]]]:
    return [[{"field": field, **tests}]]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (_of("user.level", equals=3), True),
        (_of("user.level", equals=3.0), True),
        (_of("user.level", equals="3"), False),
        (_of("vip", equals=1), False),
        (_of("vip", equals=True), True),
        (_of("user.email", equals=None), True),
        (_of("user.phone", equals=None), False),
        (_of("user.name", **{"in": ["Bob", "Ada"]}), True),
        (_of("user.name", **{"in": ["Bob"]}), False),
        (_of("user.email", exists=True), True),
        (_of("user.phone", exists=True), False),
        (_of("user.phone", exists=False), True),
        (_of("user.name.first", exists=False), True),
        (_of("tags.0", equals="a"), True),
        (_of("tags.1.deep", gte=1.5), True),
        (_of("tags.2", exists=True), False),
        (_of("tags.x", exists=True), False),
        (_of("tags.\u0660", exists=True), False),
        (_of("user.level", gte=3), True),
        (_of("user.level", gte=4), False),
        (_of("user.level", lte=3), True),
        (_of("user.level", lte=2.5), False),
        (_of("user.level", gte="3"), False),
        (_of("vip", gte=0), False),
        (_of("at", gte="2026-11-30"), True),
        (_of("at", lte="2026-11-30"), False),
        (_of("user.name", prefix="Ad"), True),
        (_of("user.name", prefix="ad"), False),
        (_of("user.level", prefix="3"), False),
        ([], True),
        ([[{"field": "vip", "equals": False}, {"field": "user.level", "gte": 3}]], True),
        ([[{"field": "vip", "equals": True}], [{"field": "user.level", "gte": 4}]], False),
        ([[{"field": "vip", "equals": True}], [{"field": "user.level", "gte": 3}]], True),
    ],
)
def test_body_passes_where_of_each_group_one_condition_holds(condition: Any, holds: bool) -> None:
    assert passes(condition, BODY) is holds


@pytest.mark.parametrize(
    "wrong",
    [
        [{"field": "a", "equals": 1}],
        [[]],
        [[{"field": "a"}]],
        [[{"equals": 1}]],
        [[{"field": "", "equals": 1}]],
        *([[{"field": field, "equals": 1}]] for field in ("a..b", ".a", "a.", ".", "a..", "a.\n.")),
        [[{"field": "a", "equals": 1, "gte": 1}]],
        [[{"field": "a", "equals": {"b": 1}}]],
        [[{"field": "a", "equals": "x" * 257}]],
        [[{"field": "a", "gte": None}]],
        [[{"field": "a", "gte": True}]],
        [[{"field": "a", "exists": "yes"}]],
        [[{"field": "a", "in": []}]],
        [[{"field": "a", "in": None}]],
        [[{"field": "a", "matches": ".*"}]],
        [[{"field": "a", "equals": 1}]] * 21,
        [[{"field": "a", "equals": 1}] * 21],
        "a",
        None,
    ],
)
@pytest.mark.usefixtures("storage")
def test_wrong_filter_is_refused(partner: Partner, wrong: Any) -> None:
    reply = partner.call("POST", "/webhooks/endpoints", {"url": HOOK, "filter": wrong})
    assert reply.status == 400
    assert "filter" in reply.json["error"]["message"]


@pytest.mark.usefixtures("storage")
def test_event_that_is_filtered_out_has_no_delivery(partner: Partner, receiver: Receiver) -> None:
    groups = _of("user.level", gte=3)
    endpoint = partner.endpoint(receiver.url, filter=groups)
    everything = partner.endpoint(HOOK, enabled=False)["id"]
    assert endpoint["filter"] == groups
    for level in (2, 3, 4):
        partner.emit({"user": {"level": level}})
    drain()
    assert [delivery["endpoint_id"] for delivery in partner.deliveries()].count(everything) == 3
    assert len(receiver.requests) == len(partner.deliveries(f"?endpoint={endpoint['id']}")) == 2
    path = f"/webhooks/endpoints/{endpoint['id']}"
    assert partner.call("PATCH", path, {"filter": []}).json["filter"] == []
    partner.emit({"user": {"level": 1}})
    drain()
    assert len(receiver.requests) == 3


@pytest.mark.usefixtures("storage")
def test_filter_is_tried_on_recent_events_of_the_endpoints_types(partner: Partner) -> None:
    groups = _of("user.level", **{"in": [3, 4]})
    endpoint = partner.endpoint(HOOK, event_types=["customer.created"], filter=groups)["id"]
    events = [partner.emit({"user": {"level": level}}) for level in (2, 3, 4)]
    partner.emit({"user": {"level": 3}}, event_type="customer.updated")
    path = f"/webhooks/endpoints/{endpoint}/filter_test"
    tried = partner.call("POST", path).json
    assert (tried["count"], tried["passed"]) == (3, 2)
    assert [(each["id"], each["passes"]) for each in tried["events"]] == [
        (events[2], True),
        (events[1], True),
        (events[0], False),
    ]
    other = partner.call("POST", path, {"filter": _of("user.level", equals=2)}).json
    assert [each["passes"] for each in other["events"]] == [False, False, True]
    types = partner.call("POST", path, {"event_types": ["customer.updated"]}).json
    assert [(each["type"], each["passes"]) for each in types["events"]] == [("customer.updated", True)]
    assert partner.call("POST", path, {"filter": [[]]}).status == 400
    assert partner.call("POST", "/webhooks/endpoints/ep_00000000000000000000/filter_test").status == 404
    assert partner.get(f"/webhooks/endpoints/{endpoint}")["filter"] == groups


@pytest.mark.usefixtures("storage")
def test_filter_is_tried_on_samples_where_there_are_no_events_yet(partner: Partner) -> None:
    endpoint = partner.endpoint(HOOK, event_types=["customer.created"])["id"]
    path = f"/webhooks/endpoints/{endpoint}/filter_test"
    is_sample = _of("test", equals=True)
    assert partner.call("POST", path, {"filter": is_sample}).json["count"] == 0
    tried = partner.call("POST", path, {"filter": is_sample, "samples": True}).json
    assert tried == {
        "count": 1,
        "passed": 1,
        "events": [{"id": None, "type": "customer.created", "passes": True}],
    }
    others = {"filter": _of("test", equals=False), "samples": True, "event_types": []}
    every = partner.call("POST", path, others).json
    assert every["count"] > 1
    assert every["passed"] == 0
