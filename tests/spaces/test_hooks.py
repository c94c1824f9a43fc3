"""REST hooks: events delivered by the one deliverer, on this surface's schedule."""

import json
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook

from chalicelib.core.clock import travelled
from tests.platform import Platform
from tests.receivers import Answer, Receiver
from tests.spaces.world import Account

HOOK = "https://hooks.example.com/in"


def test_hook_shows_its_secret_once(account: Account) -> None:
    created = account.hook(HOOK)
    assert created.pop("secret").startswith("whsec_")
    assert created.keys() == {"object", "id", "event", "target_url", "enabled", "created"}
    assert (created["object"], created["event"]) == ("resource_subscription", "customer.created")
    path = f"/resource_subscriptions/{created['id']}"
    assert account.get(path) == created
    assert account.get("/resource_subscriptions")["data"] == [created]
    deleted = account.call("DELETE", path)
    assert deleted.json == {"id": created["id"], "object": "resource_subscription", "deleted": True}
    for method in ("GET", "DELETE"):
        assert account.call(method, path).status == 404


@pytest.mark.parametrize(
    "body",
    [
        {"event": "*", "target_url": HOOK},
        {"event": "customer.*", "target_url": HOOK},
        {"event": "newBcNftMint", "target_url": HOOK},
        {"event": "customer.created", "target_url": "http://hooks.example.com/"},
        {"event": "customer.created", "target_url": "https://10.0.0.1/"},
        {"event": "customer.created", "target_url": "https://hooks.example.com:22/"},
        {"event": "customer.created", "target_url": "x"},
        {"event": "customer.created"},
        {"target_url": HOOK},
        {"event": "customer.created", "target_url": HOOK, "secret": "mine"},
    ],
    ids=lambda body: f"{body.get('event')} to {body.get('target_url')}",
)
def test_wrong_hook_is_refused(shared: Account, body: dict[str, str]) -> None:
    assert shared.call("POST", "/resource_subscriptions", body).status == 400


def test_hooks_and_endpoints_do_not_mix(account: Account) -> None:
    hook, endpoint = account.hook(HOOK), account.partner.add_endpoint(HOOK)

    def webhooks(method: str, path: str) -> Any:
        return account.platform.call(method, f"/webhooks{path}", key=account.partner.key, body={})

    assert [each["id"] for each in webhooks("GET", "/endpoints").json["data"]] == [endpoint["id"]]
    assert account.ids("/resource_subscriptions") == [hook["id"]]
    for identifier in (hook["id"], hook["id"][:25]):
        for method in ("GET", "PATCH", "DELETE"):
            assert webhooks(method, f"/endpoints/{identifier}").status == 404
    assert account.call("DELETE", f"/resource_subscriptions/{endpoint['id']}").status == 404


def test_account_has_twenty_endpoints_and_hooks(account: Account) -> None:
    account.partner.add_endpoint(HOOK)
    for _ in range(19):
        account.hook(HOOK)
    assert account.call("POST", "/resource_subscriptions", {"event": "invoice.paid", "target_url": HOOK}).status == 400


def test_body_is_the_event_signed_and_told_as_delivered(platform: Platform, account: Account) -> None:
    with Receiver() as receiver:
        hook = account.hook(receiver.url)
        account.hook(receiver.url, "invoice.paid")
        account.customer()
        [pending] = account.get("/webhooks")["data"]
        [event] = account.get("/events")["data"]
        assert pending.keys() == {"object", "id", "url", "event", "event_id", "pending", "status", "created"}
        assert (pending["url"], pending["event"], pending["event_id"]) == (receiver.url, event["type"], event["id"])
        assert (pending["pending"], pending["status"]) == (True, "scheduled")
        platform.drain()
        [request] = receiver.requests
    assert json.loads(request.body) == event
    assert request.headers["webhook-id"] == event["id"]
    Webhook(hook["secret"]).verify(request.body, request.headers)
    assert account.get("/webhooks")["data"] == [{**pending, "pending": False, "status": "delivered"}]


def test_endpoints_get_the_events_too_and_gardenlab_s_deliveries_stay_out(platform: Platform, account: Account) -> None:
    with Receiver() as receiver:
        endpoint = account.partner.add_endpoint(receiver.url)
        path = f"/webhooks/endpoints/{endpoint['id']}/test"
        account.platform.call("POST", path, key=account.partner.key, body={"event_type": "newBcNftMint"})
        account.platform.call("POST", path, key=account.partner.key, body={"event_type": "invoice.paid"})
        account.customer()
        platform.drain()
        types = sorted(json.loads(request.body).get("type", "") for request in receiver.requests)
    assert types == ["", "customer.created", "invoice.paid"]
    assert [each["event"] for each in account.get("/webhooks")["data"]] == ["customer.created"]


def test_hook_is_tried_at_once_and_then_every_hour_twenty_four_times_in_all(
    platform: Platform, account: Account
) -> None:
    with Receiver(answers=[Answer(500)] * 24) as receiver, travelled(timedelta()) as further:
        account.hook(receiver.url)
        account.customer()
        platform.drain()
        assert len(receiver.requests) == 1
        rounds_after_the_last = 0
        while rounds_after_the_last < 3:
            further(timedelta(hours=2))  # the hour, its jitter, and the breaker's pauses
            platform.pump.tick("sweep_webhooks")
            platform.drain()
            rounds_after_the_last += len(receiver.requests) >= 24
        assert len(receiver.requests) == 24
        assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1
    [webhook] = account.get("/webhooks")["data"]
    assert (webhook["pending"], webhook["status"]) == (False, "exhausted")


def test_410_ends_a_hook(platform: Platform, account: Account) -> None:
    with Receiver(answers=[Answer(410)]) as receiver:
        hook = account.hook(receiver.url)
        account.customer()
        platform.drain()
        account.customer()
        platform.drain()
        assert len(receiver.requests) == 1
    assert account.get("/resource_subscriptions")["data"] == []
    assert account.call("GET", f"/resource_subscriptions/{hook['id']}").status == 404
    assert [each["status"] for each in account.get("/webhooks")["data"]] == ["disabled"]


def test_deleted_hook_gets_nothing_more(platform: Platform, account: Account) -> None:
    with Receiver() as receiver:
        hook = account.hook(receiver.url)
        account.customer()
        account.call("DELETE", f"/resource_subscriptions/{hook['id']}")
        account.customer()
        platform.drain()
        assert receiver.requests == []
    assert [each["status"] for each in account.get("/webhooks")["data"]] == ["disabled"]
