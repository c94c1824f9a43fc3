"""Changes that cross: what is written rests on rows that are as they were read, whatever a function remembers."""

from functools import partial
from typing import Any

import pytest

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
