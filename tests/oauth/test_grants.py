"""Grants: they end with the key that consented and with the account's will, and never give more than is registered."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core.clock import now, travelled
from chalicelib.partners.models import KeyRow
from chalicelib.partners.repository import find_key
from tests.faults.crowd import SharedPlatform, at_once
from tests.faults.wire import meanwhile
from tests.oauth.flows import Application, Request, callback_of, holder_of, register
from tests.platform import Answer, Partner, Platform


@pytest.fixture
def spender(platform: Platform) -> Partner:
    """An account of this test's own."""
    return platform.new_partner(collection=False)


def _new_key(account: Partner, *scopes: str) -> tuple[str, str]:
    body = {"name": "consents", **({"scopes": list(scopes)} if scopes else {})}
    made = account.platform.admin("POST", f"/{account.origin}/keys", body).json
    return made["key"], made["id"]


def _revoke(account: Partner, key_id: str) -> None:
    assert account.platform.admin("DELETE", f"/{account.origin}/keys/{key_id}").status == 200


def _grants(account: Partner, key: str | None = None, **query: Any) -> list[dict[str, Any]]:
    answer = account.platform.call("GET", "/oauth/grants", key=key or account.key, query=query)
    assert answer.status == 200, answer
    return list(answer.json["data"])


def _error(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["error"]


def test_nothing_taken_before_a_key_was_revoked_gives_anything_after(shop: Application, spender: Partner) -> None:
    key, key_id = _new_key(spender)
    ticket = Request(shop).signed_in(key)
    code = Request(shop).allowed_by(key)["code"]
    given = shop.redeem(Request(shop).allowed_by(key)["code"]).json
    by_another_key = shop.tokens_of(spender)
    assert holder_of(given["access_token"]) is not None
    _revoke(spender, key_id)
    late = Request(shop).answered(ticket=ticket, decision="allow")
    assert late.status == 400
    assert "was revoked" in late.json
    assert _error(shop.redeem(code)) == (400, "invalid_grant")
    assert _error(shop.refresh(given["refresh_token"])) == (400, "invalid_grant")
    assert holder_of(given["access_token"]) is None
    assert [grant["key_id"] for grant in _grants(spender)] == [spender.key.split("_")[2]]
    assert shop.refresh(by_another_key["refresh_token"]).status == 200


def test_revocation_elsewhere_ends_codes_and_refreshes_at_once(shop: Application, spender: Partner) -> None:
    """Another process revokes the key, of which this one still has a memory; what is stored decides."""
    key, key_id = _new_key(spender)
    code = Request(shop).allowed_by(key)["code"]
    given = shop.redeem(Request(shop).allowed_by(key)["code"]).json
    ticket = Request(shop).signed_in(key)
    row = find_key(key_id)
    assert row is not None
    row.update(actions=[KeyRow.revoked.set(True), KeyRow.revoked_at.set(now())])
    assert Request(shop).answered(ticket=ticket, decision="allow").status == 400
    assert Request(shop).answered(api_key=key, decision="allow").status == 400
    assert _error(shop.redeem(code)) == (400, "invalid_grant")
    assert _error(shop.refresh(given["refresh_token"])) == (400, "invalid_grant")


def test_account_lists_its_grants_and_ends_them(shop: Application, owner: Partner, spender: Partner) -> None:
    given = shop.tokens_of(spender, scope="read_only")
    other = register(owner, name="Other").tokens_of(spender)
    listed = _grants(spender)
    assert [(grant["name"], grant["scopes"]) for grant in listed] == [
        ("Other", ["read_write"]),
        ("The Shop", ["read_only"]),
    ]
    assert [grant["name"] for grant in _grants(spender, limit=1, starting_after=listed[0]["id"])] == ["The Shop"]
    path = f"/oauth/grants/{listed[1]['id']}"
    assert spender.platform.call("GET", path, key=spender.key).json == listed[1]
    assert listed[1]["client_id"] == shop.client_id
    assert spender.platform.call("DELETE", path, key=spender.key).json == listed[1]
    assert _error(shop.refresh(given["refresh_token"])) == (400, "invalid_grant")
    assert holder_of(given["access_token"]) is None
    assert holder_of(other["access_token"]) is not None
    assert [grant["name"] for grant in _grants(spender)] == ["Other"]
    for method in ("GET", "DELETE"):
        assert spender.platform.call(method, path, key=spender.key).status == 404
    audit = spender.platform.admin("GET", f"/{spender.origin}/audit", query={"limit": 5}).json["data"]
    entries = [(entry["action"], entry["actor"]) for entry in audit if entry["target"] == listed[1]["id"]]
    key_id = spender.key.split("_")[2]
    assert entries == [("oauth_grant.end", f"key:{key_id}"), ("oauth_grant.create", f"key:{key_id}")]


def test_list_holds_only_what_stands(shop: Application, owner: Partner, spender: Partner) -> None:
    gone = register(owner, name="Gone")
    gone.tokens_of(spender)
    revoked = shop.tokens_of(spender)
    shop.revoke(revoked["refresh_token"])
    shop.tokens_of(spender)
    assert len(_grants(spender)) == 2
    owner.platform.admin("DELETE", f"/{owner.origin}/oauth_clients/{gone.client_id}")
    assert [grant["client_id"] for grant in _grants(spender)] == [shop.client_id]
    with travelled(timedelta(days=30, seconds=1)):
        assert _grants(spender) == []


def test_grants_are_nobody_else_s(shop: Application, spender: Partner, account: Partner) -> None:
    shop.tokens_of(spender)
    [grant] = _grants(spender)
    for method in ("GET", "DELETE"):
        assert account.platform.call(method, f"/oauth/grants/{grant['id']}", key=account.key).status == 404
    assert spender.platform.call("GET", "/oauth/grants").status == 401
    assert spender.platform.call("GET", "/oauth/grants", key=shop.own_token()).status == 401
    hooks, _ = _new_key(spender, "webhooks")
    refused = spender.platform.call("GET", "/oauth/grants", key=hooks)
    assert refused.status == 403
    assert 'error="insufficient_scope", scope="spaces missions"' in refused.headers["www-authenticate"]


def test_key_sees_the_grants_that_it_could_give(shop: Application, spender: Partner) -> None:
    for scope in ("read_only", "missions", "read_write missions"):
        shop.tokens_of(spender, scope=scope)
    spaces, _ = _new_key(spender, "spaces")
    missions, _ = _new_key(spender, "missions")
    assert [grant["scopes"] for grant in _grants(spender, spaces)] == [["read_only"]]
    assert [grant["scopes"] for grant in _grants(spender, missions)] == [["missions"]]
    assert len(_grants(spender)) == 3


def test_operator_ends_a_grant(shop: Application, spender: Partner) -> None:
    given = shop.tokens_of(spender)
    path = f"/{spender.origin}/oauth_grants"
    [grant] = spender.platform.admin("GET", path).json["data"]
    assert spender.platform.admin("GET", f"{path}/{grant['id']}").json == grant
    assert spender.platform.admin("DELETE", f"{path}/{grant['id']}").json == grant
    assert _error(shop.refresh(given["refresh_token"])) == (400, "invalid_grant")
    assert spender.platform.admin("GET", path).json["data"] == []
    assert spender.platform.admin("DELETE", f"{path}/{grant['id']}").status == 404


def test_narrowed_application_refreshes_and_redeems_no_more_than_it_is_registered_for(
    owner: Partner, spender: Partner
) -> None:
    application = register(owner)
    given = application.tokens_of(spender, scope="read_write missions")
    code = Request(application, {"scope": "read_write missions"}).allowed_by(spender.key)["code"]
    missions_alone = application.tokens_of(spender, scope="missions")

    def registered_for(*scopes: str) -> None:
        path = f"/{owner.origin}/oauth_clients/{application.client_id}"
        assert owner.platform.admin("PATCH", path, {"scopes": list(scopes)}).status == 200

    registered_for("read_only")
    renewed = application.refresh(given["refresh_token"]).json
    assert renewed["scope"] == "read_only"
    holder = holder_of(renewed["access_token"])
    assert holder is not None
    assert not holder.allows("read_write")
    assert not holder.allows("missions")
    for scope in ("read_write", "missions"):
        assert _error(application.refresh(renewed["refresh_token"], scope=scope)) == (400, "invalid_scope")
    assert application.redeem(code).json["scope"] == "read_only"
    assert _error(application.refresh(missions_alone["refresh_token"])) == (400, "invalid_scope")
    registered_for("read_only", "read_write")
    assert application.refresh(renewed["refresh_token"]).json["scope"] == "read_write"


def _graceful(owner: Partner, seconds: int) -> Application:
    return register(owner, refresh_grace_seconds=seconds)


def test_within_the_grace_an_old_token_gets_the_same_successor(owner: Partner, spender: Partner) -> None:
    application = _graceful(owner, 60)
    first = application.tokens_of(spender)["refresh_token"]
    second = application.refresh(first).json
    with travelled(timedelta(seconds=59)):
        again = application.refresh(first).json
        assert again["refresh_token"] == second["refresh_token"]
        assert holder_of(again["access_token"]) is not None
        assert application.refresh(second["refresh_token"]).status == 200
    with travelled(timedelta(seconds=61)):
        assert _error(application.refresh(first)) == (400, "invalid_grant")
    assert _error(application.refresh(second["refresh_token"])) == (400, "invalid_grant")
    assert holder_of(second["access_token"]) is None


def test_refreshes_at_once_within_the_grace_get_one_successor(owner: Partner, spender: Partner) -> None:
    application = _graceful(owner, 30)
    token = application.tokens_of(spender)["refresh_token"]
    shared = Application(
        SharedPlatform(application.platform), application.origin, application.client_id, application.client_secret
    )
    answers = at_once([lambda: shared.refresh(token)] * 6)
    assert {answer.status for answer in answers} == {200}
    [successor] = {answer.json["refresh_token"] for answer in answers}
    assert application.refresh(successor).status == 200


def test_grace_ends_with_the_grant_and_the_key(owner: Partner, spender: Partner) -> None:
    application = _graceful(owner, 60)
    key, key_id = _new_key(spender)
    ends: list[Callable[[], object]] = [
        lambda: application.platform.call("DELETE", f"/oauth/grants/{_grants(spender)[0]['id']}", key=spender.key),
        lambda: _revoke(spender, key_id),
    ]
    for end in ends:
        code = callback_of(Request(application).answered(api_key=key, decision="allow"))["code"]
        token = application.redeem(code).json["refresh_token"]
        application.refresh(token)
        end()
        assert _error(application.refresh(token)) == (400, "invalid_grant")


@pytest.mark.parametrize("seconds", [-1, 61, 1.5, "30", True])
def test_grace_is_whole_seconds_up_to_a_minute(owner: Partner, seconds: Any) -> None:
    body = {"name": "Shop", "refresh_grace_seconds": seconds}
    assert owner.platform.admin("POST", f"/{owner.origin}/oauth_clients", body).status == 400


def test_grant_is_ended_once_by_two_at_once(spender: Partner) -> None:
    register(spender).tokens_of(spender)
    [grant] = _grants(spender)
    path = f"/oauth/grants/{grant['id']}"
    with meanwhile(lambda: spender.platform.call("DELETE", path, key=spender.key)):
        assert spender.platform.call("DELETE", path, key=spender.key).status == 404
    entries = spender.platform.admin("GET", f"/{spender.origin}/audit").json["data"]
    assert [entry["action"] for entry in entries if entry["target"] == grant["id"]] == [
        "oauth_grant.end",
        "oauth_grant.create",
    ]


def test_grant_that_is_used_while_it_is_ended_is_answered_as_it_was_used(spender: Partner) -> None:
    application = register(spender)
    refresh = application.tokens_of(spender)["refresh_token"]
    [grant] = _grants(spender)
    path = f"/oauth/grants/{grant['id']}"
    with meanwhile(lambda: application.refresh(refresh)):
        ended = spender.platform.call("DELETE", path, key=spender.key)
    assert (ended.status, ended.json["last_used_at"] > grant["last_used_at"]) == (200, True)
    assert _grants(spender) == []
