"""Each change and removal stands in the audit log, with the fields that changed and the key that changed them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.dreamspace.domain.models import Model
from chalicelib.dreamspace.models import DreamspaceRow
from chalicelib.dreamspace.repository import children, documents, users
from tests.platform import Partner, Platform


@pytest.fixture
def partner(platform: Platform) -> Partner:
    return platform.new_partner(collection=False)


def _call(partner: Partner, method: str, path: str, body: Any = None) -> Any:
    answer = partner.platform.call(method, path, body=body, headers={"X-API-KEY": partner.key})
    assert answer.status == 200, answer
    return answer.json


def _entries(partner: Partner) -> list[dict[str, Any]]:
    """The log of Dreamspace, oldest first."""
    found = partner.platform.admin("GET", f"/{partner.origin}/audit", query={"limit": 100}).json["data"]
    return [each for each in reversed(found) if each["action"].startswith("dreamspace_")]


def _event(partner: Partner) -> tuple[str, str]:
    body = {
        "user": {"twitch_id": "7", "name": "ada"},
        "user_name": "ada",
        "occurred_at": datetime.now(UTC).isoformat(),
        "event_type": "plain",
        "message": "Hello",
    }
    return "events", str(_call(partner, "POST", "/events", body)["event_id"])


def _user(partner: Partner) -> tuple[str, str]:
    return "users", str(_call(partner, "POST", "/users", {"twitch_id": "8", "name": "ada"})["user_id"])


def _document(partner: Partner) -> tuple[str, str]:
    return "documents", str(_call(partner, "POST", "/documents", {"document_data": "x", "seal": 1})["document_id"])


def _stamp(partner: Partner) -> tuple[str, str]:
    _, document = _document(partner)
    body = {"stamp_type": "approve", "pos_x": 1, "pos_y": 2, "rotation": 0.5}
    return "stamps", str(_call(partner, "POST", f"/documents/{document}/stamps", body)["stamp_id"])


def _specimen(partner: Partner) -> tuple[str, str]:
    _, user = _user(partner)
    return _specimen_of(partner, user)


def _specimen_of(partner: Partner, user: str) -> tuple[str, str]:
    return "specimens", str(_call(partner, "POST", "/specimens", {"owner_id": int(user)})["specimen_id"])


@pytest.mark.parametrize(
    ("make", "change", "before"),
    [
        (_event, {"message": "Bye"}, {"message": "Hello"}),
        (_user, {"name": "grace"}, {"name": "ada"}),
        (_document, {"seal": 2}, {"seal": 1}),
        (_stamp, {"pos_x": 3}, {"pos_x": 1}),
    ],
)
def test_change_and_removal_are_in_the_log_once_each(
    partner: Partner, make: Callable[[Partner], tuple[str, str]], change: dict[str, Any], before: dict[str, Any]
) -> None:
    collection, number = make(partner)
    path = f"/{collection}/{number}"
    for _ in range(2):
        _call(partner, "PATCH", path, change)
    _call(partner, "DELETE", path)
    updated, deleted = _entries(partner)
    noun = collection.removesuffix("s")
    assert [each["action"] for each in (updated, deleted)] == [f"dreamspace_{noun}.update", f"dreamspace_{noun}.delete"]
    assert {each["target"] for each in (updated, deleted)} == {number}
    assert (updated["before"], updated["after"]) == (before, change)
    assert deleted["after"] is None
    assert deleted["before"].items() >= change.items()
    assert {each["actor"] for each in (updated, deleted)} == {f"key:{partner.key.split('_')[2]}"}


def test_specimen_that_is_given_away_and_a_document_with_other_data_say_so(partner: Partner) -> None:
    collection, number = _specimen(partner)
    first = _call(partner, "GET", f"/{collection}/{number}")["owner_id"]
    other = _call(partner, "POST", "/users", {"twitch_id": "9", "name": "eve"})["user_id"]
    _call(partner, "PATCH", f"/{collection}/{number}", {"owner_id": other})
    _, document = _document(partner)
    _call(partner, "PATCH", f"/documents/{document}", {"document_data": "y" * 100_000, "metadata": "z" * 20_000})
    given, replaced = _entries(partner)
    assert (given["before"], given["after"]) == ({"owner_id": first}, {"owner_id": other})
    assert replaced["after"]["document_data"] == {"bytes": 100_000}
    assert replaced["after"]["metadata"]["bytes"] == 20_002


def _posted_again(twitch_id: str, name: str) -> list[tuple[str, dict[str, Any]]]:
    """The calls that bring a user along."""
    user = {"twitch_id": twitch_id, "name": name}
    happened = {"user_name": None, "occurred_at": "2026-01-01", "event_type": "plain", "message": "Hello"}
    return [("/users", user), ("/specimens", {"owner": user}), ("/events", {"user": user, **happened})]


@pytest.mark.parametrize("which", range(3))
def test_user_that_is_posted_again_is_in_the_log_where_it_changed(partner: Partner, which: int) -> None:
    _, number = _user(partner)
    for name in ("ada", "grace", "grace"):
        path, body = _posted_again("8", name)[which]
        _call(partner, "POST", path, body)
    [updated] = _entries(partner)
    assert (updated["action"], updated["target"]) == ("dreamspace_user.update", number)
    assert (updated["before"], updated["after"]) == ({"name": "ada"}, {"name": "grace"})
    assert updated["actor"] == f"key:{partner.key.split('_')[2]}"


def test_document_that_is_attached_to_an_event_is_in_the_log(partner: Partner) -> None:
    _, number = _event(partner)
    made = _call(partner, "POST", f"/events/{number}/document", {"document_data": "x", "seal": 1})
    [attached] = _entries(partner)
    assert (attached["action"], attached["target"]) == ("dreamspace_event.update", number)
    assert (attached["before"], attached["after"]) == ({"document_id": None}, {"document_id": made["document_id"]})


def test_rows_name_the_key_that_posted_them_whoever_changes_them(partner: Partner) -> None:
    _, user = _user(partner)
    _, specimen = _specimen_of(partner, user)
    _, event = _event(partner)
    _, stamp = _stamp(partner)
    _, document = _document(partner)
    transaction = _call(partner, "POST", f"/users/{user}/transactions", {"amount": 1, "description": "x"})
    made_by = f"key:{partner.key.split('_')[2]}"
    other = partner.platform.admin("POST", f"/{partner.origin}/keys", {"name": "other", "scopes": ["dreamspace"]}).json
    for path, change in {
        f"/users/{user}": {"name": "eve"},
        f"/specimens/{specimen}": {"owner_id": _event_user(partner, event)},
        f"/events/{event}": {"user_id": int(user)},
        f"/stamps/{stamp}": {"pos_x": 9},
        f"/documents/{document}": {"seal": 5},
    }.items():
        changed = partner.platform.call("PATCH", path, body=change, headers={"X-API-KEY": other["key"]})
        assert changed.status == 200, changed
    moved = partner.platform.call(
        "PATCH", f"/stamps/{stamp}", body={"document_id": int(document)}, headers={"X-API-KEY": other["key"]}
    )
    assert moved.status == 200, moved
    [added] = _call(
        partner, "PUT", f"/documents/{document}/stamps", [{"stamp_type": "x", "pos_x": 1, "pos_y": 2, "rotation": 0}]
    )
    found = documents.find_document(partner.origin, int(document))
    rows: list[DreamspaceRow | None] = [
        users.find_user(partner.origin, int(user)),
        _child(partner, Model.SPECIMENS, int(specimen)),
        _child(partner, Model.EVENTS, int(event)),
        _child(partner, Model.TRANSACTIONS, transaction["transaction_id"]),
        documents.find_stamp(partner.origin, int(stamp)),
        documents.find_stamp(partner.origin, added["stamp_id"]),
        None if found is None else found.row,
    ]
    assert [row and row.posted_by for row in rows] == [made_by] * len(rows)


def _event_user(partner: Partner, event: str) -> int:
    return int(_call(partner, "GET", f"/events/{event}")["user_id"])


def _child(partner: Partner, model: Model, number: int) -> DreamspaceRow | None:
    place = children.find_place(partner.origin, model, number)
    return None if place is None else children.find_child(partner.origin, model, place, number)
