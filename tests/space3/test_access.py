"""Who may see what, made from the route table; and what no input can do."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.core.settings import settings
from chalicelib.space3 import dialects
from tests.platform import Answer, Partner, Platform
from tests.space3.missions import CHECKIN, Missions

TEMPLATE = "https://p.example/<uid>"
BODIES: dict[str, Any] = {
    "POST /space3/missions": {"name": "m", "url_template": TEMPLATE},
    "POST /space3/users": {},
    "PATCH /space3/missions/{id}": {"name": "changed"},
    "PATCH /space3/users/{id}": {"x_id": "changed"},
}


def routes(platform: Platform, prefix: str) -> list[tuple[str, str]]:
    """Every method and path below a prefix."""
    return sorted(
        (method, path) for path, methods in platform.app.routes.items() if path.startswith(prefix) for method in methods
    )


@pytest.fixture(scope="module")
def treasure(rival: Missions) -> dict[str, str]:
    """Ids of another partner, by the collection they belong to."""
    user = rival.user(email="hidden@example.com")
    mission = rival.mission(TEMPLATE, starts_at="2999-01-01T00:00:00Z")
    evidence = rival.verify(mission, user)["evidence_id"]
    job = rival.call("POST", f"/missions/{mission}/verify_many", {"uids": [user]}).json["job_id"]
    return {"missions": mission, "users": user, "evidence": evidence, "jobs": job}


def body_of(method: str, path: str, uid: str) -> Any:
    """A body that the route takes."""
    if method not in ("POST", "PATCH"):
        return None
    if path.endswith("/verify"):
        return {"uid": uid}
    if path.endswith("/verify_many"):
        return {"uids": [uid]}
    if path.endswith("/test"):
        return {"completed_uid": uid, "not_completed_uid": uid}
    return BODIES[f"{method} {path}"]


def test_what_is_foreign_is_answered_as_what_does_not_exist(
    platform: Platform, missions: Missions, rival: Missions, treasure: dict[str, str]
) -> None:
    unknown = {
        "missions": "msn_" + "0" * 20, "users": "f" * 24, "evidence": "evd_" + "0" * 20, "jobs": "job_" + "0" * 20,
    }  # fmt: skip
    uid = missions.user()
    checked = 0
    before = rival.call("GET", "/missions").json, rival.call("GET", "/users").json
    for method, path in routes(platform, "/space3/"):
        if "{id}" not in path:
            continue
        kind = path.split("/")[2]
        answers = [
            missions.call(method, path.removeprefix("/space3").replace("{id}", ids[kind]), body_of(method, path, uid))
            for ids in (treasure, unknown)
        ]
        assert [answer.status for answer in answers] == [404, 404], (method, path)
        assert answers[0].json == answers[1].json
        checked += 1
    assert checked >= 10
    assert (rival.call("GET", "/missions").json, rival.call("GET", "/users").json) == before


def test_a_foreign_user_is_unknown_to_ones_own_mission(missions: Missions, treasure: dict[str, str]) -> None:
    mission = missions.mission(TEMPLATE)
    for path in ("verify", "test"):
        body = {"uid": treasure["users"]} if path == "verify" else {
            "completed_uid": treasure["users"], "not_completed_uid": treasure["users"]
        }  # fmt: skip
        assert missions.call("POST", f"/missions/{mission}/{path}", body).status == 404


def test_every_route_wants_a_key_with_the_scope(platform: Platform, club: Partner, missions: Missions) -> None:
    def key(scopes: list[str]) -> str:
        created = platform.admin("POST", f"/{club.origin}/keys", {"scopes": scopes}).json
        return str(created["key"])

    webhooks, both = key(["webhooks"]), key(["webhooks", "missions"])
    uid = missions.user()
    for method, path in routes(platform, "/space3/"):
        address = path.replace("{id}", "msn_" + "0" * 20)
        statuses = [
            platform.call(method, address, key=credential, body=body_of(method, path, uid)).status
            for credential in (None, "nonsense", "sg_dev_nobody_00000000000000000000", webhooks)
        ]
        assert statuses == [401, 401, 401, 403], (method, path)
    assert platform.call("GET", "/space3/users", key=both).status == 200
    assert platform.call("GET", "/space3/users", headers={"X-API-KEY": both}).status == 200
    assert platform.call("GET", "/space3/users", key=both, query={"origin": "another"}).status == 403
    assert platform.call("POST", "/space3/users", key=both, body={"origin": "another"}).status == 403


def test_every_admin_route_wants_the_admin_key(platform: Platform, club: Partner) -> None:
    paths = [
        *routes(platform, "/admin/partners/{origin}/missions"),
        *routes(platform, "/admin/partners/{origin}/links"),
    ]
    assert len(paths) == 9
    for method, path in paths:
        address = path.replace("{origin}", club.origin).replace("{id}", "1")
        for key in (None, club.key):
            refused = platform.call(method, address, key=key, body={})
            assert (refused.status, refused.error_code) == (401, "UNAUTHORIZED"), (method, path)


def test_a_mission_is_set_up_changed_and_ended_with_an_audit(missions: Missions) -> None:
    number = missions.answer_for(target=2, secret="hush")
    base = settings().public_url
    shown = missions.admin("GET", f"/{number}").json
    assert shown["url"] == f"{base}/missions/{missions.origin}/<Email>/{number}?wallet=<wallet>"
    assert shown["urls"]["questn"] == f"{base}/missions/{missions.origin}/questn:{number}"
    assert set(shown["urls"]) == set(dialects.names()) >= {"galxe", "zealy", "questn", "taskon", "intract", "carv"}
    assert (shown["has_secret"], shown["target"], shown["counting"]) == (True, 2, "per_day")
    duplicate = missions.admin("POST", body={"mission": number, "activity": CHECKIN})
    assert (duplicate.status, duplicate.error_code) == (409, "CONFLICT")
    changed = missions.admin("PATCH", f"/{number}", {"secret": None, "target": 1}).json
    assert (changed["has_secret"], changed["target"]) == (False, 1)
    assert missions.ask(str(number)).status == 200
    assert missions.admin("PATCH", f"/{number}", {"reward_action_id": "a"}).status == 400
    assert missions.admin("DELETE", f"/{number}").json == changed
    assert missions.ask(str(number)).status == 404
    log = missions.platform.admin("GET", f"/{missions.origin}/audit").json["data"][:3]
    assert [entry["action"] for entry in log] == ["mission.delete", "mission.update", "mission.create"]
    assert "hush" not in json.dumps(log)


def test_missions_are_listed_by_number(rival: Missions) -> None:
    for number in (30, 4, 200):
        rival.admin("POST", body={"mission": number, "activity": "dreamspace:plain"})
    page = rival.admin("GET", limit=2).json
    assert ([each["mission"] for each in page["data"]][:2], page["has_more"]) == ([4, 30], True)
    assert rival.admin("GET", starting_after=30).json["data"][0]["mission"] == 200
    assert rival.admin("GET", starting_after="x").status == 400
    assert rival.platform.admin("GET", "/nobody/missions").status == 404


HOSTILE: list[Any] = [
    b"", b"{", b"null", b"[]", b"5", b'"a"', b'{"a":NaN}', b'{"a":1,"a":1}', b"[" * 10_000, b'{"name":"\\ud800"}',
    b"\xff", b'{"uid":"' + b"f" * 1_100_000 + b'"}',
    {}, {"uid": None}, {"uid": 5}, {"uid": ""}, {"uid": "../x"}, {"uids": []}, {"uids": ["f" * 24] * 10_001},
    {"uids": [None]}, {"name": "x" * 129, "url_template": TEMPLATE}, {"name": "m", "url_template": 5},
    {"name": "m", "url_template": TEMPLATE, "headers": {"": "x"}},
    {"name": "m", "url_template": TEMPLATE, "headers": []},
    {"name": "m", "url_template": TEMPLATE, "target": 1e308}, {"name": "m", "url_template": TEMPLATE, "target": True},
    {"name": "m", "url_template": TEMPLATE, "starts_at": "never"}, {"name": "m", "url_template": TEMPLATE, "zealy": 1},
    {"name": "m", "url_template": TEMPLATE, "galxe": {"a": 1}}, {"email": "x"}, {"wallet": "0x1"}, {"x_id": ""},
    {"completed_uid": "f" * 24}, {"mission": "1", "activity": "x"}, {"mission": -1, "activity": "x"},
    {"mission": 1.5, "activity": "x"}, {"mission": 10**16, "activity": "x"}, {"mission": 1, "activity": ""},
    {"mission": 1, "activity": "x", "secret": "a b"}, {"mission": 1, "activity": "x", "reward_action_id": "x"},
]  # fmt: skip


def test_no_body_is_more_than_refused(platform: Platform, missions: Missions) -> None:
    mission, uid = missions.mission(TEMPLATE), missions.user()
    ids = {"missions": mission, "users": uid}
    for method, path in routes(platform, "/space3/"):
        if method not in ("POST", "PATCH"):
            continue
        address = path.replace("{id}", ids.get(path.split("/")[2], "x"))
        for body in HOSTILE:
            is_lenient = path == "/space3/users" or (body == {} and method == "PATCH")
            if is_lenient and body in ({}, {"uid": None}):
                continue
            answer = platform.call(method, address, key=missions.partner.key, body=body)
            assert answer.status in (400, 404, 413), (method, path, str(body)[:80], answer)
    for body in HOSTILE:
        answer = missions.admin("POST", body=body)
        assert answer.status in (400, 413), (str(body)[:80], answer)


PATHS = [
    "%00",
    "%ff",
    "a%2Fb",
    "%F0%9F%98%80",
    "-1",
    "1.5",
    "9" * 40,
    "a" * 3000,
    "msn_",
    "..",
    "%2e%2e",
    "{id}",
    "<Email>",
]


def test_no_path_is_more_than_unknown(missions: Missions) -> None:
    for path in PATHS:
        for answer in _asked_at(missions, path):
            assert answer.status in (400, 404), (path, answer)


def _asked_at(missions: Missions, path: str) -> Iterator[Answer]:
    for collection in ("missions", "users", "evidence", "jobs"):
        yield missions.call("GET", f"/{collection}/{path}")
    yield missions.ask(path)
    yield missions.ask(f"a@example.com/{path}")
    yield missions.platform.call("GET", f"/missions/{path}/1")
    yield missions.admin("GET", f"/{path}")
    yield missions.platform.admin("GET", f"/{missions.origin}/links/{path}")


@pytest.mark.parametrize(
    "query",
    ["email=%00", "email=a&email=b", "fromDate=%ff", "wallet=%F0%9F%98%80", "uid=" + "x" * 5000, "email=" + "a" * 999],
)
def test_no_query_gives_a_fault(missions: Missions, query: str) -> None:
    number = missions.answer_for()
    answer = missions.platform.call("GET", f"/missions/{missions.origin}/{number}?{query}")
    assert answer.status in (200, 400)
    assert re.fullmatch(r"(success|message)", next(iter(answer.json)))
