"""The pages of sign-in and consent: whom they trust, what they tell, how they are served."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.core.clock import travelled
from tests.faults.wire import meanwhile
from tests.oauth.flows import CALLBACK, Application, Request, callback_of, post, register
from tests.platform import Answer, Partner, Platform


def _page(answer: Answer, status: int = 200) -> str:
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-store"
    return str(answer.json)


BAD_REQUESTS: dict[str, dict[str, str | None]] = {
    "no application": {"client_id": None},
    "unknown application": {"client_id": "unknown"},
    "empty application": {"client_id": ""},
    "application with NUL": {"client_id": "a\x00"},
    "another address": {"redirect_uri": "https://evil.example/callback"},
    "trailing slash": {"redirect_uri": CALLBACK + "/"},
    "query added": {"redirect_uri": CALLBACK + "?x=1"},
    "fragment added": {"redirect_uri": CALLBACK + "#x"},
    "upper case": {"redirect_uri": CALLBACK.upper()},
    "host as prefix": {"redirect_uri": CALLBACK.replace("shop.example", "shop.example.evil.example")},
    "user name": {"redirect_uri": CALLBACK.replace("https://", "https://shop.example@evil.example/")},
    "path climbs": {"redirect_uri": CALLBACK + "/../callback"},
    "encoded": {"redirect_uri": CALLBACK.replace("callback", "%63allback")},
    "script": {"redirect_uri": "javascript:alert(1)"},
    "relative": {"redirect_uri": "/callback"},
    "empty": {"redirect_uri": ""},
    "line break": {"redirect_uri": CALLBACK + "\r\nX-Evil: 1"},
}


@pytest.mark.parametrize("what", BAD_REQUESTS)
def test_untrusted_application_or_address_is_a_page_and_never_a_redirect(
    shop: Application, account: Partner, what: str
) -> None:
    asked = Request(shop, BAD_REQUESTS[what])
    for answer in (asked.shown(), asked.answered(api_key=account.key, decision="allow")):
        assert "location" not in answer.headers
        _page(answer, status=400)


def test_page_says_what_is_wrong_in_our_words(shop: Application) -> None:
    assert "client_id is missing." in Request(shop, {"client_id": None}).shown().json
    assert "No application has this client_id." in Request(shop, {"client_id": "unknown"}).shown().json


def test_repeated_parameter_is_a_page_and_never_a_redirect(platform: Platform, shop: Application) -> None:
    query = urlencode([*Request(shop).query.items(), ("redirect_uri", "https://evil.example/")])
    _page(platform.call("GET", f"/oauth/authorize?{query}"), status=400)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unauthorized_client"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"scope": "read_only everything"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "S512"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": "x" * 5000}, "invalid_request"),
    ],
    ids=[
        "no response type",
        "token",
        "code and token",
        "unknown scope",
        "one unknown scope",
        "plain",
        "no method, which means plain",
        "unknown method",
        "short challenge",
        "long challenge",
    ],
)
def test_other_mistakes_lead_back_with_an_error(shop: Application, changes: dict[str, str | None], error: str) -> None:
    back = callback_of(Request(shop, changes).shown())
    assert back["error"] == error
    assert back["state"] == "state of the client"
    assert "code" not in back


def test_public_application_without_a_challenge_is_led_back(public: Application) -> None:
    back = callback_of(Request(public, {"code_challenge": None, "code_challenge_method": None}).shown())
    assert back["error"] == "invalid_request"


def test_denial_leads_back_without_a_code(shop: Application, account: Partner) -> None:
    asked = Request(shop)
    back = callback_of(asked.answered(ticket=asked.signed_in(account.key), decision="deny"))
    assert (back["error"], back["state"]) == ("access_denied", "state of the client")
    assert "code" not in back


def test_key_and_decision_may_come_together(shop: Application, account: Partner) -> None:
    back = callback_of(Request(shop).answered(api_key=account.key, decision="allow"))
    assert shop.redeem(back["code"]).status == 200


def test_request_may_be_posted_whole(platform: Platform, shop: Application, account: Partner) -> None:
    fields = {**Request(shop).query, "api_key": account.key, "decision": "allow"}
    assert "code" in callback_of(post(platform, "/oauth/authorize", fields))


@pytest.mark.parametrize("key", ["", "wrong", "sg_dev_no_00000000000000000000"], ids=["empty", "no key", "unknown"])
def test_wrong_key_asks_again(shop: Application, key: str) -> None:
    ways: list[dict[str, Any]] = [{"api_key": key}, {"api_key": key, "decision": "allow"}]
    for fields in ways:
        page = _page(Request(shop).answered(**fields), status=400)
        assert 'name="api_key"' in page
        assert 'role="alert"' in page


def test_key_without_the_scope_cannot_consent(shop: Application, account: Partner) -> None:
    def key(*scopes: str) -> str:
        body = {"name": "limited", "scopes": list(scopes)}
        return str(account.platform.admin("POST", f"/{account.origin}/keys", body).json["key"])

    assert Request(shop).answered(api_key=key("gardenlab")).status == 400
    assert Request(shop).answered(api_key=key("spaces")).status == 200
    missions = Request(shop, {"scope": "missions"})
    assert missions.answered(api_key=key("spaces")).status == 400
    assert missions.answered(api_key=key("missions")).status == 200


def test_ticket_answers_one_request_once_and_for_ten_minutes(
    shop: Application, owner: Partner, account: Partner
) -> None:
    asked = Request(shop)
    ticket = asked.signed_in(account.key)
    for other in (Request(shop, {"scope": "missions"}), Request(register(owner))):
        assert other.answered(ticket=ticket, decision="allow").status == 400
    with travelled(timedelta(minutes=10, seconds=1)):
        assert asked.answered(ticket=ticket, decision="allow").status == 400
    assert "code" in callback_of(asked.answered(ticket=ticket, decision="allow"))
    assert asked.answered(ticket=ticket, decision="allow").status == 400
    assert asked.answered(ticket="ti_made_up", decision="allow").status == 400
    assert asked.answered(decision="allow").status == 400


def test_another_site_cannot_send_the_form(shop: Application, account: Partner) -> None:
    for site in ("cross-site", "same-site"):
        answer = Request(shop).answered(api_key=account.key, decision="allow", headers={"Sec-Fetch-Site": site})
        assert answer.status == 400
        assert "location" not in answer.headers
    own = Request(shop).answered(api_key=account.key, decision="allow", headers={"Sec-Fetch-Site": "same-origin"})
    assert own.status == 302


def test_values_on_the_pages_are_escaped(owner: Partner, account: Partner) -> None:
    application = register(owner, name="<script>alert(1)</script>")
    for answer in (Request(application).shown(), Request(application).answered(api_key=account.key)):
        page = _page(answer)
        assert "<script>" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_form_may_lead_to_the_application_alone(shop: Application) -> None:
    policy = Request(shop).shown().headers["content-security-policy"]
    assert "form-action 'self' https://shop.example;" in policy


def test_decision_is_allow_or_deny(shop: Application, account: Partner) -> None:
    assert Request(shop).answered(api_key=account.key, decision="maybe").status == 400


def test_pages_are_refused_over_plain_http(platform: Platform, shop: Application) -> None:
    insecure = {"X-Forwarded-Proto": "http"}
    assert platform.call("GET", "/oauth/authorize", query=Request(shop).query, headers=insecure).status == 400


@pytest.mark.parametrize("change", [None, {"scopes": ["read_only"]}, {"redirect_uris": ["https://shop.example/other"]}])
def test_application_that_changes_while_it_is_answered_is_answered_as_it_asked(
    platform: Platform, change: dict[str, Any] | None
) -> None:
    account = platform.new_partner(collection=False)
    application = register(account)
    request = Request(application)
    ticket = request.signed_in(account.key)
    path = f"/{account.origin}/oauth_clients/{application.client_id}"

    def changed() -> None:
        assert account.platform.admin("PATCH" if change else "DELETE", path, change).status == 200

    with meanwhile(lambda: None, changed, before="dynamodb.GetItem") as made:
        answer = request.answered(ticket=ticket, decision="allow")
    assert (len(made), set(callback_of(answer))) == (2, {"code", "state", "iss"})
