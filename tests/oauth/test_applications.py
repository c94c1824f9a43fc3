"""Applications and signing keys on the admin surface and the command line."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import aws
from chalicelib.core.clock import now, travelled
from chalicelib.core.kms import DELETION_DAYS, STAGE_TAG
from chalicelib.core.settings import settings
from chalicelib.oauth import repository
from chalicelib.oauth.models import RotationRow
from chalicelib.oauth.queues import ROTATIONS, rotate_message
from chalicelib.oauth.service import keys, rotation
from tests.cli.shell import Shell
from tests.faults.wire import meanwhile
from tests.gardenlab.admin_calls import audit_log
from tests.oauth.flows import holder_of, register
from tests.operations.queues import fill, refusing
from tests.platform import Partner, Platform
from tests.served import served


@pytest.fixture
def operator(platform: Platform) -> Partner:
    """A partner of this test's own."""
    return platform.new_partner(collection=False)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"name": "Newer"}, {"redirect_uris": ["https://shop.example/other"]}),
        ({"scopes": ["read_only"]}, {"refresh_grace_seconds": 9}),
        ({"name": "Newer"}, {"name": "Newest"}),
    ],
    ids=str,
)
def test_two_changes_at_once_answer_and_tell_of_one_another(
    operator: Partner, first: dict[str, Any], second: dict[str, Any]
) -> None:
    path = f"/{operator.origin}/oauth_clients/{register(operator).client_id}"
    with meanwhile(lambda: operator.platform.admin("PATCH", path, second)):
        answer = operator.platform.admin("PATCH", path, first)
    shown = operator.platform.admin("GET", path).json
    assert answer.json == shown == {**shown, **second, **first}
    later, earlier = (entry for entry in audit_log(operator) if entry["action"] == "oauth_client.update")
    assert (earlier["after"], later["after"]) == (later["before"], shown)


def test_application_that_changes_while_it_is_deleted_is_told_of_as_it_was_last(operator: Partner) -> None:
    path = f"/{operator.origin}/oauth_clients/{register(operator).client_id}"
    with meanwhile(lambda: operator.platform.admin("PATCH", path, {"name": "Newer"})):
        assert operator.platform.admin("DELETE", path).json["name"] == "Newer"
    assert audit_log(operator)[0]["before"]["name"] == "Newer"
    with meanwhile(lambda: operator.platform.admin("DELETE", path)) as made:
        assert operator.platform.admin("DELETE", path).status == 404
    assert not made


def test_secret_is_shown_once(operator: Partner) -> None:
    path = f"/{operator.origin}/oauth_clients"
    body = {"name": "Shop", "redirect_uris": ["https://shop.example/cb"], "scopes": ["read_only"], "confidential": True}
    body["refresh_grace_seconds"] = 30
    created = operator.platform.admin("POST", path, body).json
    assert created.pop("client_secret").startswith("cs_")
    assert created.pop("created_at")
    client_id = created.pop("client_id")
    assert created == body
    shown = operator.platform.admin("GET", f"{path}/{client_id}").json
    assert "secret" not in str(shown)
    listed = operator.platform.admin("GET", path).json
    assert listed["data"] == [shown]
    assert register(operator, confidential=False).client_secret is None


def test_changes_and_the_end_are_audited(operator: Partner) -> None:
    application = register(operator)
    path = f"/{operator.origin}/oauth_clients/{application.client_id}"
    assert operator.platform.admin("PATCH", path, {"scopes": ["read_only"]}).json["scopes"] == ["read_only"]
    assert application.token(grant_type="client_credentials", scope="read_write").json["error"] == "invalid_scope"
    assert operator.platform.admin("PATCH", path, {}).status == 200
    deleted = operator.platform.admin("DELETE", path)
    assert deleted.json["client_id"] == application.client_id
    actions = [entry["action"] for entry in audit_log(operator) if entry["action"].startswith("oauth")]
    assert actions == ["oauth_client.delete", "oauth_client.update", "oauth_client.create"]
    for method in ("GET", "PATCH", "DELETE"):
        assert operator.platform.admin(method, path, {} if method == "PATCH" else None).status == 404


def test_tokens_end_with_their_application(operator: Partner) -> None:
    application = register(operator)
    token = application.own_token()
    given = application.tokens_of(operator)
    operator.platform.admin("DELETE", f"/{operator.origin}/oauth_clients/{application.client_id}")
    assert holder_of(token) is None
    assert holder_of(given["access_token"]) is None
    assert application.refresh(given["refresh_token"]).json["error"] == "invalid_client"


def test_applications_of_another_partner_are_not_there(operator: Partner, platform: Platform) -> None:
    application = register(operator)
    stranger = platform.new_partner(collection=False)
    path = f"/{stranger.origin}/oauth_clients"
    for method in ("GET", "PATCH", "DELETE"):
        body = {"name": "mine"} if method == "PATCH" else None
        assert platform.admin(method, f"{path}/{application.client_id}", body).status == 404
    assert platform.admin("GET", path).json["data"] == []
    assert platform.admin("GET", path, query={"starting_after": application.client_id}).status == 400


WRONG: dict[str, dict[str, Any]] = {
    "no name": {"name": ""},
    "unknown scope": {"scopes": ["admin"]},
    "no scope": {"scopes": []},
    "unknown field": {"secret": "mine"},
    "http": {"redirect_uris": ["http://shop.example/"]},
    "script": {"redirect_uris": ["javascript:alert(1)"]},
    "data": {"redirect_uris": ["data:text/html,x"]},
    "fragment": {"redirect_uris": ["https://shop.example/#x"]},
    "user name": {"redirect_uris": ["https://a@shop.example/"]},
    "relative": {"redirect_uris": ["/callback"]},
    "no host": {"redirect_uris": ["https:///callback"]},
    "blank": {"redirect_uris": ["https://shop.example/ x"]},
    "semicolon in the host": {"redirect_uris": ["https://shop.example;script-src *"]},
    "line break": {"redirect_uris": ["https://shop.example/\nx"]},
    "bad port": {"redirect_uris": ["https://shop.example:x/"]},
    "loopback's look-alike": {"redirect_uris": ["http://127.0.0.1.evil.example/"]},
    "plain scheme": {"redirect_uris": ["myapp:/cb"]},
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_registration_is_refused(operator: Partner, what: str) -> None:
    body = {"name": "Shop", "redirect_uris": [], **WRONG[what]}
    assert operator.platform.admin("POST", f"/{operator.origin}/oauth_clients", body).status == 400


@pytest.mark.parametrize(
    "uri",
    ["https://shop.example:8443/a?b=c", "http://127.0.0.1:9000/cb", "http://[::1]:9000/cb", "com.example.app:/cb"],
    ids=["port and query", "loopback", "loopback in IPv6", "private scheme"],
)
def test_right_addresses_are_taken_and_stand_in_the_policy(operator: Partner, uri: str) -> None:
    application = register(operator, redirect_uris=[uri])
    query = {"response_type": "code", "client_id": application.client_id, "redirect_uri": uri}
    answer = operator.platform.call("GET", "/oauth/authorize", query=query)
    assert answer.status == 200
    assert f" {uri.partition(':')[0]}:" in answer.headers["content-security-policy"]


def test_admin_key_is_needed(operator: Partner) -> None:
    for method, path in (
        ("GET", f"/admin/partners/{operator.origin}/oauth_clients"),
        ("POST", f"/admin/partners/{operator.origin}/oauth_clients"),
        ("GET", "/admin/signing_keys"),
        ("POST", "/admin/signing_keys"),
    ):
        assert operator.platform.call(method, path, key=operator.key, body={}).status == 401


def test_command_does_the_same(platform: Platform) -> None:
    partner = platform.new_partner(collection=False)
    uri = "https://shop.example/cb"
    with served(platform.app) as base:
        shell = Shell(base)
        created = shell.json("oauth-client", "create", partner.origin, "--name", "Shop", "--redirect-uri", uri)
        assert created["client_secret"]
        client_id = created["client_id"]
        assert client_id in shell.say("oauth-client", "list", partner.origin)
        shell.say("oauth-client", "update", partner.origin, client_id, "--scope", "read_write")
        assert shell.json("oauth-client", "show", partner.origin, client_id)["scopes"] == ["read_write"]
        assert shell.json("oauth-client", "delete", partner.origin, client_id, "--yes")["client_id"] == client_id
        assert len(shell.json("signing-key", "list")["data"]) == 2


@pytest.fixture
def fresh_keys(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keys of this test's own, never rotated, so that no other test's token is signed by one that is replaced."""
    del platform
    RotationRow("ROTATION", "ROTATION").delete()
    monkeypatch.setattr(keys, "_SLOTS", ("rotated-a", "rotated-b"))
    keys._keys.clear()
    yield
    monkeypatch.undo()
    keys._keys.clear()


@pytest.mark.usefixtures("fresh_keys")
def test_keys_rotate_without_losing_a_token(platform: Platform, operator: Partner) -> None:
    application = register(operator)
    [newer, older] = keys.live_keys()
    assert keys.signing() == newer  # of the first two nobody can know one alone
    with travelled(timedelta(hours=3)):
        assert keys.signing() == newer
        current = application.own_token()
        answer = platform.call("POST", "/admin/signing_keys", key=settings().admin_key)
        assert answer.status == 200, answer
        assert [key["kid"] for key in answer.json["data"]] == [newer.kid, older.kid], "it is only asked for"
        platform.drain()
        [made, kept] = platform.call("GET", "/admin/signing_keys", key=settings().admin_key).json["data"]
        assert kept["kid"] == newer.kid
        assert made["kid"] not in (newer.kid, older.kid)
        assert holder_of(current) is not None
        assert holder_of(application.own_token("read_only")) is not None
        published = {key["kid"] for key in platform.call("GET", "/oauth/jwks.json").json["keys"]}
        assert published == {made["kid"], newer.kid}
        assert platform.call("POST", "/admin/signing_keys", key=settings().admin_key).status == 409


@pytest.mark.usefixtures("fresh_keys")
def test_the_first_rotation_of_a_stage_may_come_at_once_and_loses_no_token(
    platform: Platform, operator: Partner
) -> None:
    application = register(operator)
    kept, replaced = keys.live_keys()
    before = application.own_token()
    assert platform.call("POST", "/admin/signing_keys", key=settings().admin_key).status == 200
    platform.drain()
    assert holder_of(application.own_token("read_only")) is not None, "a process that knows the keys from before"
    keys._keys.clear()
    assert holder_of(application.own_token("read_only")) is not None
    assert holder_of(before) is not None
    assert kept in keys.live_keys()
    assert replaced not in keys.live_keys()


@pytest.mark.usefixtures("fresh_keys")
def test_a_key_that_signs_is_not_replaced(
    platform: Platform, operator: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = register(operator)
    monkeypatch.setattr(keys, "_FIRST_KEYS_WITHIN", timedelta(0))  # as if the second had been made later
    _, older = keys.live_keys()
    assert keys.signing() == older
    assert platform.call("POST", "/admin/signing_keys", key=settings().admin_key).status == 409
    platform.drain()
    assert holder_of(application.own_token("read_only")) is not None


@pytest.mark.usefixtures("fresh_keys")
def test_one_command_makes_a_key_of_the_stage_and_has_the_replaced_one_deleted(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.commands.signing_key.sleep", lambda _: platform.drain())
    kms, [newer, older] = aws.client("kms"), keys.live_keys()
    with travelled(timedelta(hours=3)), served(platform.app) as base:
        answer = Shell(base).json("signing-key", "rotate", "--yes")
    assert [key["kid"] for key in answer["data"]][1:] == [newer.kid]
    gone = kms.describe_key(KeyId=older.key_id)["KeyMetadata"]
    assert gone["KeyState"] == "PendingDeletion"
    assert gone["DeletionDate"] - now() > timedelta(days=DELETION_DAYS - 1)
    [made] = [key for key in keys.live_keys() if key != newer]
    assert kms.list_resource_tags(KeyId=made.key_id)["Tags"] == [{"TagKey": STAGE_TAG, "TagValue": "dev"}]


@pytest.mark.usefixtures("fresh_keys")
def test_a_rotation_that_was_interrupted_goes_on_with_the_key_that_it_made(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer, older = keys.live_keys()
    made: list[str] = []
    note = repository.note_new_key

    def note_and_die(rotation_id: str, key_id: str) -> bool:
        assert note(rotation_id, key_id)
        made.append(key_id)
        raise SystemError("the worker ends here")

    with travelled(timedelta(hours=3)):
        with monkeypatch.context() as patch:
            patch.setattr(repository, "note_new_key", note_and_die)
            assert platform.call("POST", "/admin/signing_keys", key=settings().admin_key).status == 200
            platform.drain()
        assert set(keys.live_keys_now()) == {newer, older}
        answer = platform.call("POST", "/admin/signing_keys", key=settings().admin_key)
        assert answer.status == 200, "an open rotation is asked for again"
        platform.drain()
        [first, second] = keys.live_keys_now()
    assert (first.key_id, second) == (made[0], newer)
    assert len(made) == 1


@pytest.mark.usefixtures("fresh_keys")
@pytest.mark.parametrize("before", ["dynamodb.GetItem", "kms.CreateKey", "dynamodb.UpdateItem", "kms.UpdateAlias"])
def test_two_workers_of_one_rotation_agree_on_one_key(platform: Platform, before: str) -> None:
    kms, [newer, _] = aws.client("kms"), keys.live_keys()
    known = _signing_key_ids(kms)
    with travelled(timedelta(hours=3)):
        assert platform.call("POST", "/admin/signing_keys", key=settings().admin_key).status == 200
        rotation_id = repository.find_open_rotation()
        assert rotation_id is not None
        with meanwhile(lambda: rotation.work(rotation_id), before=before) as made:
            rotation.work(rotation_id)
        assert made
        platform.drain()
        [first, second] = keys.live_keys_now()
    assert second == newer
    states = {each: kms.describe_key(KeyId=each)["KeyMetadata"]["KeyState"] for each in _signing_key_ids(kms) - known}
    assert [each for each, state in states.items() if state == "Enabled"] == [first.key_id]


def _signing_key_ids(kms: Any) -> set[str]:
    pages = kms.get_paginator("list_keys").paginate()
    return {each["KeyId"] for page in pages for each in page["Keys"]}


@pytest.mark.usefixtures("fresh_keys")
def test_a_rotation_that_sqs_does_not_take_can_be_asked_for_again(platform: Platform) -> None:
    with travelled(timedelta(hours=3)):
        with refusing("SendMessageBatch", holding="RotateSigningKeys"):
            assert platform.call("POST", "/admin/signing_keys", key=settings().admin_key).status == 503
        assert platform.call("POST", "/admin/signing_keys", key=settings().admin_key).status == 200
        platform.drain()
        assert platform.call("POST", "/admin/signing_keys", key=settings().admin_key).status == 409


def test_a_rotation_that_is_done_or_unknown_is_not_worked_again(platform: Platform) -> None:
    before = keys.live_keys_now()
    fill(ROTATIONS.full_name, rotate_message("rot_UNKNOWN").encode())
    assert platform.drain().failed == 0
    assert keys.live_keys_now() == before
