"""Evidence is kept as long as the operator says, and is not shown after that."""

from datetime import timedelta

from chalicelib.core.clock import travelled
from chalicelib.space3.service import verification
from tests.faults.invariants import rows_of
from tests.receivers import Answer, Receiver
from tests.space3.missions import Missions
from tests.webhooks.kept import keep, remove_expired

YES = Answer(200, body=b'{"success": true}')


def test_evidence_is_shown_for_as_long_as_was_set_when_it_was_written(missions: Missions) -> None:
    uid = missions.user(email="kept@example.com")
    with Receiver(then=YES) as receiver:
        mission = missions.mission(receiver.url + "/<Email>")
        verdicts = []
        for number in range(7):
            keep(missions, evidence=60 if number in (1, 2, 5) else 5)
            verdicts.append(missions.verify(mission, uid))
    kept = [verdicts[number]["evidence_id"] for number in (5, 2, 1)]
    with travelled(timedelta(days=6)):
        shown = [missions.call("GET", f"/evidence/{each['evidence_id']}").status for each in verdicts]
        assert shown == [404, 200, 200, 404, 404, 200, 404]
        first = verification.list_evidence(missions.origin, mission, limit=2, after=None)
        assert ([row.id for row in first.items], first.has_more) == (kept[:2], True)
        rest = verification.list_evidence(missions.origin, mission, limit=2, after=kept[1])
        assert ([row.id for row in rest.items], rest.has_more) == (kept[2:], False)
    rows = [row for row in rows_of(missions.origin, "space3") if row.get("mission_id") == mission]
    assert len(rows) == 7
    assert all("ttl" in row for row in rows)
    with travelled(timedelta(days=61)):
        assert verification.list_evidence(missions.origin, mission, limit=2, after=None).items == []


def test_a_mission_is_told_as_completed_once_though_the_event_expires(missions: Missions) -> None:
    keep(missions, webhook_bodies=5, evidence=5)
    uid = missions.user(email="once@example.com")
    with Receiver(then=YES) as receiver, Receiver() as listener:
        missions.partner.add_endpoint(listener.url, event_types=["mission.completed"])
        mission = missions.mission(receiver.url + "/<Email>")
        missions.verify(mission, uid)
        missions.platform.drain()
        with travelled(timedelta(days=6)):
            assert remove_expired(missions) > 0
            missions.verify(mission, uid)
            missions.platform.drain()
        assert len(listener.requests) == 1
