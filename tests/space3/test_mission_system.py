"""The mission system: what it sends, what it keeps, what it answers."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from chalicelib.core.clock import travelled
from chalicelib.core.settings import settings
from chalicelib.core.tables import key
from chalicelib.space3.domain.windows import OutsideWindow, iso_millis, window_at
from chalicelib.space3.models import MissionRow
from chalicelib.space3.service import verification
from chalicelib.space3.service.jobs import CALLS_AT_ONCE
from tests.faults.recovery import lose_messages
from tests.faults.wire import Lifeline
from tests.platform import Answer as Reply
from tests.platform import Platform
from tests.receivers import Answer, Received, Receiver
from tests.space3.missions import WALLET, ZEALY, Missions, at
from tests.times import NO_TIMES

YES = Answer(200, body=b'{"success": true}')


@pytest.fixture(scope="module")
def user(missions: Missions) -> str:
    return missions.user(
        uid="660ACC89142ce43bb232a3e5", email="Ada+x@example.com", wallet=WALLET.lower(),
        discord_id="d 1", x_id="x/1", x_username="ada", telegram_id="t?1",
    )  # fmt: skip


def asked(missions: Missions, user: str, path: str, then: Answer = YES, **fields: Any) -> tuple[Received, Any]:
    """The one request that a verification makes, and the verdict."""
    with Receiver(then=then, path=path) as receiver:
        verdict = missions.verify(missions.mission(receiver.url, **fields), user)
        [request] = receiver.requests
    return request, verdict


def test_a_missions_evidence_is_listed_newest_first(missions: Missions, user: str) -> None:
    with Receiver(then=YES) as receiver:
        mission = missions.mission(receiver.url + "/<uid>")
        ids = [missions.verify(mission, user)["evidence_id"] for _ in range(3)]
        other = missions.mission(receiver.url + "/<uid>")
        missions.verify(other, user)
    page = verification.list_evidence(missions.origin, mission, limit=2, after=None)
    assert ([row.id for row in page.items], page.has_more) == (ids[:0:-1], True)
    rest = verification.list_evidence(missions.origin, mission, limit=2, after=page.items[-1].id)
    assert ([row.id for row in rest.items], rest.has_more) == (ids[:1], False)


def test_the_users_data_stand_where_the_template_says(missions: Missions, user: str) -> None:
    path = "/<Email>/{UID}/1?wallet=<wallet>&d={discordId}&x=<xId>&x2=<twitterid>&t=<telegramId>&wallet2={WALLET}"
    request, verdict = asked(missions, user, path)
    parts = urlsplit(request.target)
    assert (request.method, parts.path) == ("GET", "/Ada%2Bx%40example.com/660acc89142ce43bb232a3e5/1")
    query = dict(parse_qsl(parts.query))
    assert query.pop("fromDate") == "1970-01-01T00:00:00.000Z"
    assert query.pop("toDate").endswith("Z")
    assert query == {"wallet": WALLET, "d": "d 1", "x": "x/1", "x2": "x/1", "t": "t?1", "wallet2": WALLET}
    assert verdict | {"evidence_id": ""} == {
        "verdict": "done", "reason": None, "progress": 1, "target": 1, "evidence_id": "",
    }  # fmt: skip


def test_a_template_may_place_the_window_itself(missions: Missions, user: str) -> None:
    request, _ = asked(missions, user, "/1?since=<fromDate>&toDate=never", starts_at="2024-05-01T00:00:00+02:00")
    assert dict(parse_qsl(urlsplit(request.target).query)) == {"since": "2024-04-30T22:00:00.000Z", "toDate": "never"}


def test_the_window_ends_after_what_has_just_happened(missions: Missions, user: str) -> None:
    before = datetime.now(UTC)
    request, _ = asked(missions, user, "/1")
    end = datetime.fromisoformat(dict(parse_qsl(urlsplit(request.target).query))["toDate"])
    assert before < end <= datetime.now(UTC) + timedelta(milliseconds=2)


def test_a_wallet_is_lowered_on_request(missions: Missions, user: str) -> None:
    request, _ = asked(missions, user, "/<wallet>", lowercase_wallet=True)
    assert urlsplit(request.target).path == f"/{WALLET.lower()}"


@pytest.mark.parametrize(
    ("dialect", "path", "address"),
    [
        ("questn", "/q", WALLET),
        ("questn", "/q?address=<wallet>", WALLET),
        ("questn", "/<wallet>", None),
        ("taskon", "/t?a=1", WALLET.lower()),
        ("galxe", "/g?address=$address", WALLET.lower()),
        ("galxe", "/g?address=$addressWithout0x", WALLET.lower()[2:]),
        ("galxe", "/g/$addressWithout0x?a=1", None),
        ("galxe", "/g", WALLET.lower()),
        ("carv", "/c", WALLET),
    ],
)
def test_dialects_ask_by_address(missions: Missions, user: str, dialect: str, path: str, address: str | None) -> None:
    with Receiver(then=Answer(200, body=b"{}"), path=path) as receiver:
        missions.verify(missions.mission(receiver.url, dialect=dialect), user)
        request = receiver.requests[0]
    assert (request.method, dict(parse_qsl(urlsplit(request.target).query)).get("address")) == ("GET", address)


def test_zealy_is_posted_the_accounts(missions: Missions, user: str) -> None:
    said = Answer(200, body=b'{"message": "ok"}')
    request, verdict = asked(missions, user, "/z", said, dialect="zealy", zealy=ZEALY, headers={"x-api-key": "hush"})
    body = json.loads(request.body)
    assert (request.method, request.headers["x-api-key"]) == ("POST", "hush")
    assert request.headers["content-type"] == "application/json"
    assert body.pop("requestId") == verdict["evidence_id"]
    assert body == {
        "userId": "660acc89142ce43bb232a3e5", "communityId": "c1", "subdomain": "club", "questId": "q1",
        "accounts": {
            "email": "Ada+x@example.com", "wallet": WALLET, "discord": {"id": "d 1", "handle": None},
            "twitter": {"id": "x/1", "username": "ada"},
            "telegram": {"id": "t?1"},
        },
    }  # fmt: skip
    nobody = missions.user()
    with Receiver() as receiver:
        verdict = missions.verify(missions.mission(receiver.url, dialect="zealy", **ZEALY), nobody)
    assert verdict["reason"] == "missing_identity"


@pytest.mark.parametrize("dialect", ["space3", "zealy"])
def test_a_signature_is_good_for_this_user_alone(missions: Missions, user: str, dialect: str) -> None:
    options = ZEALY if dialect == "zealy" else {}
    with Receiver(then=YES, path="/<Email>/1?wallet=<wallet>") as receiver:
        created = missions.created(receiver.url, dialect=dialect, **options)
        missions.verify(created["id"], user)
        request = receiver.requests[0]
    verifier = Webhook(created["signing_secret"])
    signed = request.target.encode() + request.body
    _check(verifier, signed, request.headers)
    for other in (signed.replace(b"Ada", b"Eve"), request.body, signed + b" "):
        with pytest.raises(WebhookVerificationError):
            _check(verifier, other, request.headers)


def _check(verifier: Webhook, signed: bytes, headers: dict[str, str]) -> None:
    """The library reads what it has verified as JSON, which a request target is not."""
    expected = verifier.sign(
        headers["webhook-id"], datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC), signed.decode()
    )
    if expected not in headers["webhook-signature"].split(" "):
        raise WebhookVerificationError("no signature matches")


def test_headers_are_sent_kept_encrypted_and_never_answered(missions: Missions, user: str) -> None:
    secret = "s3cret-value"
    with Receiver(then=YES) as receiver:
        created = missions.created(receiver.url, headers={"X-Partner": secret, "Authorization": f"Bearer {secret}"})
        verdict = missions.verify(created["id"], user)
        request = receiver.requests[0]
        patched = missions.call("PATCH", f"/missions/{created['id']}", {"headers": {"X-Other": secret}})
        missions.verify(created["id"], user)
        again = receiver.requests[1]
    assert (request.headers["x-partner"], request.headers["authorization"]) == (secret, f"Bearer {secret}")
    assert (again.headers.get("x-partner"), again.headers["x-other"]) == (None, secret)
    assert created["headers"] == ["X-Partner", "Authorization"]
    shown = [created, patched.json, missions.call("GET", f"/missions/{created['id']}").json, missions.evidence(verdict)]
    assert secret not in json.dumps(shown)
    assert ["signing_secret" in each for each in shown] == [True, False, False, False]
    row = MissionRow.get(key(missions.origin, "MISSION", created["id"]), "MISSION")
    stored = json.dumps(row.to_simple_dict())
    for hidden in (secret, created["signing_secret"], base64.b64encode(secret.encode()).decode()):
        assert hidden not in stored


def test_evidence_keeps_every_try_without_the_users_data(missions: Missions, user: str) -> None:
    long = b'{"success": true, "x": "' + b"y" * 5000 + b'"}'
    with Receiver(answers=[Answer(503, body=b"down")], then=Answer(200, body=long), path="/<Email>") as receiver:
        mission = missions.mission(receiver.url)
        verdict = missions.verify(mission, user)
    evidence = missions.evidence(verdict)
    first, second = evidence.pop("tries")
    assert (first["status"], first["reason"], first["head"]) == (503, "partner_down", "down")
    assert (second["status"], second["reason"], second["verdict"]) == (200, None, "done")
    assert second["sha256"] == hashlib.sha256(long).hexdigest()
    assert second["head"] == long[:2048].decode()
    assert "Ada" not in json.dumps([first, second])
    assert urlsplit(second["url"]).path == "/<email>"
    assert (evidence["mission_id"], evidence["uid"], evidence["verdict"]) == (mission, user, "done")


def test_a_try_is_kept_though_the_function_dies_before_the_next(
    missions: Missions, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Receiver(then=Answer(503, body=b"down")) as receiver:
        mission = missions.mission(receiver.url)
        first_try = verification._try

        def die_at_the_second(*arguments: Any, **named: Any) -> None:
            if arguments[4] == 2:
                raise SystemExit
            first_try(*arguments, **named)

        monkeypatch.setattr(verification, "_try", die_at_the_second)
        with pytest.raises(SystemExit):
            verification.verify(missions.origin, mission, user)
        evidence_id = receiver.requests[0].headers["webhook-id"]
    evidence = missions.evidence({"evidence_id": evidence_id})
    assert [each["status"] for each in evidence["tries"]] == [503]
    assert (evidence["verdict"], evidence["reason"]) == ("unknown", "partner_down")


def test_without_a_value_nobody_is_asked(missions: Missions) -> None:
    nobody = missions.user()
    with Receiver(then=YES, path="/<Email>") as receiver:
        verdict = missions.verify(missions.mission(receiver.url), nobody)
        assert receiver.requests == []
    assert (verdict["verdict"], verdict["reason"], verdict["progress"]) == ("unknown", "missing_identity", None)
    assert missions.evidence(verdict)["tries"] == []


@pytest.mark.parametrize("value", [".", ".."])
def test_an_unsafe_value_is_not_sent(missions: Missions, value: str) -> None:
    dotted = missions.user(discord_id=value)
    with Receiver(then=YES, path="/<discordId>/1") as receiver:
        verdict = missions.verify(missions.mission(receiver.url), dotted)
        assert receiver.requests == []
    assert (verdict["verdict"], verdict["reason"]) == ("unknown", "unsafe_value")


def test_outside_its_life_a_mission_asks_nobody_but_a_trial_does(missions: Missions, user: str) -> None:
    with Receiver(then=YES) as receiver:
        soon = missions.mission(receiver.url, starts_at="2999-01-01T00:00:00Z")
        past = missions.mission(receiver.url, ends_at="2020-01-01T00:00:00Z")
        for mission in (soon, past):
            verdict = missions.verify(mission, user)
            assert (verdict["verdict"], verdict["reason"]) == ("unknown", "outside_window")
        assert receiver.requests == []
        report = missions.call(
            "POST", f"/missions/{soon}/test", {"completed_uid": user, "not_completed_uid": user}
        ).json
    assert (report["ok"], report["format_ok"]) == (False, True)
    assert (report["completed"]["ok"], report["not_completed"]["ok"]) == (True, False)


NOW = "2024-02-29T13:14:15.678901"
WINDOWS = {
    "once": ("1970-01-01T00:00:00.000Z", "2024-02-29T13:14:15.679Z"),
    "daily": ("2024-02-29T00:00:00.000Z", "2024-03-01T00:00:00.000Z"),
    "weekly": ("2024-02-26T00:00:00.000Z", "2024-03-04T00:00:00.000Z"),
    "monthly": ("2024-02-01T00:00:00.000Z", "2024-03-01T00:00:00.000Z"),
}


@pytest.mark.parametrize("recurrence", WINDOWS)
def test_each_recurrence_has_its_window(recurrence: Any) -> None:
    window = window_at(recurrence, starts_at=None, ends_at=None, at=at(NOW))
    assert (iso_millis(window.start), iso_millis(window.end)) == WINDOWS[recurrence]
    lived = window_at(recurrence, starts_at=at("2024-02-29T13:00:00"), ends_at=at("2024-02-29T14:00:00"), at=at(NOW))
    assert lived.start == at("2024-02-29T13:00:00")
    assert lived.end <= at("2024-02-29T14:00:00")
    with pytest.raises(OutsideWindow):
        window_at(recurrence, starts_at=None, ends_at=at(NOW), at=at(NOW))


def test_an_admin_key_names_the_partner(missions: Missions) -> None:
    def call(method: str, path: str, body: Any = None, **query: Any) -> Reply:
        return missions.platform.call(method, f"/space3{path}", key=settings().admin_key, body=body, query=query)

    created = call("POST", "/users", {"origin": missions.origin, "email": "by-admin@example.com"})
    assert created.status == 200
    uid = created.json["uid"]
    assert call("GET", f"/users/{uid}", origin=missions.origin).json == created.json
    assert missions.call("GET", f"/users/{uid}").json == created.json
    assert call("GET", f"/users/{uid}").status == 400
    assert call("POST", "/users", {}).status == 400
    assert call("GET", "/users", origin="nobody").status == 404


def test_a_user_is_made_changed_and_listed(rival: Missions) -> None:
    uid = rival.user(email="A@example.com", wallet=WALLET.lower())
    assert rival.call("POST", "/users", {"uid": uid}).status == 409
    changed = rival.call("PATCH", f"/users/{uid.upper()}", {"email": None, "x_id": "1"}).json
    assert (changed["email"], changed["x_id"], changed["wallet"]) == (None, "1", WALLET)
    others = [rival.user() for _ in range(2)]
    page = rival.call("GET", "/users", limit=2).json
    assert [each["uid"] for each in page["data"]] == others[::-1]
    rest = rival.call("GET", "/users", starting_after=others[0]).json
    assert (rest["data"][0]["uid"], rest["object"], rest["has_more"]) == (uid, "list", False)


def test_a_mission_is_changed_listed_and_deleted(rival: Missions, missions: Missions) -> None:
    ids = [rival.mission("https://p.example/<uid>", name=f"m{number}") for number in range(3)]
    page = rival.call("GET", "/missions", limit=2).json
    assert ([each["id"] for each in page["data"]], page["has_more"]) == (ids[:0:-1], True)
    changed = rival.call("PATCH", f"/missions/{ids[0]}", {"target": 9, "kind": "accumulative"}).json
    assert (changed["target"], changed["kind"], changed["name"]) == (9, "accumulative", "m0")
    assert rival.call("PATCH", f"/missions/{ids[0]}", {"dialect": "galxe"}).status == 400
    assert rival.call("DELETE", f"/missions/{ids[0]}").json == changed
    assert rival.call("GET", f"/missions/{ids[0]}").status == 404
    assert missions.call("GET", f"/missions/{ids[1]}").status == 404


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "placeholder": ({"url_template": "https://p.example/<phone>"}, "<phone>"),
    "fragment": ({"url_template": "https://p.example/#<uid>"}, "fragment"),
    "address": ({"url_template": "https://10.0.0.1/"}, "IP address"),
    "zealy without options": ({"dialect": "zealy"}, "community_id"),
    "accumulative galxe": ({"dialect": "galxe", "kind": "accumulative"}, "simple"),
    "times": ({"starts_at": "2024-01-02", "ends_at": "2024-01-01"}, "later"),
    **{name: ({"ends_at": text}, "ends_at") for name, text in NO_TIMES.items()},
    "host header": ({"headers": {"Host": "evil"}}, "Host"),
    "signature header": ({"headers": {"webhook-id": "1"}}, "webhook-id"),
    "header line": ({"headers": {"X-A": "1\r\nX-B: 2"}}, "control"),
    "header twice": ({"headers": {"X-A": "1", "x-a": "2"}}, "one name"),
    "headers too long": ({"headers": {f"X-{number}": "y" * 1000 for number in range(5)}}, "longer"),
    "recurrence": ({"recurrence": "hourly"}, "recurrence"),
    "dialect": ({"dialect": "layer3"}, "dialect"),
    "target": ({"target": 0}, "target"),
    "unknown field": ({"url": "https://p.example"}, "url"),
    "result path": ({"result_path": "a..b"}, "result_path"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_verified_is_refused_by_name(missions: Missions, name: str) -> None:
    fields, named = REFUSED[name]
    body = {"name": "m", "kind": "simple", "url_template": "https://p.example/<uid>", **fields}
    refused = missions.call("POST", "/missions", body)
    assert refused.status == 400
    assert named in refused.json["error"]["message"]


def test_a_job_survives_a_lost_message_and_a_deleted_mission(missions: Missions, user: str) -> None:
    with Receiver(then=YES) as receiver:
        mission = missions.mission(receiver.url)
        job = missions.call("POST", f"/missions/{mission}/verify_many", {"uids": [user]}).json
        lose_messages()
        with travelled(timedelta(minutes=3)):
            assert missions.platform.pump.tick("sweep_verifications") >= 1
            missions.platform.drain()
        assert missions.call("GET", f"/jobs/{job['job_id']}").json["done"] == 1
        again = missions.call("POST", f"/missions/{mission}/verify_many", {"uids": [user]}).json
        missions.call("DELETE", f"/missions/{mission}")
        missions.platform.drain()
        assert missions.call("GET", f"/jobs/{again['job_id']}").json["unknown"] == 1


def test_a_host_gets_no_more_calls_at_once_than_one_worker_makes(missions: Missions, platform: Platform) -> None:
    with Receiver(then=Answer(200, body=b'{"success": true}', delay=0.05)) as receiver:
        users = [missions.user() for _ in range(3 * CALLS_AT_ONCE)]
        mission = missions.mission(receiver.url)
        for part in (users[: len(users) // 2], users[len(users) // 2 :]):
            missions.call("POST", f"/missions/{mission}/verify_many", {"uids": part})
        platform.drain()
        times = sorted(request.at for request in receiver.requests)
    at_once = [sum(1 for other in times if time <= other < time + 0.045) for time in times]
    assert len(times) == len(users)
    assert max(at_once) <= CALLS_AT_ONCE


@pytest.mark.usefixtures("impatient_jobs")
@pytest.mark.parametrize("fatal", [2, 5, 8, 12, 21, 34])
def test_a_job_whose_worker_dies_counts_nobody_twice(missions: Missions, fatal: int) -> None:
    with Receiver(then=YES) as receiver:
        users = [missions.user() for _ in range(CALLS_AT_ONCE + 3)]
        mission = missions.mission(receiver.url)
        job = missions.call("POST", f"/missions/{mission}/verify_many", {"uids": users}).json
        with Lifeline(fatal).held():
            missions.platform.drain()
        with travelled(timedelta(minutes=3)):
            missions.platform.sweep()
            missions.platform.drain()
        finished = missions.call("GET", f"/jobs/{job['job_id']}").json
    assert (finished["status"], finished["processed"], finished["done"]) == ("completed", len(users), len(users))


def test_users_made_and_changed_are_in_the_audit_log_with_the_key(missions: Missions) -> None:
    uid = missions.user(email="audited@example.com")
    path = f"/users/{uid}"
    for _ in range(2):
        assert missions.call("PATCH", path, {"x_id": "ada"}).status == 200
    found = missions.platform.admin("GET", f"/{missions.origin}/audit", query={"limit": 100}).json["data"]
    [updated, created] = [each for each in found if each["target"] == uid]
    assert (created["action"], updated["action"]) == ("mission_user.create", "mission_user.update")
    assert (created["before"], created["after"]["email"]) == (None, "audited@example.com")
    assert (updated["before"]["x_id"], updated["after"]["x_id"]) == (None, "ada")
    assert {each["actor"] for each in (created, updated)} == {f"key:{missions.partner.key.split('_')[2]}"}
