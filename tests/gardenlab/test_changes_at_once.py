"""Changes that cross: what is written rests on rows that are as they were read, whatever a function remembers."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from chalicelib.gardenlab.service import codes
from tests.faults.interleavings.actors import acting, apart
from tests.faults.wire import meanwhile
from tests.gardenlab.admin_calls import audit_log, below
from tests.platform import Partner

_FREE = {"user_category_id": "FREE", "name": "FREE"}


def _make_anew(partner: Partner, **fields: Any) -> None:
    assert below(partner, "DELETE", "/categories/FREE").status == 200
    assert below(partner, "POST", "/categories", {**_FREE, **fields}).status == 200


def _changes(partner: Partner, action: str) -> list[dict[str, Any]]:
    """The entries of an action, oldest first."""
    return [entry for entry in reversed(audit_log(partner)) if entry["action"] == action]


def test_fields_of_a_category_that_two_calls_change_are_both_changed(partner: Partner) -> None:
    below(partner, "POST", "/categories", _FREE)
    with meanwhile(partial(below, partner, "PATCH", "/categories/FREE", {"description": "new"})):
        answer = below(partner, "PATCH", "/categories/FREE", {"name": "Newer"})
    assert (answer.json["name"], answer.json["description"]) == ("Newer", "new")
    first, second = _changes(partner, "category.update")
    assert first["after"] == second["before"]


def test_category_is_deleted_once_and_as_it_was(partner: Partner) -> None:
    below(partner, "POST", "/categories", _FREE)
    with meanwhile(
        partial(below, partner, "PATCH", "/categories/FREE", {"name": "Newer"}),
        partial(below, partner, "DELETE", "/categories/FREE"),
    ):
        assert below(partner, "DELETE", "/categories/FREE").status == 404
    [entry] = _changes(partner, "category.delete")
    assert entry["before"]["name"] == "Newer"


def test_supply_is_not_lowered_below_what_was_issued_in_between(partner: Partner) -> None:
    below(partner, "POST", "/categories", {**_FREE, "max_supply": 3})
    partner.announce("ada", user_category_id="FREE")
    with meanwhile(partial(partner.announce, "bob", user_category_id="FREE")):
        assert below(partner, "PATCH", "/categories/FREE", {"max_supply": 1}).status == 400
    assert below(partner, "GET", "/categories/FREE").json["issued"] == 2


def test_supply_holds_in_a_function_that_knew_the_category_without_one(partner: Partner) -> None:
    below(partner, "POST", "/categories", _FREE)
    with apart():
        assert partner.announce("first", user_category_id="FREE").status == 200
        with acting("second"):
            _make_anew(partner, max_supply=1)
        answers = [partner.announce(uid, user_category_id="FREE").status for uid in ("ada", "bob", "eve")]
    assert answers == [200, 400, 400]


@pytest.mark.parametrize(("before", "after"), [({"max_supply": 1}, {}), ({"max_supply": 1}, {"max_supply": 5})])
def test_place_in_a_category_that_is_made_anew_in_between_is_of_the_new_one(
    partner: Partner, before: dict[str, int], after: dict[str, int]
) -> None:
    below(partner, "POST", "/categories", {**_FREE, **before})
    with meanwhile(partial(_make_anew, partner, name="Newer", **after)):
        answer = partner.announce(user_category_id="FREE")
    assert answer.status == 200
    assert partner.nft(answer.json["tokenId"])["name"] == "Newer"
    assert below(partner, "GET", "/categories/FREE").json["issued"] == (1 if after else None)


def test_last_of_a_hundred_different_users_may_be_known_already(partner: Partner) -> None:
    known = partner.announce("a99").json["tokenId"]
    answers = partner.post("newUserForPartner", [partner.user(f"a{number}") for number in range(100)]).json
    tokens = [answer["tokenId"] for answer in answers]
    assert tokens[-1] == known
    assert len(set(tokens)) == 100


def _save(partner: Partner, action_id: str, interaction_id: str | None = None, **fields: Any) -> str:
    """Saves an interaction; gives its id."""
    body = {"origin": partner.origin, "contract_id": "summer_party"}
    saved = {"type": "IRL Event", "name": "n", "action_id": action_id, **fields}
    answer = partner.post("saveActionInteraction", {**body, "interaction": saved, "interactionId": interaction_id})
    assert answer.status == 200, answer
    return str(answer.json["id"])


def _hand_name_over(partner: Partner, first: str, second: str) -> None:
    _save(partner, "former", first, xpIncrement=5)
    _save(partner, "checkin", second, xpIncrement=100)


Change = Callable[[Partner, str, str], object]
_CHANGES: dict[str, tuple[Change, int | str]] = {
    "renamed": (lambda partner, first, _: _save(partner, "former", first, xpIncrement=5), "RESOURCE_NOT_FOUND"),
    "its name given to another": (_hand_name_over, 100),
    "worth more": (lambda partner, first, _: _save(partner, "checkin", first, xpIncrement=50), 50),
    "over": (
        lambda partner, first, _: below(
            partner, "PATCH", f"/interactions/{first}", {"valid_until": "2020-01-01T00:00:00Z"}
        ),
        "INTERACTION_NO_LONGER_VALID",
    ),
}


@pytest.mark.parametrize("when", ["before", "in between"])
@pytest.mark.parametrize(("change", "outcome"), _CHANGES.values(), ids=_CHANGES)
def test_action_applies_what_its_name_stands_for(
    partner: Partner, change: Change, outcome: int | str, when: str
) -> None:
    first, second = _save(partner, "checkin", xpIncrement=5), _save(partner, "grand", xpIncrement=100)
    token_id = partner.announce().json["tokenId"]
    partner.announce("bob")
    with apart():
        partner.act("bob")  # from here on the rules are remembered

        def change_elsewhere() -> None:
            with acting("second"):
                change(partner, first, second)

        if when == "before":
            change_elsewhere()
            answer = partner.act()
        else:
            with meanwhile(change_elsewhere):
                answer = partner.act()
    answered = 200 if answer.status == 200 else answer.error_code
    expected = (200, outcome) if isinstance(outcome, int) else (outcome, 0)
    assert (answered, partner.nft(token_id)["xp"]) == expected


def test_action_reaches_levels_by_the_thresholds_as_they_are(partner: Partner) -> None:
    _save(partner, "checkin", xpIncrement=5)
    token_id = partner.announce().json["tokenId"]
    with apart():
        assert partner.act().status == 200
        with acting("second"):
            assert below(partner, "PATCH", "", {"level_thresholds": [0, 7]}).status == 200
        assert partner.act().status == 200
    assert partner.nft(token_id)["level"] == 2


def test_thresholds_that_two_calls_set_are_told_of_one_after_the_other(partner: Partner) -> None:
    with meanwhile(partial(below, partner, "PATCH", "", {"level_thresholds": [0, 7]})):
        assert below(partner, "PATCH", "", {"level_thresholds": [0, 9]}).status == 200
    first, second = _changes(partner, "collection.update")
    assert first["after"] == second["before"]


@pytest.mark.parametrize("when", ["before", "in between"])
def test_code_applies_the_interaction_that_it_was_made_for(partner: Partner, when: str) -> None:
    first, second = _save(partner, "checkin", xpIncrement=5), _save(partner, "grand", xpIncrement=100)
    text = below(partner, "POST", f"/interactions/{second}/codes", {"max_uses": 1}).json["code"]
    token_id = partner.announce().json["tokenId"]
    partner.announce("bob")
    with apart():
        partner.act("bob")

        def hand_over_elsewhere() -> None:
            with acting("second"):
                _hand_name_over(partner, first, second)

        if when == "before":
            hand_over_elsewhere()
            codes.redeem(codes.find(text), email="ada@example.com", token_id=None, once="x")
        else:
            with meanwhile(hand_over_elsewhere):
                codes.redeem(codes.find(text), email="ada@example.com", token_id=None, once="x")
    assert partner.nft(token_id)["xp"] == 100


def test_revocation_tells_how_often_the_code_was_used_by_then(partner: Partner) -> None:
    interaction_id = _save(partner, "checkin", xpIncrement=5)
    code = below(partner, "POST", f"/interactions/{interaction_id}/codes", {"max_uses": 5}).json
    partner.announce()
    use = partial(codes.redeem, codes.find(code["code"]), email="ada@example.com", token_id=None, once="x")
    with meanwhile(use):
        revoked = below(partner, "DELETE", f"/interactions/{interaction_id}/codes/{code['id']}")
    assert revoked.json["used"] == 1
    [entry] = _changes(partner, "code.revoke")
    assert entry["before"]["used"] == 1
