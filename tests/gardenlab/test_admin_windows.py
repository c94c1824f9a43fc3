"""Interactions on the admin surface: their list, and the window in which one applies."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core.clock import now, travelled
from chalicelib.core.times import parse_time
from chalicelib.gardenlab.domain import Applied, Standing, apply
from chalicelib.gardenlab.errors import InteractionNoLongerValid, InteractionNotYetValid
from chalicelib.gardenlab.repository.interactions import find_interaction
from chalicelib.gardenlab.service.interactions import rule_of
from tests.gardenlab.admin_calls import audit_log, below
from tests.platform import Partner, Platform
from tests.times import NO_TIMES


@pytest.fixture(scope="module")
def settled(platform: Platform) -> Partner:
    """A partner that tests share where they leave alone what others look at."""
    return platform.new_partner()


@pytest.fixture
def window(settled: Partner) -> str:
    """The path of an interaction of its own, below the collection."""
    return f"/interactions/{settled.save_interaction(f'act{now().timestamp()}').json['id']}"


def test_interactions_are_listed_oldest_first(platform: Platform) -> None:
    partner = platform.new_partner()
    ids = [partner.save_interaction(action).json["id"] for action in ("b", "c", "a")]
    first = below(partner, "GET", "/interactions", limit=2).json
    assert ([row["id"] for row in first["data"]], first["has_more"]) == (ids[:2], True)
    second = below(partner, "GET", "/interactions", starting_after=ids[1]).json
    assert ([row["id"] for row in second["data"]], second["has_more"]) == (ids[2:], False)


def test_an_interaction_is_named_by_its_action_id_too(platform: Platform) -> None:
    partner = platform.new_partner()
    made = partner.save_interaction("checkin").json["id"]
    by_id = below(partner, "GET", f"/interactions/{made}")
    assert below(partner, "GET", "/interactions/checkin").json == by_id.json
    body = {"valid_until": "2027-01-01T00:00:00Z"}
    assert below(partner, "PATCH", "/interactions/checkin", body).json == {**by_id.json, **body}
    code = below(partner, "POST", "/interactions/checkin/codes", {"name": "door"}).json
    assert below(partner, "GET", f"/interactions/{made}/codes").json["data"] == [code]
    assert below(partner, "GET", f"/interactions/checkin/codes/{code['id']}").json == code
    assert below(partner, "DELETE", f"/interactions/checkin/codes/{code['id']}").status == 200
    for path in ("/interactions/nothing", "/interactions/nothing/codes/x"):
        assert below(partner, "GET", path).status == 404


def test_a_window_decides_when_an_interaction_applies(platform: Platform) -> None:
    partner = platform.new_partner()
    path = f"/interactions/{partner.save_interaction().json['id']}"
    partner.announce()
    assert partner.act().status == 200
    start, end = now() + timedelta(hours=1), now() + timedelta(hours=2)
    body = {"valid_from": start.isoformat(), "valid_until": end.isoformat()}
    changed = below(partner, "PATCH", path, body)
    assert changed.json == {**below(partner, "GET", path).json, **body}
    assert partner.act().error_code == "INTERACTION_NOT_YET_VALID"
    with travelled(timedelta(hours=1)):
        assert partner.act().status == 200
    with travelled(timedelta(hours=2)):
        assert partner.act().error_code == "INTERACTION_NO_LONGER_VALID"
    assert below(partner, "PATCH", path, {"valid_from": None, "valid_until": None}).status == 200
    assert partner.act().status == 200


def test_a_window_holds_its_first_moment_and_not_its_last(settled: Partner, window: str) -> None:
    body = {"valid_from": "2026-06-01T18:00:00+02:00", "valid_until": "2026-06-02"}
    assert below(settled, "PATCH", window, body).status == 200
    row = find_interaction(settled.origin, "summer_party", window.rpartition("/")[2])
    assert row is not None
    standing = Standing(xp_micros=0, level=1, max_level=None, expires_at=None, attributes={}, counts={})

    def applied(moment: str, *, micros: int = 0) -> Applied:
        at = parse_time(moment) + timedelta(microseconds=micros)
        return apply(rule_of(row), standing, custom_micros=None, thresholds=None, at=at)

    with pytest.raises(InteractionNotYetValid):
        applied("2026-06-01T16:00:00Z", micros=-1)
    applied("2026-06-01T16:00:00Z")
    applied("2026-06-02T00:00:00Z", micros=-1)
    with pytest.raises(InteractionNoLongerValid):
        applied("2026-06-02T00:00:00Z")


def test_one_end_of_a_window_moves_alone(settled: Partner, window: str) -> None:
    below(settled, "PATCH", window, {"valid_from": "2026-06-01", "valid_until": "2026-06-02"})
    changed = below(settled, "PATCH", window, {"valid_from": None}).json
    assert ("valid_from" in changed, changed["valid_until"]) == (False, "2026-06-02")
    assert below(settled, "PATCH", window, {"valid_until": "2026-06-03"}).json["valid_until"] == "2026-06-03"


@pytest.mark.parametrize(
    "body",
    [
        {"valid_until": "2026-06-01"},
        {"valid_until": "2026-06-01T01:00:00+01:00"},
        {"valid_from": "tomorrow"},
        {"valid_from": ""},
        {"valid_from": 5},
        {"valid_until": "2026-13-01"},
        *({"valid_until": text} for text in NO_TIMES.values()),
        {"valid_until": "0001-01-01T00:00:00+14:00"},
        {"name": "x"},
    ],
)
def test_a_window_that_cannot_be_is_refused_by_field(settled: Partner, window: str, body: dict[str, Any]) -> None:
    set_before = below(settled, "PATCH", window, {"valid_from": "2026-06-01"}).json
    answer = below(settled, "PATCH", window, body)
    assert (answer.status, answer.error_code) == (400, "QUERY_INCOMPLETE")
    assert answer.json["error"]["message"].startswith(next(iter(body)))
    assert below(settled, "GET", window).json == set_before


def test_a_windows_change_is_told_and_no_change_is_not(settled: Partner, window: str) -> None:
    before = below(settled, "GET", window).json
    after = below(settled, "PATCH", window, {"valid_from": "2026-06-01"}).json
    lifted = below(settled, "PATCH", window, {"valid_from": None}).json
    entries = audit_log(settled)
    assert lifted == before
    assert [(entry["before"], entry["after"]) for entry in entries[:2]] == [(after, before), (before, after)]
    assert entries[0]["action"] == "interaction.window"
    assert below(settled, "PATCH", window, {}).json == before
    assert audit_log(settled) == entries


def test_a_partners_edit_keeps_the_window(settled: Partner, window: str) -> None:
    below(settled, "PATCH", window, {"valid_until": "2099-01-01"})
    edited = {"type": "IRL Event", "name": "Edited"}
    body = {"origin": settled.origin, "contract_id": "summer_party", "interaction": edited}
    settled.post("saveActionInteraction", {**body, "interactionId": window.rpartition("/")[2]})
    shown = below(settled, "GET", window).json
    assert (shown["name"], shown["valid_until"]) == ("Edited", "2099-01-01")


def test_an_interaction_that_is_not_there_is_not_found(settled: Partner) -> None:
    for name in ("nothing", "x" * 3000, "%23"):
        assert below(settled, "GET", f"/interactions/{name}").status == 404
        assert below(settled, "PATCH", f"/interactions/{name}", {"valid_from": "2026-06-01"}).status == 404
