"""What a mission in another platform's dialect is told beside what all missions are."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from chalicelib.activity.domain import Identity, email_identity
from chalicelib.activity.repository import links
from chalicelib.core.transactions import Transaction
from chalicelib.space3.models import MissionRow
from chalicelib.space3.repository import missions as repository
from tests.receivers import Answer, Received, Receiver
from tests.space3.missions import WALLET, ZEALY, Missions


@pytest.fixture(scope="module")
def user(missions: Missions) -> str:
    """A user with an address and a wallet."""
    return missions.user(email="options@example.com", wallet=WALLET, x_id="77")


def _asked(missions: Missions, user: str, path: str = "/q", **fields: Any) -> Received:
    """The request that a verification sends."""
    with Receiver(then=Answer(200, body=b"{}"), path=path) as receiver:
        missions.verify(missions.mission(receiver.url, **fields), user)
        return receiver.requests[0]


def _query(request: Received) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(request.target).query))


@pytest.mark.parametrize("sends", [True, False])
def test_the_window_is_sent_where_the_mission_says_so(missions: Missions, user: str, sends: bool) -> None:
    starts = "2024-05-01T00:00:00Z"
    query = _query(_asked(missions, user, dialect="questn", send_window=sends, starts_at=starts))
    assert query["address"] == WALLET
    assert query.get("fromDate") == ("2024-05-01T00:00:00.000Z" if sends else None)
    assert ("toDate" in query) is sends


def test_carv_names_the_user_by_what_the_quest_says(missions: Missions, user: str) -> None:
    query = _query(_asked(missions, user, dialect="carv", options={"identifier": "email"}))
    assert query.pop("email") == "options@example.com"
    assert query.pop("begin_time") == "0"
    assert abs(int(query.pop("end_time")) / 1000 - datetime.now(UTC).timestamp()) < 600
    assert query == {}


def test_a_recurring_task_of_intract_has_the_window_to_its_last_millisecond(missions: Missions, user: str) -> None:
    options = {"method": "GET", "keys": ["address", "twitter"]}
    request = _asked(missions, user, dialect="intract", recurrence="daily", options=options)
    query = _query(request)
    start, end = (datetime.fromisoformat(query.pop(name)) for name in ("startTimestamp", "endTimestamp"))
    assert request.method == "GET"
    assert query == {"address": WALLET.lower(), "twitter": "77"}
    assert (start.hour, end - start) == (0, timedelta(days=1) - timedelta(milliseconds=1))


def test_a_change_of_options_leaves_the_others(missions: Missions) -> None:
    first = {"result_path": "data.ok", "method": "POST"}
    mission = missions.mission("https://partner.example/q", dialect="galxe", options=first)

    def options(**change: Any) -> Any:
        changed = missions.call("PATCH", f"/missions/{mission}", change)
        assert changed.status == 200, changed
        return changed.json["options"]

    assert options(options={"result_path": "ok"}) == {**first, "result_path": "ok"}
    assert options(name="Another") == {**first, "result_path": "ok"}
    assert options(options={"result_path": None}) == {"method": "POST"}
    assert options(dialect="intract") == {}
    assert options(options={"keys": ["email"]}) == {"keys": ["email"]}
    assert options(options=None) == {}


def test_a_mission_from_before_there_were_options_keeps_them(missions: Missions, user: str) -> None:
    mission = missions.mission("https://partner.example/q", dialect="zealy", zealy=ZEALY)
    row = repository.find_mission(missions.origin, mission)
    assert row is not None
    row.update([MissionRow.options.remove(), MissionRow.zealy.set(ZEALY)])
    with Receiver(then=Answer(200, body=b'{"message": "ok"}')) as receiver:
        moved = missions.call("PATCH", f"/missions/{mission}", {"url_template": receiver.url})
        assert (moved.status, moved.json["options"]) == (200, ZEALY)
        assert missions.verify(mission, user)["verdict"] == "done"
        assert json.loads(receiver.requests[0].body)["questId"] == ZEALY["quest_id"]
    changed = missions.call("PATCH", f"/missions/{mission}", {"options": {"quest_id": "q2"}})
    assert changed.json["options"] == {**ZEALY, "quest_id": "q2"}


def test_a_handle_is_found_however_its_capitals_are_written(missions: Missions, uid: str) -> None:
    email = f"{uid}@example.com"
    missions.act(email, "2024-05-01T10:00:00")
    assert missions.link(("x", "@AdaLovelace"), ("email", email)).status == 200
    number = missions.answer_for()
    for written in ("adalovelace", "AdaLovelace", "@ADALOVELACE"):
        assert missions.ask(f"taskon:{number}", address=written).json == {"result": {"isValid": True}}


def test_a_link_from_before_handles_had_one_case_is_found_as_it_was_written(missions: Missions, uid: str) -> None:
    email = f"{uid}@example.com"
    missions.act(email, "2024-05-01T10:00:00")
    older = Identity("x", f"Old{uid[:8]}")
    transaction = Transaction()
    links.add_set_up(transaction, missions.origin, older, email_identity(email))
    transaction.commit()
    number = missions.answer_for()
    for written in (older.value, f"@{older.value}"):
        assert missions.ask(f"taskon:{number}", address=written).json == {"result": {"isValid": True}}
    assert missions.ask(f"taskon:{number}", address=older.value.lower()).json == {"result": {"isValid": False}}
