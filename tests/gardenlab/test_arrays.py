"""Announcing up to a hundred users at once: answers in order, and each item for itself."""

from typing import Any

import pytest

from tests.gardenlab.api import announced, assert_error, assert_refused
from tests.platform import Partner


def test_a_hundred_requests_are_answered_in_their_order(club: Partner, uid: str) -> None:
    known = announced(club, f"{uid}5")
    names = [f"{uid}{number % 20}" for number in range(100)]
    answer = club.post("newUserForPartner", [club.user(name) for name in names])
    assert answer.status == 200
    assert [item["uid"] for item in answer.json] == names
    tokens = [item["tokenId"] for item in answer.json]
    assert tokens == tokens[:20] * 5
    assert len(set(tokens)) == 20
    assert tokens[5] == known
    assert all(set(item) == {"contract", "tokenId", "attributes", "url", "uid", "email"} for item in answer.json)
    assert club.nft(tokens[19])["uid"] == f"{uid}19"


def test_an_array_of_one_is_answered_by_an_array(club: Partner, uid: str) -> None:
    answer = club.post("newUserForPartner", [club.user(uid)])
    assert [item["uid"] for item in answer.json] == [uid]


@pytest.mark.parametrize("count", [0, 101])
def test_an_array_of_none_or_more_than_a_hundred_is_400(club: Partner, uid: str, count: int) -> None:
    answer = club.post("newUserForPartner", [club.user(f"{uid}{number}") for number in range(count)])
    assert_refused(answer, "QUERY_INCOMPLETE")
    if count:
        probe = club.post("newUserForPartner", club.user(f"{uid}0", email="other@example.com"))
        assert probe.status == 200  # nobody of the array was announced


def test_failing_items_stand_in_their_places_and_the_rest_stand(club: Partner, uid: str) -> None:
    club.add_category("summer_party", uid, max_supply=1)
    announced(club, f"{uid}known")
    items: list[tuple[Any, str | None, int]] = [
        (club.user(f"{uid}0"), None, 200),
        (club.user(f"{uid}1", user_category_id="NOBODY"), "RESOURCE_NOT_FOUND", 400),
        (club.user(f"{uid}2", contract_id="nowhere"), "RESOURCE_NOT_FOUND", 400),
        (club.user(f"{uid}3", email="no address"), "QUERY_INCOMPLETE", 400),
        (club.user(f"{uid}4", origin="somebody"), "FORBIDDEN", 403),
        (club.user(f"{uid}known", email="other@example.com"), "MISC_ERROR", 400),
        (club.user(f"{uid}6", user_category_id=uid), None, 200),
        (club.user(f"{uid}7", user_category_id=uid), "MISC_ERROR", 400),
        (None, "QUERY_INCOMPLETE", 400),
        (5, "QUERY_INCOMPLETE", 400),
        ([club.user(f"{uid}8")], "QUERY_INCOMPLETE", 400),
        ({}, "QUERY_INCOMPLETE", 400),
        (club.user(f"{uid}9"), None, 200),
    ]
    answer = club.post("newUserForPartner", [item for item, _, _ in items])
    assert answer.status == 200
    for (item, code, status), outcome in zip(items, answer.json, strict=True):
        if code is None:
            assert (outcome["uid"], outcome["email"]) == (item["uid"], item["email"])
        else:
            assert_error(outcome, code, status=status)


def test_an_array_in_which_everything_fails_is_still_200(club: Partner, uid: str) -> None:
    answer = club.post("newUserForPartner", [{}, club.user(uid, user_category_id="NOBODY")])
    assert answer.status == 200
    assert_error(answer.json[0], "QUERY_INCOMPLETE")
    assert_error(answer.json[1], "RESOURCE_NOT_FOUND")


def test_one_user_twice_in_an_array_is_one_nft(club: Partner, uid: str) -> None:
    club.add_category("summer_party", uid, max_supply=1)
    items = [
        club.user(uid),
        club.user(uid),
        club.user(uid, email=f"{uid.upper()}@EXAMPLE.com"),
        club.user(uid, user_category_id=uid),
        club.user(uid, user_category_id=uid),
    ]
    answer = club.post("newUserForPartner", items)
    tokens = [item["tokenId"] for item in answer.json]
    assert tokens[0] == tokens[1] == tokens[2]
    assert tokens[3] == tokens[4] != tokens[0]
    assert answer.json[2]["email"] == f"{uid}@example.com"


def test_one_uid_with_two_emails_in_an_array_is_refused_the_second(club: Partner, uid: str) -> None:
    answer = club.post("newUserForPartner", [club.user(uid), club.user(uid, email="other@example.com")])
    assert answer.json[0]["uid"] == uid
    assert_error(answer.json[1], "MISC_ERROR")


def test_an_array_never_oversells_a_category(club: Partner, uid: str) -> None:
    club.add_category("summer_party", uid, max_supply=3)
    answer = club.post("newUserForPartner", [club.user(f"{uid}{n}", user_category_id=uid) for n in range(8)])
    sold = [item for item in answer.json if "tokenId" in item]
    assert len(sold) == 3
    assert all(item["error"]["code"] == "MISC_ERROR" for item in answer.json if "error" in item)


def test_items_of_several_collections_may_share_an_array(club: Partner, uid: str) -> None:
    contract = club.add_collection("array_party")
    club.add_category("array_party", "VIP")
    answer = club.post("newUserForPartner", [club.user(uid), club.user(uid, contract_id="array_party")])
    assert answer.json[0]["contract"] != contract == answer.json[1]["contract"]


def test_a_failing_single_request_has_its_own_status(club: Partner, uid: str) -> None:
    assert_refused(club.post("newUserForPartner", club.user(uid, user_category_id="NOBODY")), "RESOURCE_NOT_FOUND")
    assert_refused(club.post("newUserForPartner", club.user(uid, origin="somebody")), "FORBIDDEN", status=403)
