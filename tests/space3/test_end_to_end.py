"""The mission system verifies against our own partner endpoint, over real HTTP, in every dialect."""

from typing import Any

import pytest

from tests.space3.missions import OTHER_WALLET, WALLET, ZEALY, Missions

DIALECTS: dict[str, tuple[str, dict[str, Any]]] = {
    "space3": ("<Email>/{number}?wallet=<wallet>", {}),
    "galxe": ("galxe:{number}?address={wallet}", {}),
    "zealy": ("zealy:{number}", {"zealy": ZEALY, "headers": {"x-api-key": "hush"}}),
    "questn": ("questn:{number}", {}),
    "taskon": ("taskon:{number}", {}),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_both_sides_understand_each_other(missions: Missions, server_url: str, uid: str, dialect: str) -> None:
    path, fields = DIALECTS[dialect]
    secret = {"secret": "hush"} if dialect == "zealy" else {}
    number = missions.answer_for(**secret)
    email, wallet = f"{uid}@example.com", f"0x{uid.encode().hex():0>40}"[:42]
    missions.act(email, "2024-05-01T10:00:00")
    missions.claim(email, wallet)
    done = missions.user(email=email, wallet=wallet)
    not_done = missions.user(email=f"other-{uid}@example.com", wallet=WALLET)
    template = f"{server_url}/missions/{missions.origin}/" + path.replace("{number}", str(number))
    mission = missions.mission(template, dialect=dialect, **fields)
    assert missions.verify(mission, done)["verdict"] == "done"
    assert missions.verify(mission, not_done)["verdict"] == "not_done"
    report = missions.call(
        "POST", f"/missions/{mission}/test", {"completed_uid": done, "not_completed_uid": not_done}
    ).json
    assert report["ok"], report


@pytest.mark.parametrize("counting", ["per_day", "per_act"])
def test_accumulative_progress_is_what_was_counted(
    missions: Missions, server_url: str, uid: str, counting: str
) -> None:
    number = missions.answer_for(kind="accumulative", counting=counting, target=3)
    email = f"{uid}+tag@example.com"
    missions.act(email, "2024-05-01T10:00:00", "2024-05-01T11:00:00", "2024-05-03T09:00:00")
    template = f"{server_url}/missions/{missions.origin}/<Email>/{number}"
    user = missions.user(email=email, wallet=OTHER_WALLET)
    mission = missions.mission(template, kind="accumulative", target=3)
    verdict = missions.verify(mission, user)
    assert (verdict["verdict"], verdict["progress"], verdict["target"]) == ("done", 3, 3)
    later = missions.mission(template, kind="accumulative", target=3, starts_at="2024-05-02T00:00:00Z")
    assert missions.verify(later, user) | {"evidence_id": ""} == {
        "verdict": "not_done", "reason": None, "progress": 1, "target": 3, "evidence_id": "",
    }  # fmt: skip


def test_a_wrong_secret_tells_nothing_about_the_user(missions: Missions, server_url: str, uid: str) -> None:
    number = missions.answer_for(secret="hush")
    user = missions.user(email=f"{uid}@example.com")
    mission = missions.mission(
        f"{server_url}/missions/{missions.origin}/<Email>/{number}", headers={"x-api-key": "wrong"}
    )
    verdict = missions.verify(mission, user)
    assert (verdict["verdict"], verdict["reason"]) == ("unknown", "bad_response")
    assert [each["status"] for each in missions.evidence(verdict)["tries"]] == [401, 401, 401]


def test_a_job_verifies_everybody(missions: Missions, server_url: str, uid: str) -> None:
    number = missions.answer_for()
    users = [missions.user(email=f"{number}-{uid}@example.com") for number in range(20)]
    for done in range(7):
        missions.act(f"{done}-{uid}@example.com", "2024-05-01T10:00:00")
    mission = missions.mission(f"{server_url}/missions/{missions.origin}/<Email>/{number}")
    nobody = "f" * 24
    job = missions.call("POST", f"/missions/{mission}/verify_many", {"uids": [*users, nobody, users[0]]}).json
    assert (job["status"], job["total"], job["processed"]) == ("queued", 21, 0)
    missions.platform.drain()
    finished = missions.call("GET", f"/jobs/{job['job_id']}").json
    counts = {name: finished[name] for name in ("status", "total", "processed", "done", "not_done", "unknown")}
    assert counts == {
        "status": "completed", "total": 21, "processed": 21, "done": 7, "not_done": 13, "unknown": 1,
    }  # fmt: skip
