"""Each change and removal stands in the audit log, with the fields that changed and the key that changed them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

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
