"""Missions that are completed and jobs that end are told to endpoints that name such events, once."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core.clock import travelled
from chalicelib.space3.service.jobs import CALLS_AT_ONCE
from tests.faults.wire import Lifeline
from tests.platform import Platform
from tests.receivers import Answer, Receiver
from tests.space3.missions import Missions

COMPLETED, FINISHED = TYPES = ("mission.completed", "job.finished")
YES, NO = (Answer(200, body=json.dumps({"success": told}).encode()) for told in (True, False))


@pytest.fixture(scope="module")
def asking(platform: Platform) -> Missions:
    """A partner of these tests alone."""
    partner = platform.new_partner()
    partner.save_interaction()
    return Missions(partner)


@pytest.fixture
def listener(asking: Missions) -> Iterator[Receiver]:
    """Hears the events, by an endpoint that names them and goes with the test."""
    with Receiver() as receiver:
        made = asking.partner.add_endpoint(receiver.url, event_types=TYPES)["id"]
        yield receiver
        path = f"/webhooks/endpoints/{made}"
        assert asking.platform.call("DELETE", path, key=asking.partner.key).status == 200


def _heard(asking: Missions, listener: Receiver) -> list[dict[str, Any]]:
    asking.platform.drain()
    told = [json.loads(each.body) for each in listener.requests]
    assert all(set(each.pop("at")) == {"_seconds", "_nanoseconds"} for each in told)
    return told


def test_a_mission_is_completed_with_the_first_evidence_that_says_so(asking: Missions, listener: Receiver) -> None:
    uid = asking.user()
    with Receiver(answers=[NO, YES, YES], then=YES) as partner:
        mission = asking.mission(partner.url)
        verdicts = [asking.verify(mission, uid) for _ in range(3)]
        later = asking.mission(partner.url, recurrence="daily")
        daily = asking.verify(later, uid)
        with travelled(timedelta(days=1)):
            next_day = asking.verify(later, uid)
            asking.verify(later, uid)
            asking.platform.drain()
    told = sorted(_heard(asking, listener), key=lambda each: str(each["evidence_id"]))
    assert [each.pop("evidence_id") for each in told] == [
        each["evidence_id"] for each in (verdicts[1], daily, next_day)
    ]
    fields = {"actionType": COMPLETED, "uid": uid, "progress": 1, "target": 1}
    assert told == [{**fields, "mission_id": each} for each in (mission, later, later)]
    assert [asking.evidence(each)["verdict"] for each in verdicts] == ["not_done", "done", "done"]


def test_a_reward_that_is_owed_completes_a_mission_that_is_answered_for(asking: Missions, listener: Receiver) -> None:
    reward = {"reward_contract_id": "summer_party", "reward_action_id": "checkin"}
    number, other, without = asking.answer_for(**reward), asking.answer_for(**reward), asking.answer_for()
    asking.partner.announce("ada")
    asking.partner.act("ada")
    for _ in range(2):
        for each in (number, without):
            assert asking.ask(f"ada@example.com/{each}").json == {"success": True}
        assert asking.ask(str(other), uid="ada").json == {"success": True}
    told = sorted(_heard(asking, listener), key=lambda each: int(each["mission"]))
    assert all({"kind": "email", "value": "ada@example.com"} in each.pop("identities") for each in told)
    assert told == [{"actionType": COMPLETED, "mission": each, **reward} for each in (number, other)]


def test_a_job_ends_with_the_counts_of_its_users(asking: Missions, listener: Receiver) -> None:
    users = [asking.user() for _ in range(CALLS_AT_ONCE + 1)]
    with Receiver(then=NO) as partner:
        mission = asking.mission(partner.url)
        job = asking.call("POST", f"/missions/{mission}/verify_many", {"uids": [*users, "f" * 24]}).json
        told = _heard(asking, listener)
    counts = {"total": len(users) + 1, "done": 0, "not_done": len(users), "unknown": 1}
    assert told == [{"actionType": FINISHED, "job_id": job["job_id"], "mission_id": mission, **counts}]
    shown = asking.call("GET", f"/jobs/{job['job_id']}").json
    assert {name: shown[name] for name in counts} == counts


def test_what_no_endpoint_names_is_not_recorded(asking: Missions) -> None:
    uid = asking.user()
    with Receiver(then=YES) as partner:
        mission = asking.mission(partner.url)
        asking.verify(mission, uid)
        asking.call("POST", f"/missions/{mission}/verify_many", {"uids": [uid]})
        asking.platform.drain()
    events = asking.platform.call("GET", "/webhooks/events", key=asking.partner.key, query={"limit": "100"}).json
    assert mission not in json.dumps(events)


def test_a_test_of_a_mission_completes_it_for_nobody(asking: Missions, listener: Receiver) -> None:
    done, not_done = asking.user(), asking.user()
    with Receiver(answers=[YES, NO], then=YES) as partner:
        mission = asking.mission(partner.url)
        body = {"completed_uid": done, "not_completed_uid": not_done}
        assert asking.call("POST", f"/missions/{mission}/test", body).status == 200
    assert _heard(asking, listener) == []


@pytest.mark.usefixtures("impatient_jobs")
@pytest.mark.parametrize("fatal", [2, 5, 8, 12, 21, 34, 55])
def test_each_is_told_once_though_the_worker_dies(asking: Missions, listener: Receiver, fatal: int) -> None:
    users = [asking.user() for _ in range(3)]
    with Receiver(then=YES) as partner:
        mission = asking.mission(partner.url)
        asking.call("POST", f"/missions/{mission}/verify_many", {"uids": users})
        with Lifeline(fatal).held():
            asking.platform.drain()
        with travelled(timedelta(minutes=3)):
            asking.platform.sweep()
            told = _heard(asking, listener)
    ids = [each.headers["webhook-id"] for each in listener.requests]
    once = dict(zip(ids, told, strict=True))
    assert Counter(each["actionType"] for each in once.values()) == {COMPLETED: 3, FINISHED: 1}
