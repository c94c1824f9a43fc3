"""The way back to the application: its own address byte for byte, the state as given, the issuer, and a reason."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import settings as run
from hypothesis import strategies as st

from chalicelib.core.settings import settings
from chalicelib.oauth.domain import answer_address, check_redirect_uri
from tests.oauth.flows import Application, Request, callback_of, register
from tests.platform import Partner

# What a query may hold as it stands: reserved and unreserved letters, and percent-encoded bytes of any kind.
_QUERY_LETTERS = "abcXYZ0123456789-._~:/?[]@!$'()*+,;=&"
_QUERIES = st.lists(
    st.sampled_from([*_QUERY_LETTERS, "%20", "%E9", "%C3%A9", "%2B", "%3d", "%00", "%0A"]), max_size=30
).map("".join)


@given(query=_QUERIES)
def test_registered_query_comes_back_byte_for_byte(query: str) -> None:
    uri = check_redirect_uri(f"https://shop.example/cb?{query}")
    address = answer_address(uri, [("code", "c o/d&e"), ("state", "")])
    assert address.startswith(uri)
    added = address[len(uri) :]
    assert added.startswith("&") == (not query.endswith(("?", "&")) and query != "")
    assert parse_qsl(added.removeprefix("&"), keep_blank_values=True) == [("code", "c o/d&e"), ("state", "")]


@run(max_examples=15)
@given(query=_QUERIES)
def test_what_is_registered_can_be_used(owner: Partner, account: Partner, query: str) -> None:
    uri = f"https://shop.example/cb?{query}"
    application = register(owner, redirect_uris=[uri, "https://shop.example/other"])
    asked = Request(application, {"redirect_uri": uri})
    answer = asked.answered(api_key=account.key, decision="allow")
    assert answer.status == 302
    assert answer.headers["location"].startswith(uri)
    code = dict(parse_qsl(answer.headers["location"][len(uri) :]))["code"]
    assert application.redeem(code, redirect_uri=uri).status == 200


@pytest.mark.parametrize(
    "uri",
    [
        "https://shop.example",
        "https://shop.example:8443/cb",
        "http://[::1]:7000/cb",
        "http://127.0.0.1/cb",
        "com.example.app:/cb?x=[1]",
        "https://shop.example/a(b)'c!*;d,e?flag",
    ],
)
def test_each_kind_of_address_that_can_be_registered_can_be_used(owner: Partner, account: Partner, uri: str) -> None:
    application = register(owner, redirect_uris=[uri])
    answer = Request(application, {"redirect_uri": uri}).answered(api_key=account.key, decision="allow")
    assert answer.status == 302
    assert answer.headers["location"].startswith(uri)


@pytest.mark.parametrize("host", ["shop.example;x", "shop'.example", "shop,example", "sh(op", "", "shop.example:"])
def test_host_that_a_page_s_policy_cannot_name_is_not_registered(owner: Partner, host: str) -> None:
    body = {"name": "Shop", "redirect_uris": [f"https://{host}/cb"]}
    assert owner.platform.admin("POST", f"/{owner.origin}/oauth_clients", body).status == 400


def test_state_comes_back_as_it_was_given(shop: Application, account: Partner) -> None:
    for state in ("", " ", "a+b&c=d#e", "ü€😀", "x" * 4096):
        asked = Request(shop, {"state": state})
        for answer in (
            asked.answered(api_key=account.key, decision="allow"),
            asked.answered(decision="deny"),
            Request(shop, {"state": state, "scope": "everything"}).shown(),
        ):
            query = urlsplit(answer.headers["location"]).query
            assert dict(parse_qsl(query, keep_blank_values=True))["state"] == state
    assert "state" not in callback_of(Request(shop, {"state": None}).answered(decision="deny"))


def test_every_answer_names_the_issuer_and_every_error_its_reason(shop: Application) -> None:
    wrong: list[dict[str, str | None]] = [
        {"response_type": None},
        {"response_type": "token"},
        {"response_type": "code token"},
        {"scope": "everything"},
        {"code_challenge_method": "plain"},
        {"code_challenge": "short"},
        {"state": "x" * 5000},
    ]
    for answer in (*(Request(shop, each).shown() for each in wrong), Request(shop).answered(decision="deny")):
        back = callback_of(answer)
        assert back["iss"] == settings().public_url
        assert back["error_description"].endswith("."), back
