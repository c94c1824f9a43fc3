"""The authorization code grant and what comes of it: one use, one family, one account."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core.clock import travelled
from chalicelib.core.settings import settings
from chalicelib.partners.domain import Credential
from tests.oauth.flows import CALLBACK, VERIFIER, Application, Request, basic, holder_of, register
from tests.platform import Partner, Platform


def _holder(token: str) -> Credential:
    credential = holder_of(token)
    assert credential is not None
    return credential


def test_consent_of_any_account_gives_tokens_for_it(shop: Application, account: Partner) -> None:
    back = Request(shop).allowed_by(account.key)
    assert set(back) == {"code", "state", "iss"}
    assert back["iss"] == settings().public_url
    assert back["state"] == "state of the client"
    answer = shop.redeem(back["code"])
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    given = answer.json
    assert given.keys() == {"access_token", "token_type", "expires_in", "scope", "refresh_token", "spaces_user_id"}
    assert (given["token_type"], given["expires_in"], given["scope"]) == ("bearer", 3600, "read_write")
    assert given["spaces_user_id"] == account.origin != shop.origin
    holder = _holder(given["access_token"])
    assert (holder.origin, holder.key_id) == (account.origin, shop.client_id)
    assert holder.allows("read_write")
    assert holder.allows("read_only")
    assert not holder.allows("missions")


def test_scope_is_read_only_where_none_is_named(shop: Application, account: Partner) -> None:
    back = Request(shop, {"scope": None}).allowed_by(account.key)
    given = shop.redeem(back["code"]).json
    assert given["scope"] == "read_only"
    assert not _holder(given["access_token"]).allows("read_write")


def test_public_application_needs_no_secret_but_its_proof(public: Application, account: Partner) -> None:
    given = public.redeem(Request(public).allowed_by(account.key)["code"])
    assert given.status == 200
    assert public.refresh(given.json["refresh_token"]).status == 200


def test_confidential_application_may_do_without_pkce(shop: Application, account: Partner) -> None:
    asked = Request(shop, {"code_challenge": None, "code_challenge_method": None})
    code = asked.allowed_by(account.key)["code"]
    answer = shop.token(grant_type="authorization_code", code=code, redirect_uri=CALLBACK)
    assert answer.status == 200


def test_redirect_uri_may_be_left_out_where_one_is_registered(shop: Application, account: Partner) -> None:
    code = Request(shop, {"redirect_uri": None}).allowed_by(account.key)["code"]
    answer = shop.token(grant_type="authorization_code", code=code, code_verifier=VERIFIER)
    assert answer.status == 200


def test_second_use_of_a_code_revokes_what_it_gave(shop: Application, account: Partner) -> None:
    code = Request(shop).allowed_by(account.key)["code"]
    given = shop.redeem(code).json
    again = shop.redeem(code)
    assert (again.status, again.json["error"]) == (400, "invalid_grant")
    assert holder_of(given["access_token"]) is None
    assert shop.refresh(given["refresh_token"]).json["error"] == "invalid_grant"


def test_code_ends_after_ten_minutes(shop: Application, account: Partner) -> None:
    code = Request(shop).allowed_by(account.key)["code"]
    with travelled(timedelta(minutes=10, seconds=1)):
        assert shop.redeem(code).json["error"] == "invalid_grant"
    with travelled(timedelta(minutes=9)):
        assert shop.redeem(code).status == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": VERIFIER[::-1]},
        {"code_verifier": ""},
        {"redirect_uri": CALLBACK + "/"},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": ""},
        {"code": "unknown"},
        {"code": "x" * 5000},
    ],
    ids=["another verifier", "no verifier", "trailing slash", "another address", "empty", "unknown", "oversized"],
)
def test_code_with_another_proof_gives_nothing(shop: Application, account: Partner, changes: dict[str, str]) -> None:
    code = Request(shop).allowed_by(account.key)["code"]
    answer = shop.redeem(**{"code": code, **changes})
    assert answer.status == 400
    assert answer.json["error"] in ("invalid_grant", "invalid_request")
    assert "access_token" not in answer.json


def test_code_of_another_application_gives_nothing_and_stays_good(
    shop: Application, owner: Partner, account: Partner
) -> None:
    code = Request(shop).allowed_by(account.key)["code"]
    assert register(owner).redeem(code).json["error"] == "invalid_grant"
    assert shop.redeem(code).status == 200


def test_verifier_without_a_challenge_is_refused(shop: Application, account: Partner) -> None:
    asked = Request(shop, {"code_challenge": None, "code_challenge_method": None})
    assert shop.redeem(asked.allowed_by(account.key)["code"]).json["error"] == "invalid_grant"


def test_refresh_token_is_good_once_and_its_reuse_ends_the_family(shop: Application, account: Partner) -> None:
    first = shop.tokens_of(account)
    second = shop.refresh(first["refresh_token"]).json
    assert second["refresh_token"] != first["refresh_token"]
    assert second["spaces_user_id"] == account.origin
    assert _holder(second["access_token"]).origin == account.origin
    assert shop.refresh(first["refresh_token"]).json["error"] == "invalid_grant"
    assert shop.refresh(second["refresh_token"]).json["error"] == "invalid_grant"
    for token in (first["access_token"], second["access_token"]):
        assert holder_of(token) is None


def test_refresh_gives_less_where_less_is_asked_and_never_more(shop: Application, account: Partner) -> None:
    given = shop.tokens_of(account)
    less = shop.refresh(given["refresh_token"], scope="read_only").json
    assert not _holder(less["access_token"]).allows("read_write")
    more = shop.refresh(less["refresh_token"], scope="missions")
    assert (more.status, more.json["error"]) == (400, "invalid_scope")
    assert shop.refresh(less["refresh_token"]).json["scope"] == "read_write"


def test_refresh_token_of_another_application_gives_nothing(
    shop: Application, owner: Partner, account: Partner
) -> None:
    given = shop.tokens_of(account)
    assert register(owner).refresh(given["refresh_token"]).json["error"] == "invalid_grant"
    assert shop.refresh(given["refresh_token"]).status == 200


def test_refresh_token_ends_after_thirty_days(shop: Application, account: Partner) -> None:
    given = shop.tokens_of(account)
    with travelled(timedelta(days=30, seconds=1)):
        assert shop.refresh(given["refresh_token"]).json["error"] == "invalid_grant"


def test_client_credentials_act_for_the_owner_and_have_no_refresh_token(shop: Application) -> None:
    answer = shop.token(grant_type="client_credentials", scope="read_write missions")
    assert answer.status == 200
    assert "refresh_token" not in answer.json
    assert answer.json["spaces_user_id"] == shop.origin
    assert answer.json["scope"] == "read_write missions"
    assert _holder(answer.json["access_token"]).origin == shop.origin


def test_application_without_a_secret_cannot_act_for_itself(public: Application) -> None:
    answer = public.token(grant_type="client_credentials")
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


def test_scope_beyond_the_registration_is_refused(owner: Partner) -> None:
    reader = register(owner, scopes=["read_only"])
    for scope in ("read_write", "read_only missions", "admin", "*"):
        answer = reader.token(grant_type="client_credentials", scope=scope)
        assert (answer.status, answer.json["error"]) == (400, "invalid_scope"), scope


def test_wrong_credentials_are_401_with_a_challenge(shop: Application, platform: Platform) -> None:
    assert shop.client_secret is not None
    wrong = [
        {},
        basic(shop.client_id, "wrong"),
        basic(shop.client_id, ""),
        basic("unknown", shop.client_secret),
        basic("", ""),
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic"},
        {"Authorization": f"Bearer {shop.client_secret}"},
    ]
    for headers in wrong:
        answer = shop.token(grant_type="client_credentials", headers=headers)
        assert (answer.status, answer.json["error"]) == (401, "invalid_client"), headers
        assert answer.headers["www-authenticate"].startswith("Basic ")
    assert platform.call("POST", "/oauth/token", body={"grant_type": "client_credentials"}).status == 400


def test_credentials_in_the_body_count_and_both_ways_at_once_do_not(shop: Application) -> None:
    fields: dict[str, Any] = {
        "client_id": shop.client_id,
        "client_secret": shop.client_secret,
        "scope": "read_only",
    }
    assert shop.token(grant_type="client_credentials", headers={}, **fields).status == 200
    both = shop.token(grant_type="client_credentials", **fields)
    assert (both.status, both.json["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "rt_unknown"}, "invalid_grant"),
    ],
    ids=["nothing", "empty", "password", "no code", "no refresh token", "unknown refresh token"],
)
def test_wrong_token_requests_are_told_in_the_standard_words(
    shop: Application, fields: dict[str, Any], error: str
) -> None:
    answer = shop.token(**fields)
    assert (answer.status, answer.json["error"]) == (400, error)


def test_application_ends_a_token_and_a_family(shop: Application, account: Partner) -> None:
    given = shop.tokens_of(account)
    assert shop.revoke(given["access_token"]).status == 200
    assert holder_of(given["access_token"]) is None
    renewed = shop.refresh(given["refresh_token"]).json
    assert holder_of(renewed["access_token"]) is not None
    assert shop.revoke(renewed["refresh_token"]).status == 200
    assert holder_of(renewed["access_token"]) is None
    assert shop.refresh(renewed["refresh_token"]).json["error"] == "invalid_grant"


def test_revoking_what_is_not_its_own_changes_nothing(shop: Application, owner: Partner, account: Partner) -> None:
    given, other = shop.tokens_of(account), register(owner)
    for token in (given["access_token"], given["refresh_token"], "unknown"):
        assert other.revoke(token).status == 200
    assert holder_of(given["access_token"]) is not None
    assert shop.refresh(given["refresh_token"]).status == 200


def test_revocation_without_credentials_is_refused(shop: Application, platform: Platform) -> None:
    nobody = Application(platform, shop.origin, shop.client_id, None)
    assert nobody.revoke(shop.own_token()).json["error"] == "invalid_client"


def test_plain_http_is_refused_before_credentials_are_looked_at(shop: Application) -> None:
    for header in ("X-Forwarded-Proto", "CloudFront-Forwarded-Proto"):
        answer = shop.token(grant_type="client_credentials", headers={**shop.header, header: "http"})
        assert (answer.status, answer.json["error"]) == (400, "invalid_request")
    secure = {**shop.header, "X-Forwarded-Proto": "https, http"}
    assert shop.token(grant_type="client_credentials", headers=secure).status == 200
