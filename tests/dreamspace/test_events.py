"""Events of each type: changed, moved between users, removed; and times as they are given."""

from typing import Any

import pytest

from chalicelib.core.settings import settings
from tests.dreamspace.world import Dream, event

OWN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "plain": ({"message": "hello"}, {"message": ""}),
    "subscriber": (
        {"tier": 1, "subscribed_length": 3, "message": None},
        {"tier": 2, "subscribed_length": 4, "message": "x"},
    ),
    "cheer": ({"amount": 100, "message": "x"}, {"amount": -1, "message": None}),
    "raid": ({"visitor_count": 5}, {"visitor_count": 0}),
}


@pytest.mark.parametrize("kind", OWN)
def test_event_shows_its_own_fields_last_and_changes_them(dream: Dream, kind: str) -> None:
    given, changed = OWN[kind]
    body = {"user_id": dream.user()["user_id"], "user_name": None, "occurred_at": "2025-06-08", "event_type": kind}
    made = dream.post("/events", {**body, **{name: value for name, value in given.items() if value is not None}})
    assert list(made)[-1 - len(given) :] == ["event_type", *given]
    assert {name: made[name] for name in given} == given
    path = f"/events/{made['event_id']}"
    assert dream.patch(path, changed) == {**made, **changed} == dream.get(path)
    assert dream.get("/events", event_type=kind) == [{**made, **changed}]


def test_event_moves_to_another_user(dream: Dream) -> None:
    first, second = dream.user("1")["user_id"], dream.user("2")["user_id"]
    made = dream.event(user_id=first)
    moved = dream.patch(f"/events/{made['event_id']}", {"user_id": second, "user_name": None, "message": "m"})
    assert (moved["user_id"], moved["user"]["twitch_id"], moved["message"]) == (second, "2", "m")
    assert dream.get(f"/events/{made['event_id']}") == moved
    assert dream.get(f"/users/{first}/events") == []
    assert dream.get(f"/users/{second}/events") == [moved] == dream.get("/events")
    nested = f"/users/{second}/events/{made['event_id']}"
    assert dream.patch(nested, {"user_id": first, "user": {}}) == moved
    dream.refused(404, "GET", f"/users/{first}/events/{made['event_id']}")
    assert dream.delete(nested) == moved


def test_event_takes_another_document(dream: Dream) -> None:
    first, second = dream.document("a", seal=1), dream.document("b", seal=2)
    made = dream.event(user_id=dream.user()["user_id"], document_id=first["document_id"])
    path = f"/events/{made['event_id']}"
    assert dream.patch(path, {"document_id": second["document_id"]}) == {
        **made,
        "document_id": second["document_id"],
        "document": second,
    }
    assert dream.get("/events", document_seal=1) == dream.get("/events", document_id=first["document_id"]) == []
    assert dream.get("/events", document_seal=2) == [dream.get(path)]
    dream.delete(path)
    assert dream.get("/documents") == [first, second]


def test_path_decides_the_user_of_a_new_event(dream: Dream) -> None:
    user = dream.user("1")["user_id"]
    body = event(user_id=999, user={"twitch_id": "2", "name": "x"})
    assert dream.post(f"/users/{user}/events", body)["user_id"] == user
    assert len(dream.get("/users")) == 1
    dream.refused(404, "POST", "/users/999/events", body)


TIMES = {
    "2025-06-08T20:12:00+10:00": "2025-06-08T20:12:00+10:00",
    "2025-06-08T20:12:00Z": "2025-06-08T20:12:00+00:00",
    "2025-06-08T20:12:00.5-03:30": "2025-06-08T20:12:00.500000-03:30",
    "2025-06-08T20:12:00.123456+0000": "2025-06-08T20:12:00.123456+00:00",
    "2025-06-08T20:12": "2025-06-08T20:12:00+10:00",
    "2025-12-08": "2025-12-08T00:00:00+11:00",
    "0001-01-02T00:00:00+00:00": "0001-01-02T00:00:00+00:00",
    "9999-12-31T23:59:59.999999+00:00": "9999-12-31T23:59:59.999999+00:00",
    "1960-02-29T12:00:00+23:59": "1960-02-29T12:00:00+23:59",
    "2025-06-08T20:12:00+05:30:15": "2025-06-08T20:12:00+05:30:15",
}
NO_TIMES = [
    "",
    "now",
    "2025",
    "2025-06",
    "2025-W23-1",
    "2025-159",
    "20250608T201200Z",
    "2025-02-29T00:00:00Z",
    "2025-06-08T24:00:00Z",
    "2025-06-08T20:60:00Z",
    "2025-06-08T20:12:60Z",
    "2025-06-08T20:12:00+24:00",
    "2025-06-08T20:12:00+10:60",
    "2025-06-08T20:12:00.1234567Z",
    "2025-06-08T20:12:00z ",
    "0000-01-01T00:00:00Z",
    "10000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+10:00",
    "9999-12-31T23:59:59-00:01",
    "٢٠٢٥-06-08T20:12:00Z",
    1749377520,
]


@pytest.fixture
def sydney(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server in Sydney."""
    monkeypatch.setitem(settings().__dict__, "dreamspace_timezone", "Australia/Sydney")


@pytest.mark.usefixtures("sydney")
def test_times_keep_the_offset_they_came_with(dream: Dream) -> None:
    user = dream.user()
    assert user["created_at"].endswith(("+10:00", "+11:00"))
    for given, shown in TIMES.items():
        made = dream.event(user_id=user["user_id"], occurred_at=given)
        assert made["occurred_at"] == shown == dream.get(f"/events/{made['event_id']}")["occurred_at"], given
    assert (
        len(dream.get("/events", occurred_after="0001-01-02T00:00:00Z", occurred_before="9999-12-31T23:59:59.999999Z"))
        == 8
    )


def test_what_is_no_time_is_400(dream: Dream) -> None:
    user = dream.user()["user_id"]
    for given in NO_TIMES:
        said = dream.refused(400, "POST", "/events", event(user_id=user, occurred_at=given))
        assert said.startswith("occurred_at: ")
    assert dream.get("/events") == []


def test_ends_of_a_range_are_strict_to_the_microsecond(dream: Dream) -> None:
    user = dream.user()["user_id"]
    dream.event(user_id=user, occurred_at="2025-01-01T10:00:00.000001+10:00")
    for after, found in (("2025-01-01T00:00:00Z", 1), ("2025-01-01T00:00:00.000001Z", 0)):
        assert len(dream.get("/events", occurred_after=after)) == found
    for before, found in (("2025-01-01T00:00:00.000002Z", 1), ("2025-01-01T00:00:00.000001Z", 0)):
        assert len(dream.get("/events", occurred_before=before)) == found
