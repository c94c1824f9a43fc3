"""API keys: made, kept as a hash, scoped, used and revoked."""

import hashlib
import json
import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.core import aws
from chalicelib.core.cache import TtlCache
from chalicelib.core.clock import travelled
from chalicelib.core.settings import settings
from chalicelib.partners import repository, service
from chalicelib.partners.domain import SCOPES, parse_key
from tests.faults.wire import meanwhile
from tests.platform import Answer, Partner, Platform


@pytest.fixture(scope="module")
def partner(platform: Platform) -> Partner:
    """One partner for the tests of this module, each of which makes keys of its own; keys need no collection."""
    return platform.new_partner(collection=False)


@pytest.fixture(scope="module")
def other(platform: Platform) -> Partner:
    """Another partner."""
    return platform.new_partner(collection=False)


def _create(partner: Partner, **fields: Any) -> Any:
    answer = partner.platform.admin("POST", f"/{partner.origin}/keys", {"name": "test", **fields})
    assert answer.status == 200, answer
    return answer.json


def _show(partner: Partner, key_id: str) -> Any:
    return partner.platform.admin("GET", f"/{partner.origin}/keys/{key_id}").json


def _revoke(partner: Partner, key_id: str) -> Answer:
    return partner.platform.admin("DELETE", f"/{partner.origin}/keys/{key_id}")


def _gardenlab(partner: Partner, key: str) -> int:
    """200 would need a collection: 400 says that the credential was accepted."""
    query = {"origin": partner.origin, "contract_id": "none"}
    return partner.platform.call("GET", "/api/v1/getAllInteractions", key=key, query=query).status


def _webhooks(partner: Partner, key: str) -> int:
    return partner.platform.call("GET", "/webhooks/endpoints", key=key).status


def test_a_key_is_shown_whole_once(partner: Partner) -> None:
    created = _create(partner, name="deploys")
    key = created.pop("key")
    assert key.startswith(f"{created['prefix']}_")
    assert created["prefix"] == f"sg_{settings().stage}_{created['id']}"
    assert (created["name"], created["scopes"], created["revoked"]) == ("deploys", [], False)
    assert created["last_used_at"] is None
    assert _show(partner, created["id"]) == created
    listed = partner.platform.admin("GET", f"/{partner.origin}/keys").json["data"]
    assert listed[0] == created
    assert _revoke(partner, created["id"]).json.get("key") is None


def test_a_secret_has_256_random_bits(partner: Partner) -> None:
    secrets = [parsed.secret for parsed in (parse_key(_create(partner)["key"]) for _ in range(3)) if parsed]
    assert len(set(secrets)) == 3
    assert {len(secret) for secret in secrets} == {43}


def test_a_key_is_kept_as_a_hash_alone(partner: Partner) -> None:
    created = _create(partner)
    secret = created["key"].rpartition("_")[2]
    table = f"{settings().prefix}partners"
    place = {"pk": {"S": repository.key_pk(created["id"])}, "sk": {"S": "KEY"}}
    item = aws.client("dynamodb").get_item(TableName=table, Key=place)["Item"]
    assert item["secret_sha256"]["S"] == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in json.dumps(item)


def test_the_audit_log_holds_neither_a_secret_nor_its_hash(partner: Partner) -> None:
    created = _create(partner)
    secret = created["key"].rpartition("_")[2]
    _revoke(partner, created["id"])
    log = json.dumps(partner.platform.admin("GET", f"/{partner.origin}/audit").json)
    assert created["id"] in log
    assert secret not in log
    assert hashlib.sha256(secret.encode()).hexdigest() not in log


@pytest.mark.parametrize(
    "fields",
    [{"name": ""}, {"name": "x" * 129}, {"name": None}, {"scopes": ["admin"]}, {"scopes": "gardenlab"}, {"key": 1}],
)
def test_a_key_that_cannot_be_is_refused(partner: Partner, fields: dict[str, Any]) -> None:
    answer = partner.platform.admin("POST", f"/{partner.origin}/keys", {"name": "test", **fields})
    assert answer.status == 400
    assert answer.json["error"]["message"].startswith(next(iter(fields)))


def test_a_partner_has_several_keys_at_once(partner: Partner) -> None:
    old, new = _create(partner)["key"], _create(partner)["key"]
    assert (_webhooks(partner, old), _webhooks(partner, new)) == (200, 200)


def test_a_key_without_scopes_may_do_everything(partner: Partner) -> None:
    ways: tuple[dict[str, Any], ...] = ({}, {"scopes": None}, {"scopes": []})
    for given in ways:
        key = _create(partner, **given)["key"]
        assert (_gardenlab(partner, key), _webhooks(partner, key)) == (400, 200)
        credential = service.authenticate(key)
        assert credential is not None
        assert all(credential.allows(scope) for scope in SCOPES)


def test_a_key_with_scopes_may_do_no_more(partner: Partner) -> None:
    gardenlab, webhooks = _create(partner, scopes=["gardenlab"])["key"], _create(partner, scopes=["webhooks"])["key"]
    assert (_gardenlab(partner, gardenlab), _webhooks(partner, gardenlab)) == (400, 403)
    assert (_gardenlab(partner, webhooks), _webhooks(partner, webhooks)) == (403, 200)


def test_a_key_speaks_for_its_own_partner_alone(partner: Partner, other: Partner) -> None:
    assert _gardenlab(other, partner.key) == 403


def test_a_key_of_another_partner_is_not_found(partner: Partner, other: Partner) -> None:
    created = _create(partner)
    assert _revoke(other, created["id"]).status == 404
    assert other.platform.admin("GET", f"/{other.origin}/keys/{created['id']}").status == 404
    assert _webhooks(partner, created["key"]) == 200


@pytest.mark.parametrize("key_id", ["nothing", "x" * 3000, "%23", "KEY"])
def test_a_key_that_is_not_there_is_not_found(partner: Partner, key_id: str) -> None:
    assert _revoke(partner, key_id).status == 404


def test_a_use_is_remembered(partner: Partner) -> None:
    created = _create(partner)
    _webhooks(partner, created["key"])
    assert _show(partner, created["id"])["last_used_at"] >= created["created_at"]


def test_a_wrong_secret_is_no_use(partner: Partner) -> None:
    created = _create(partner)
    assert _webhooks(partner, created["prefix"] + "_" + "0" * 43) == 403
    assert _show(partner, created["id"])["last_used_at"] is None


def test_a_wrong_secret_is_refused_while_the_right_one_is_remembered(partner: Partner) -> None:
    created = _create(partner)
    assert _webhooks(partner, created["key"]) == 200
    assert _webhooks(partner, created["prefix"] + "_" + "0" * 43) == 403


def test_a_revoked_key_stops_at_once_here(partner: Partner) -> None:
    created = _create(partner)
    assert _webhooks(partner, created["key"]) == 200
    revoked = _revoke(partner, created["id"])
    assert (revoked.status, revoked.json["revoked"]) == (200, True)
    assert (_webhooks(partner, created["key"]), _gardenlab(partner, created["key"])) == (403, 403)
    assert _show(partner, created["id"])["last_used_at"] == revoked.json["last_used_at"]


def test_the_other_keys_of_the_partner_stay(partner: Partner) -> None:
    _revoke(partner, _create(partner)["id"])
    assert _webhooks(partner, partner.key) == 200


def test_a_key_is_revoked_once(partner: Partner) -> None:
    created = _create(partner)
    first = _revoke(partner, created["id"])
    with travelled(timedelta(hours=1)):
        again = _revoke(partner, created["id"])
    assert (again.status, again.json) == (200, first.json)
    log = partner.platform.admin("GET", f"/{partner.origin}/audit").json["data"]
    assert [entry["action"] for entry in log if entry["target"] == created["id"]] == ["key.revoke", "key.create"]


def test_a_key_is_revoked_once_by_two_at_once(partner: Partner) -> None:
    created = _create(partner)
    others: list[Answer] = []
    with meanwhile(lambda: others.append(_revoke(partner, created["id"]))):
        assert _revoke(partner, created["id"]).json == others[0].json
    log = partner.platform.admin("GET", f"/{partner.origin}/audit").json["data"]
    assert [entry["action"] for entry in log if entry["target"] == created["id"]] == ["key.revoke", "key.create"]


def test_another_warm_function_stops_within_a_minute(partner: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    created = _create(partner)
    here = service._keys
    elsewhere = TtlCache[str, Any](seconds=service.REVOCATION_DELAY_SECONDS)
    monkeypatch.setattr(service, "_keys", elsewhere)
    assert _webhooks(partner, created["key"]) == 200
    monkeypatch.setattr(service, "_keys", here)
    _revoke(partner, created["id"])
    monkeypatch.setattr(service, "_keys", elsewhere)
    assert _webhooks(partner, created["key"]) == 200
    monkeypatch.setattr("chalicelib.core.cache.time", SimpleNamespace(monotonic=lambda: time.monotonic() + 60))
    assert _webhooks(partner, created["key"]) == 403


def test_a_key_in_use_while_it_is_being_changed_is_tried_again(partner: Partner) -> None:
    created = _create(partner)
    error = {"Code": "TransactionConflictException", "Message": "a transaction holds the row"}
    answers = [(SimpleNamespace(status_code=400), {"Error": error, "ResponseMetadata": {}})]

    def answer_once(**_: Any) -> Any:
        return answers.pop() if answers else None

    events = aws.client("dynamodb").meta.events
    events.register_first("before-call.dynamodb.UpdateItem", answer_once)
    try:
        assert _webhooks(partner, created["key"]) == 200
    finally:
        events.unregister("before-call.dynamodb.UpdateItem", answer_once)
    assert answers == []


def _credentials(key: str) -> dict[str, str]:
    prefix, _, secret = key.rpartition("_")
    stage = settings().stage
    return {
        "nothing": "",
        "prefix alone": prefix,
        "no secret": f"{prefix}_",
        "cut": key[:-1],
        "cut to the shortest secret": f"{prefix}_{secret[:16]}",
        "too much": f"{key}0",
        "another stage": key.replace(f"sg_{stage}_", "sg_prod_", 1),
        "no stage": key.replace(f"sg_{stage}_", "sg__", 1),
        "another case": key.upper(),
        "another id": key.replace(prefix, f"sg_{stage}_unknown"),
        "oversized": key + "0" * 100_000,
        "oversized id": f"sg_{stage}_{'x' * 100_000}_{secret}",
        "not ASCII": f"{prefix}_é{secret}",
        "half a surrogate": f"{prefix}_\udcff",
        "a NUL": f"{key}\x00",
        "a line break": f"{key}\nx",
        "key of a row": f"sg_{stage}_{'KEY#' + prefix}_{secret}",
        "twice": f"{key} {key}",
    }


@pytest.mark.parametrize("what", _credentials("sg_dev_id_secret"))
def test_a_credential_that_is_no_key_is_refused(partner: Partner, what: str) -> None:
    credential = _credentials(partner.key)[what]
    assert (_gardenlab(partner, credential), _webhooks(partner, credential)) == (403, 403)


@pytest.mark.parametrize("form", ["{}", "Basic {}", "Bearer", "Bearer{}", "Bearer, {}"])
def test_a_key_is_a_bearer_credential(partner: Partner, form: str) -> None:
    headers = {"Authorization": form.format(partner.key)}
    assert partner.platform.call("GET", "/webhooks/endpoints", headers=headers).status == 403


def test_the_schemes_name_has_no_case(partner: Partner) -> None:
    headers = {"Authorization": f"bEARER {partner.key}"}
    assert partner.platform.call("GET", "/webhooks/endpoints", headers=headers).status == 200


def test_a_key_that_was_checked_stands_for_its_holder_until_it_is_revoked(partner: Partner) -> None:
    created = _create(partner, scopes=["webhooks"])
    holder = service.holder_of(created["id"])
    assert holder is not None
    assert (holder.origin, holder.scopes) == (partner.origin, frozenset({"webhooks"}))
    assert _show(partner, created["id"])["last_used_at"] is None
    service.revoke_key(partner.origin, created["id"])
    assert service.holder_of(created["id"]) is None
    assert service.holder_of("unknown") is None
