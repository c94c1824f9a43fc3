"""The published walk-through, call by call as it is printed."""

import re
from typing import Any

from tests.dreamspace.world import Dream

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00")
STAMP = {"stamp_type": "approve", "pos_x": 0, "pos_y": 0, "rotation": 0.0}


def shown(value: Any) -> list[str]:
    """The names of an object's fields, in order."""
    return list(value)


def test_explicit_creation_goes_as_published(dream: Dream) -> None:
    user = dream.post("/users", {"twitch_id": "105474571", "name": "alllenski"})
    assert shown(user) == [
        "user_id", "twitch_id", "name", "preferences", "created_at", "specimen", "inventory", "wallet",
    ]  # fmt: skip
    assert TIME.fullmatch(user.pop("created_at"))
    assert user == {
        "user_id": 1,
        "twitch_id": "105474571",
        "name": "alllenski",
        "preferences": None,
        "specimen": None,
        "inventory": [],
        "wallet": None,
    }
    body = {"document_data": "base 64 encoded image data", "seal": 1, "metadata": "Some arbitrary metadata"}
    document = dream.post("/documents", body)
    assert shown(document) == ["document_id", "document_data", "seal", "created_at", "metadata", "stamps"]
    assert TIME.fullmatch(document["created_at"])
    assert {name: document[name] for name in body} == body
    assert document["stamps"] == []
    number = document["document_id"]
    stamp = dream.post("/stamps", {"document_id": number, **STAMP, "stamp_type": "Approve"})
    assert stamp == {"stamp_id": 1, "document_id": number, **STAMP, "stamp_type": "Approve"}
    assert shown(stamp) == ["stamp_id", "document_id", "stamp_type", "pos_x", "pos_y", "rotation"]
    event = dream.post(
        "/events",
        {
            "document_id": number,
            "user_id": 1,
            "user_name": "alllenski",
            "occurred_at": "2025-06-08T20:12:00",
            "event_type": "plain",
            "message": "This is a test plain event message.",
        },
    )
    assert shown(event) == [
        "event_id", "document_id", "document", "user_id", "user", "user_name", "occurred_at", "created_at",
        "event_type", "message",
    ]  # fmt: skip
    assert event["document"] == {**document, "stamps": [stamp]}
    assert event["user"] == dream.get("/users")[0]
    assert shown(event["user"]) == ["user_id", "twitch_id", "name", "preferences", "created_at"]
    assert event["occurred_at"] == "2025-06-08T20:12:00+00:00"
    assert dream.get(f"/events/{event['event_id']}") == event


def test_implicit_creation_update_and_deletion_go_as_published(dream: Dream) -> None:
    event = dream.post(
        "/events",
        {
            "document": {
                "document_data": "base 64 encoded image data",
                "seal": 1,
                "metadata": "Some arbitrary metadata",
                "stamps": [STAMP],
            },
            "user": {"twitch_id": "105474571", "name": "alllenski"},
            "user_name": "alllenski",
            "occurred_at": "2025-06-08T20:12:00",
            "event_type": "plain",
            "message": "This is a test plain event message.",
        },
    )
    number = event["event_id"]
    assert event["document"]["stamps"] == [{"stamp_id": 1, "document_id": event["document_id"], **STAMP}]
    assert event == dream.get(f"/events/{number}") == dream.get("/events")[0]
    changed = dream.patch(f"/events/{number}", {"message": "This is a new message"})
    assert changed == {**event, "message": "This is a new message"}
    assert dream.delete(f"/events/{number}") == changed
    dream.refused(404, "GET", f"/events/{number}")
    assert dream.get(f"/documents/{event['document_id']}") == event["document"]


def test_filters_combine_as_published(dream: Dream) -> None:
    user = dream.user("100")
    dream.user("200")
    assert [found["user_id"] for found in dream.get("/users", twitch_id="100")] == [user["user_id"]]
    document = dream.document(seal=1)
    mine = {"user_id": user["user_id"], "document_id": document["document_id"]}
    event = dream.event(**mine)
    dream.event(user_id=user["user_id"])
    query = {"event_type": "plain", "created_after": "2025-01-01", "document_seal": "1"}
    assert dream.get("/events", **query) == [event]
    assert dream.get("/events", **{**query, "document_seal": "2"}) == []


def test_stamps_are_added_after_the_event(dream: Dream) -> None:
    user = dream.user("1")
    event = dream.event(user_id=user["user_id"], document={"document_data": "x", "seal": 3})
    added = dream.post(f"/events/{event['event_id']}/document/stamps", STAMP)
    assert added["document_id"] == event["document_id"]
    assert dream.get(f"/events/{event['event_id']}")["document"]["stamps"] == [added]
