"""Endpoints through the API: their life, their secrets, who may touch them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from chalicelib.core.clock import travelled
from chalicelib.partners import service as partners
from tests.receivers import Receiver
from tests.webhooks.world import Partner, drain

pytestmark = pytest.mark.usefixtures("storage")

HOOK = "https://hooks.example.com/in"


def test_created_endpoint_shows_its_secret_once(partner: Partner) -> None:
    endpoint = partner.endpoint(HOOK)
    assert endpoint.pop("secret").startswith("whsec_")
    assert endpoint.pop("id").startswith("ep_")
    assert isinstance(endpoint.pop("created"), int)
    assert endpoint == {
        "url": HOOK,
        "event_types": [],
        "api_key_header": None,
        "headers": [],
        "filter": [],
        "schedule": "standard",
        "ordering": "none",
        "rate_limit": None,
        "description": None,
        "enabled": True,
        "state": "healthy",
    }
    [listed] = partner.get("/webhooks/endpoints")["data"]
    assert "secret" not in listed
    assert "secrets" not in listed
    assert partner.get(f"/webhooks/endpoints/{listed['id']}") == listed


def test_every_field_is_kept(partner: Partner) -> None:
    fields: dict[str, Any] = {
        "event_types": ["customer.created", "customer.updated"],
        "api_key_header": "k-1",
        "filter": [[{"field": "user.level", "gte": 3}, {"field": "vip", "equals": True}]],
        "schedule": "hourly",
        "rate_limit": 5,
        "description": "Our shop",
        "enabled": False,
    }
    endpoint = partner.endpoint(HOOK, **fields)
    shown = partner.get(f"/webhooks/endpoints/{endpoint['id']}")
    assert {name: shown[name] for name in fields} == fields
    assert shown["state"] == "disabled"


def test_every_wrong_field_is_named_at_once(partner: Partner) -> None:
    body = {"url": "ftp://10.0.0.1", "headers": {"Host": "x"}, "api_key_header": "a\nb", "rate_limit": 0}
    refused = partner.call("POST", "/webhooks/endpoints", body)
    assert refused.status == 400
    message = refused.json["error"]["message"]
    assert all(f"{name}: " in message for name in body), message


def test_patch_changes_the_given_fields_alone_and_null_removes(partner: Partner) -> None:
    endpoint = partner.endpoint(HOOK, api_key_header="k", rate_limit=5, description="x", schedule="hourly")
    path = f"/webhooks/endpoints/{endpoint['id']}"
    reply = partner.call("PATCH", path, {"api_key_header": None, "rate_limit": None, "enabled": False})
    expected = {**endpoint, "api_key_header": None, "rate_limit": None, "enabled": False, "state": "disabled"}
    del expected["secret"]
    assert reply.json == expected
    assert partner.get(path) == expected
    assert partner.call("PATCH", path, {}).json == expected


def test_deleted_endpoint_is_answered_and_gone(partner: Partner) -> None:
    endpoint = partner.endpoint(HOOK)
    path = f"/webhooks/endpoints/{endpoint['id']}"
    assert partner.call("DELETE", path).json["id"] == endpoint["id"]
    assert [partner.call(method, path).status for method in ("GET", "DELETE")] == [404, 404]
    assert partner.call("PATCH", path, {"enabled": True}).status == 404
    assert partner.get("/webhooks/endpoints")["data"] == []


def test_change_counts_at_once(partner: Partner) -> None:
    with Receiver() as first, Receiver() as second:
        partner.emit()
        endpoint = partner.endpoint(first.url)
        partner.emit()
        drain()
        partner.call("PATCH", f"/webhooks/endpoints/{endpoint['id']}", {"url": second.url})
        partner.emit()
        drain()
        assert (len(first.requests), len(second.requests)) == (1, 1)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "url"),
        ({"url": 5}, "url"),
        ({"url": ""}, "url"),
        ({"url": None}, "url"),
        ({"url": "http://example.com/"}, "https://"),
        ({"url": "https://10.0.0.1/"}, "IP address"),
        ({"url": "https://user:word@example.com/"}, "user name"),
        ({"url": "https://example.com:22/"}, "Port 22"),
        ({"url": "http://0.0.0.0:8000/"}, "url"),
        ({"url": HOOK, "event_types": ["customer.created", "nonsense"]}, "'nonsense'; there are action.applied"),
        ({"url": HOOK, "event_types": "customer.created"}, "event_types"),
        ({"url": HOOK, "api_key_header": "a\r\nHost: evil"}, "api_key_header"),
        ({"url": HOOK, "api_key_header": "Ω"}, "api_key_header"),
        ({"url": HOOK, "headers": {"Host": "evil"}}, "Host"),
        ({"url": HOOK, "headers": {"Webhook-Id": "mine"}}, "Webhook-Id"),
        ({"url": HOOK, "headers": {"content-type": "text/plain"}}, "content-type"),
        ({"url": HOOK, "headers": {"X-API-Key": "mine"}}, "X-API-Key"),
        ({"url": HOOK, "headers": {"X A": "b"}}, "headers"),
        ({"url": HOOK, "headers": {"X-A": "a\r\nHost: evil"}}, "headers"),
        ({"url": HOOK, "headers": {"X-A": "1", "x-a": "2"}}, "headers"),
        ({"url": HOOK, "headers": {f"X-{number}": "1" for number in range(11)}}, "headers"),
        ({"url": HOOK, "headers": {f"X-{number}": "v" * 1000 for number in range(5)}}, "headers"),
        ({"url": HOOK, "headers": ["X-A"]}, "headers"),
        ({"url": HOOK, "schedule": "daily"}, "schedule"),
        ({"url": HOOK, "rate_limit": 0}, "rate_limit"),
        ({"url": HOOK, "rate_limit": True}, "rate_limit"),
        ({"url": HOOK, "rate_limit": 1.5}, "rate_limit"),
        ({"url": HOOK, "enabled": "yes"}, "enabled"),
        ({"url": HOOK, "secret": "whsec_mine"}, "secret"),
        ([], ""),
    ],
)
def test_wrong_endpoint_is_refused_with_a_sentence(partner: Partner, body: Any, says: str) -> None:
    reply = partner.call("POST", "/webhooks/endpoints", body)
    assert reply.status == 400
    message = reply.json["error"]["message"]
    assert says in message
    first, _, rest = message.partition(": ")
    assert not rest.startswith(f"{first}: "), "the field is named once"
    assert set(reply.json["error"]) == {"status", "code", "message"}
    assert partner.get("/webhooks/endpoints")["data"] == []


def test_wrong_change_is_refused(partner: Partner) -> None:
    endpoint = partner.endpoint(HOOK)
    path = f"/webhooks/endpoints/{endpoint['id']}"
    for change in [{"url": None}, {"url": "http://example.com"}, {"event_types": ["nonsense"]}, {"id": "x"}]:
        assert partner.call("PATCH", path, change).status == 400
    assert partner.get(path)["url"] == HOOK


def test_unknown_event_types_are_told_with_the_other_wrong_fields(partner: Partner) -> None:
    body = {"url": HOOK, "event_types": ["nonsense", "customer.created", "rubbish"], "schedule": "daily"}
    path = f"/webhooks/endpoints/{partner.endpoint(HOOK)['id']}"
    for reply in (partner.call("POST", "/webhooks/endpoints", body), partner.call("PATCH", path, body)):
        assert reply.status == 400
        message = reply.json["error"]["message"]
        assert "event_types: there is no 'nonsense' or 'rubbish'; there are " in message
        assert "schedule: must be" in message


def test_partner_has_at_most_20_endpoints_however_they_come(partner: Partner) -> None:
    with ThreadPoolExecutor(6) as threads:
        replies = list(threads.map(lambda _: partner.call("POST", "/webhooks/endpoints", {"url": HOOK}), range(24)))
    assert sorted(reply.status for reply in replies) == [200] * 20 + [400] * 4
    listed = partner.get("/webhooks/endpoints?limit=100")["data"]
    assert len(listed) == 20
    partner.call("DELETE", f"/webhooks/endpoints/{listed[0]['id']}")
    assert partner.call("POST", "/webhooks/endpoints", {"url": HOOK}).status == 200
    assert partner.call("POST", "/webhooks/endpoints", {"url": HOOK}).status == 400


def test_rotated_secrets_both_sign_until_the_old_one_ends(partner: Partner, receiver: Receiver) -> None:
    endpoint = partner.endpoint(receiver.url)
    old, path = endpoint["secret"], f"/webhooks/endpoints/{endpoint['id']}/rotate_secret"
    new = partner.call("POST", path).json["secret"]
    partner.emit()
    drain()
    for secret in (old, new):
        Webhook(secret).verify(receiver.requests[0].body, receiver.requests[0].headers)
    with travelled(timedelta(hours=24)):
        partner.emit()
        drain()
    assert receiver.requests[0].headers["webhook-signature"].count("v1,") == 2
    assert receiver.requests[1].headers["webhook-signature"].count("v1,") == 1


def test_rotation_without_keeping_ends_the_old_secret(partner: Partner, receiver: Receiver) -> None:
    endpoint = partner.endpoint(receiver.url)
    path = f"/webhooks/endpoints/{endpoint['id']}/rotate_secret"
    new = partner.call("POST", path, {"keep_seconds": 0}).json["secret"]
    partner.emit()
    drain()
    [received] = receiver.requests
    Webhook(new).verify(received.body, received.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint["secret"]).verify(received.body, received.headers)


def test_concurrent_rotations_lose_no_secret(partner: Partner, receiver: Receiver) -> None:
    endpoint = partner.endpoint(receiver.url)
    path = f"/webhooks/endpoints/{endpoint['id']}/rotate_secret"
    with ThreadPoolExecutor(2) as threads:
        rotated = [reply.json["secret"] for reply in threads.map(lambda _: partner.call("POST", path), range(2))]
    partner.emit()
    drain()
    [received] = receiver.requests
    for secret in [endpoint["secret"], *rotated]:
        Webhook(secret).verify(received.body, received.headers)


@pytest.mark.parametrize("seconds", [-1, 7 * 24 * 3600 + 1, 1.5, "60", None])
def test_rotation_keeps_for_0_to_7_days(partner: Partner, seconds: Any) -> None:
    path = f"/webhooks/endpoints/{partner.endpoint(HOOK)['id']}/rotate_secret"
    assert partner.call("POST", path, {"keep_seconds": seconds}).status == 400
    assert partner.call("POST", path, {"keep_seconds": 7 * 24 * 3600}).status == 200


def _every_route(ids: dict[str, str]) -> list[tuple[str, str, Any]]:
    endpoint, event, delivery = ids["endpoint"], ids["event"], ids["delivery"]
    return [
        ("GET", f"/webhooks/endpoints/{endpoint}", None),
        ("PATCH", f"/webhooks/endpoints/{endpoint}", {"enabled": False}),
        ("DELETE", f"/webhooks/endpoints/{endpoint}", None),
        ("POST", f"/webhooks/endpoints/{endpoint}/rotate_secret", {}),
        ("POST", f"/webhooks/endpoints/{endpoint}/test", {"event_type": "customer.created"}),
        ("POST", f"/webhooks/endpoints/{endpoint}/recover", {"since": 0}),
        ("POST", f"/webhooks/endpoints/{endpoint}/replay_missing", {"since": 0}),
        ("GET", f"/webhooks/events/{event}", None),
        ("GET", f"/webhooks/deliveries/{delivery}", None),
        ("POST", f"/webhooks/deliveries/{delivery}/replay", None),
    ]


def _lists() -> list[str]:
    return ["/webhooks/endpoints", "/webhooks/events", "/webhooks/deliveries"]


def test_another_partners_things_are_answered_as_unknown_ones(partner: Partner, receiver: Receiver) -> None:
    endpoint = partner.endpoint(receiver.url)
    event = partner.emit()
    drain()
    ids = {"endpoint": endpoint["id"], "event": event, "delivery": partner.delivery()["id"]}
    absent = {"endpoint": "ep_" + "0" * 20, "event": "evt_" + "0" * 20, "delivery": "dlv_" + "0" * 20}
    stranger = Partner()
    for (method, path, body), (_, unknown, _) in zip(_every_route(ids), _every_route(absent), strict=True):
        reply = stranger.call(method, path, body)
        assert reply.status == 404, path
        assert reply.json == stranger.call(method, unknown, body).json
    for query in (f"?endpoint={ids['endpoint']}", f"?endpoint={ids['endpoint']}&status=delivered"):
        assert stranger.deliveries(query) == []
    assert [stranger.get(path)["data"] for path in _lists()] == [[], [], []]
    assert partner.get(f"/webhooks/endpoints/{endpoint['id']}")["enabled"] is True
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("strange", ["%23", "COUNT", "%2e%2e", "ep_%00", "%ff", "a" * 3000, "ep_'\""])
def test_strange_ids_are_refused_or_unknown(partner: Partner, strange: str) -> None:
    for method, path, body in _every_route({"endpoint": strange, "event": strange, "delivery": strange}):
        assert partner.call(method, path, body).status in (400, 404), path


def test_no_route_answers_without_a_key_that_has_the_scope(partner: Partner, receiver: Receiver) -> None:
    endpoint = partner.endpoint(receiver.url)
    event = partner.emit()
    ids = {"endpoint": endpoint["id"], "event": event, "delivery": partner.deliveries()[0]["id"]}
    other_scope = Partner("gardenlab")
    revoked = Partner()
    partners.revoke_key(revoked.origin, revoked.key.split("_")[2])
    refused: list[dict[str, str]] = [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": f"Basic {partner.key}"},
        {"Authorization": f"Bearer {partner.key}x"},
        {"Authorization": f"Bearer {other_scope.key}"},
        {"Authorization": f"Bearer {revoked.key}"},
        {"X-API-KEY": "nonsense"},
        {"X-API-KEY": other_scope.key},
    ]
    routes = _every_route(ids) + [("GET", path, None) for path in _lists()]
    routes += [("POST", "/webhooks/endpoints", {"url": "not even read"}), ("GET", "/webhooks/stats", None)]
    for headers in refused:
        for method, path, body in routes:
            reply = partner.call(method, path, body, headers=headers)
            assert (reply.status, reply.json["error"]["code"]) == (403, "FORBIDDEN"), (headers, path)


@pytest.mark.parametrize("scopes", [(), ("webhooks",), ("gardenlab", "webhooks")])
def test_key_is_taken_as_bearer_or_as_x_api_key(scopes: tuple[str, ...]) -> None:
    partner = Partner(*scopes)
    for headers in (
        {"Authorization": f"Bearer {partner.key}"},
        {"authorization": f"bearer {partner.key}"},
        {"X-API-KEY": partner.key},
        {"x-api-key": partner.key},
    ):
        assert partner.call("GET", "/webhooks/endpoints", headers=headers).status == 200


@pytest.mark.parametrize("raw", ["", "{", '{"url": "a", "url": "b"}', "NaN", "[" * 5000, '"\\ud800"'])
def test_bodies_that_are_no_json_are_refused(partner: Partner, raw: str) -> None:
    reply = partner.call("POST", "/webhooks/endpoints", raw.encode())
    assert (reply.status, reply.error_code) == (400, "QUERY_INCOMPLETE")
