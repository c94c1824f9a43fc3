"""Who may call: HTTPS, then a token, then its scope, then what the account has."""

import base64
import inspect
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.oauth.flows import basic
from tests.package.gateway_events import unrouted
from tests.platform import Answer, Partner, Platform
from tests.spaces.world import ITEM, Account, new_account

BASE = "/api/v1"


def _routes(platform: Platform) -> list[tuple[str, str]]:
    """Every route of this surface."""
    found = [
        (method, path)
        for path, methods in platform.app.routes.items()
        for method, entry in methods.items()
        if inspect.unwrap(entry.view_function).__module__.startswith("chalicelib.spaces")
    ]
    assert len(found) > 25
    return found


@pytest.fixture(scope="module")
def things(stranger: Account) -> dict[str, str]:
    """Ids of another account's things, by the first part of their path."""
    customer = stranger.customer()
    return {
        "spaces": "2",
        "customers": customer["id"],
        "invoices": stranger.invoice(customer)["id"],
        "subscriptions": stranger.subscription(customer)["token"],
        "events": stranger.ids("/events")[0],
        "resource_subscriptions": stranger.hook("https://hooks.example.com/")["id"],
    }


def _address(path: str, things: dict[str, str]) -> str:
    kind = path.removeprefix(f"{BASE}/").split("/")[0]
    return path.replace("{id}", things.get(kind, "x")).replace("{token}", things["subscriptions"])


def _bodies(path: str, things: dict[str, str]) -> dict[str, Any]:
    kind = path.rpartition("/")[2]
    bodies: dict[str, dict[str, Any]] = {
        "customers": {"name": "A", "email": "a@example.com", "space": 2},
        "invoices": {"customer": things["customers"], "currency": "EUR", "items": [ITEM]},
        "subscriptions": {"customer": things["customers"], "currency": "EUR", "items": [ITEM]},
        "captured_emails": {"email": "a@example.com", "space": 2},
        "resource_subscriptions": {"event": "customer.created", "target_url": "https://hooks.example.com/"},
        "{id}": {"name": "Mine now"} if "customers" in path else {"url": None},
    }
    return bodies.get(kind, {})


def test_nothing_of_another_account_is_seen_or_changed(
    platform: Platform, stranger: Account, things: dict[str, str]
) -> None:
    """The IDOR matrix: every route with another's ids, by an account that has nothing."""
    intruder = new_account(platform, spaces=0)
    before = _everything(stranger)
    for method, path in _routes(platform):
        answer = intruder.call(method, _address(path, things).removeprefix(BASE), _bodies(path, things) or None)
        if "{" in path:
            assert answer.status == 404, (method, path, answer)
        elif method == "POST" and not path.endswith(("/spaces", "/resource_subscriptions")):
            assert answer.status == 400, (method, path, answer)
        assert answer.status in (200, 400, 404), (method, path, answer)
        if method == "GET" and answer.status == 200 and path != f"{BASE}/account":
            assert all(thing not in str(answer.json) for thing in things.values() if len(thing) > 1), path
    assert _everything(stranger) == before
    for kind, cursor in things.items():
        lists = intruder.call("GET", f"/{kind}", query={"starting_after": cursor})
        assert (lists.status, lists.json.get("param")) == (400, "starting_after") or kind == "spaces"


def _everything(account: Account) -> list[Any]:
    names = ("spaces", "customers", "invoices", "subscriptions", "captured_emails", "events", "resource_subscriptions")
    return [account.get(f"/{name}")["data"] for name in names]


def test_every_route_demands_https_then_a_token_then_its_scope(
    platform: Platform, shared: Account, things: dict[str, str]
) -> None:
    reader = shared.application.own_token("read_only")
    missions = shared.application.own_token("missions")
    for method, path in _routes(platform):
        address, body = _address(path, things), _bodies(path, things) or None

        def call(method: str = method, address: str = address, body: Any = body, **named: Any) -> Answer:
            return platform.call(method, address, body=body, **named)

        plain = call(headers={"X-Forwarded-Proto": "http"})
        assert (plain.status, plain.json["code"]) == (400, "https_required"), path
        nobody = call()
        assert nobody.status == 401, (method, path)
        assert nobody.headers["www-authenticate"].startswith("Basic ")
        assert "Bearer" in nobody.headers["www-authenticate"]
        assert call(key=missions).status == 403, (method, path)
        limited = call(key=reader)
        if method == "GET" and "resource_subscriptions" not in path:
            assert limited.status in (200, 404), (method, path)
        else:
            assert (limited.status, limited.json["code"]) == (403, "insufficient_scope"), (method, path)


def test_unknown_paths_are_404_in_this_surface_s_form(platform: Platform) -> None:
    for path in ("/api/v1/nothing", "/api/v1", "/api/v1/customers/x/y/z"):
        answer = platform.app(unrouted("GET", path), None)
        assert answer["statusCode"] == 404
        said = {"message": "There is nothing at this address.", "code": "not_found"}
        assert json.loads(answer["body"]) == {**said, "error": {"type": "invalid_request_error", **said}}
    wrong_method = platform.call("PUT", "/api/v1/customers")
    assert (wrong_method.status, wrong_method.json["code"]) == (405, "method_not_allowed")


def test_token_is_the_user_name_of_basic_and_the_password_is_ignored(shared: Account, platform: Platform) -> None:
    for headers in (
        basic(shared.token, ""),
        basic(shared.token, "anything"),
        {"Authorization": f"bearer {shared.token}"},
    ):
        assert platform.call("GET", "/api/v1/account", headers=headers).status == 200
    nameless = base64.b64encode(shared.token.encode()).decode()
    for password in (b"p\xc3\xa4ss", b"\xff\xfe", b":a:b"):
        pair = base64.b64encode(shared.token.encode() + b":" + password).decode()
        assert platform.call("GET", "/api/v1/account", headers={"Authorization": f"Basic {pair}"}).status == 200
    assert platform.call("GET", "/api/v1/account", headers={"Authorization": f"Basic {nameless}"}).status == 200


WRONG: dict[str, Callable[[Account, Partner], str]] = {
    "empty": lambda *_: "",
    "scheme alone": lambda *_: "Basic",
    "not base64": lambda *_: "Basic !!!",
    "not ASCII": lambda *_: "Basic " + base64.b64encode("é:".encode()).decode(),
    "another scheme": lambda account, _: f"Digest {account.token}",
    "no scheme": lambda account, _: account.token,
    "truncated": lambda account, _: f"Bearer {account.token[:-1]}",
    "oversized": lambda account, _: f"Bearer {account.token * 20}",
    "an API key": lambda account, _: f"Bearer {account.partner.key}",
    "an API key by Basic": lambda account, _: basic(account.partner.key, "")["Authorization"],
    "token as password": lambda account, _: basic("", account.token)["Authorization"],
    "a client secret": lambda account, _: basic(account.application.client_id, account.application.client_secret or "")[
        "Authorization"
    ],
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_credential_is_401(shared: Account, platform: Platform, what: str) -> None:
    header = WRONG[what](shared, shared.partner)
    answer = platform.call("GET", "/api/v1/account", headers={"Authorization": header})
    assert (answer.status, answer.json["code"]) == (401, "unauthorized")


def test_https_is_told_by_the_first_value_of_what_stands_in_front(shared: Account, platform: Platform) -> None:
    def status(**headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return platform.call("GET", "/api/v1/account", key=shared.token, headers=named).status

    assert status(X_Forwarded_Proto="https") == 200
    assert status(X_Forwarded_Proto="HTTPS, http") == 200
    assert status(CloudFront_Forwarded_Proto="https") == 200
    assert status(X_Forwarded_Proto="http, https") == 400
    assert status(CloudFront_Forwarded_Proto="http") == 400
    assert status(X_Forwarded_Proto="https", CloudFront_Forwarded_Proto="http") == 400
    assert status(X_Forwarded_Proto="") == 400
