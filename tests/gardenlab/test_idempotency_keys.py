"""`Idempotency-Key` on every POST: the same bytes are answered the first answer again, and nothing is done twice."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core.clock import travelled
from tests.gardenlab.api import (
    POSTS,
    acting,
    announced,
    applied,
    assert_error,
    assert_refused,
    interaction,
    minting,
    saved,
    saving,
)
from tests.platform import HOLDER, OTHER_HOLDER, Answer, Partner

Body = Callable[[Partner, str], Any]

# A complete body of each route for a fresh name; and one of other bytes that would be answered 200 as well.
BODIES: dict[str, Body] = {
    "saveActionInteraction": lambda me, name: saving(me, interaction=interaction(f"{name}x")),
    "newUserForPartner": lambda me, name: me.user(f"{name}x"),
    "newActionForUser": lambda me, name: acting(me, name, name),
    "mintTokenForUser": lambda me, name: minting(me, name),
}
OTHERS: dict[str, Body] = {
    "saveActionInteraction": lambda me, name: saving(me, interaction=interaction(f"{name}y")),
    "newUserForPartner": lambda me, name: me.user(f"{name}y"),
    "newActionForUser": lambda me, name: acting(me, name, name, xpIncrement=1),
    "mintTokenForUser": lambda me, name: minting(me, name, user_addr=HOLDER.lower()),
}


def send(partner: Partner, route: str, body: Any, key: str) -> Answer:
    return partner.post(route, body, headers={"Idempotency-Key": key})


def text(answer: Answer) -> str:
    """The answer as it was written, the order of its members included."""
    assert answer.status == 200, answer
    return json.dumps(answer.json)


@pytest.fixture
def name(club: Partner, uid: str) -> str:
    """A user with an NFT and an action of the same name."""
    return furnished(club, uid)


def furnished(partner: Partner, name: str) -> str:
    saved(partner, name)
    announced(partner, name)
    return name


@pytest.mark.parametrize("route", POSTS)
def test_the_same_key_with_the_same_bytes_is_the_same_answer(club: Partner, name: str, route: str) -> None:
    body = BODIES[route](club, name)
    first = send(club, route, body, name)
    assert text(send(club, route, body, name)) == text(first)


@pytest.mark.parametrize("route", POSTS)
def test_the_same_key_with_other_bytes_is_refused_and_changes_nothing(club: Partner, name: str, route: str) -> None:
    body = BODIES[route](club, name)
    first = send(club, route, body, name)
    assert_refused(send(club, route, OTHERS[route](club, name), name), "MISC_ERROR")
    spaced = json.dumps(body, indent=1).encode()
    assert_refused(send(club, route, spaced, name), "MISC_ERROR")
    assert text(send(club, route, body, name)) == text(first)
    token_id = announced(club, name)
    assert len(club.scans(token_id)) == (1 if route == "newActionForUser" else 0)


@pytest.mark.parametrize("route", POSTS)
def test_the_same_key_with_another_query_is_refused(club: Partner, name: str, route: str) -> None:
    body = BODIES[route](club, name)
    first = send(club, route, body, name)
    queried = club.post(route, body, headers={"Idempotency-Key": name}, query={"dry_run": "false"})
    assert_refused(queried, "MISC_ERROR")
    assert text(send(club, route, body, name)) == text(first)


def test_a_repeated_action_is_applied_once(club: Partner, name: str) -> None:
    body = acting(club, name, name)
    for _ in range(3):
        assert send(club, "newActionForUser", body, name).json["attributes"]["IRL Event"] == 1
    assert applied(club, name, name)["attributes"]["IRL Event"] == 2
    assert send(club, "newActionForUser", body, name).json["attributes"]["IRL Event"] == 1


def test_a_repeated_action_that_used_itself_up_is_answered_all_the_same(club: Partner, uid: str) -> None:
    saved(club, uid, authScanCount=1)
    token_id = announced(club, uid)
    first = send(club, "newActionForUser", acting(club, uid, uid), uid)
    assert text(send(club, "newActionForUser", acting(club, uid, uid), uid)) == text(first)
    assert_refused(club.act(uid, action_id=uid), "INTERACTION_ALREADY_CONSUMED")
    assert len(club.scans(token_id)) == 1


def test_a_repeated_creation_makes_one_interaction(club: Partner, uid: str) -> None:
    first, second = (send(club, "saveActionInteraction", saving(club), uid) for _ in range(2))
    assert text(first) == text(second)
    assert send(club, "saveActionInteraction", saving(club), f"{uid}2").json["id"] != first.json["id"]


def test_a_repeated_announcement_is_answered_as_it_was_at_first(club: Partner, uid: str) -> None:
    saved(club, uid)
    first = send(club, "newUserForPartner", club.user(uid), uid)
    grown = applied(club, uid, uid)
    assert text(send(club, "newUserForPartner", club.user(uid), uid)) == text(first)
    assert club.announce(uid).json == grown


def test_an_announcement_that_found_its_nft_is_kept_as_well(club: Partner, uid: str) -> None:
    saved(club, uid)
    announced(club, uid)
    first = send(club, "newUserForPartner", club.user(uid), uid)
    applied(club, uid, uid)
    assert text(send(club, "newUserForPartner", club.user(uid), uid)) == text(first)
    assert_refused(send(club, "newUserForPartner", club.user(f"{uid}2"), uid), "MISC_ERROR")


def test_a_claim_that_found_its_mint_is_kept_as_well(club: Partner, name: str) -> None:
    club.mint(name)
    first = send(club, "mintTokenForUser", minting(club, name), name)
    assert first.status == 200
    assert_refused(send(club, "mintTokenForUser", OTHERS["mintTokenForUser"](club, name), name), "MISC_ERROR")


@pytest.mark.parametrize("route", POSTS[:3])
def test_a_key_is_free_again_after_24_hours(club: Partner, name: str, route: str) -> None:
    send(club, route, BODIES[route](club, name), name)
    with travelled(timedelta(hours=24, seconds=-30)):
        assert_refused(send(club, route, OTHERS[route](club, name), name), "MISC_ERROR")
    with travelled(timedelta(hours=24, seconds=30)):
        assert send(club, route, OTHERS[route](club, name), name).status == 200
        assert_refused(send(club, route, BODIES[route](club, name), name), "MISC_ERROR")


def test_after_24_hours_the_same_bytes_act_again(club: Partner, name: str) -> None:
    body = acting(club, name, name)
    send(club, "newActionForUser", body, name)
    with travelled(timedelta(hours=24, seconds=1)):
        assert send(club, "newActionForUser", body, name).json["attributes"]["IRL Event"] == 2


def test_a_key_belongs_to_one_route(club: Partner, name: str) -> None:
    for route in POSTS:
        assert send(club, route, BODIES[route](club, name), name).status == 200


def test_a_key_belongs_to_one_partner(club: Partner, rival: Partner, name: str) -> None:
    for partner in (club, rival):
        answer = send(partner, "newUserForPartner", partner.user(f"{name}x"), name)
        assert partner.nft(answer.json["tokenId"])["uid"] == f"{name}x"


def test_keys_differ_by_case_and_blanks(club: Partner, uid: str) -> None:
    ids = {send(club, "saveActionInteraction", saving(club), key).json["id"] for key in (uid, uid.upper(), f"{uid} x")}
    assert len(ids) == 3


@pytest.mark.parametrize("route", POSTS)
def test_a_key_of_no_or_more_than_255_characters_is_400(club: Partner, uid: str, route: str) -> None:
    for key in ("", "k" * 256, "k" * 8000):
        answer = send(club, route, BODIES[route](club, uid), key)
        assert "Idempotency-Key" in assert_refused(answer, "QUERY_INCOMPLETE")


def test_a_key_of_1_or_255_characters_is_taken(club: Partner, uid: str) -> None:
    for key in ("k", uid + "é" * (255 - len(uid))):
        first, second = (send(club, "saveActionInteraction", saving(club), key) for _ in range(2))
        assert text(first) == text(second)


def test_a_refusal_is_not_stored(club: Partner, uid: str) -> None:
    body = acting(club, uid, uid)
    assert_refused(send(club, "newActionForUser", body, uid), "RESOURCE_NOT_FOUND")
    furnished(club, uid)
    assert send(club, "newActionForUser", body, uid).status == 200
    assert_refused(send(club, "newUserForPartner", club.user(uid, email="x@example.com"), uid), "MISC_ERROR")
    assert send(club, "newUserForPartner", club.user(uid), uid).status == 200
    assert_refused(send(club, "mintTokenForUser", minting(club, uid, user_addr=HOLDER[:-1]), uid), "QUERY_INCOMPLETE")
    assert send(club, "mintTokenForUser", minting(club, uid), uid).status == 200
    assert_refused(send(club, "saveActionInteraction", saving(club, interaction=interaction(uid)), uid), "MISC_ERROR")
    assert send(club, "saveActionInteraction", saving(club), uid).status == 200


def test_a_repeated_claim_stays_the_first_whatever_came_after(club: Partner, uid: str) -> None:
    club.add_category("summer_party", uid)
    first_token = announced(club, uid)
    first = send(club, "mintTokenForUser", minting(club, uid), uid)
    second_token = announced(club, uid, user_category_id=uid)
    assert text(send(club, "mintTokenForUser", minting(club, uid), uid)) == text(first)
    assert club.nft(second_token)["status"] == "reserved"
    assert club.mint(uid, user_addr=OTHER_HOLDER).json["tokenId"] == second_token != first_token


def test_an_array_is_answered_again_item_by_item(club: Partner, uid: str) -> None:
    saved(club, uid)
    items = [club.user(f"{uid}0"), club.user(f"{uid}1", user_category_id=uid), club.user(f"{uid}0")]
    first = send(club, "newUserForPartner", items, uid)
    assert_error(first.json[1], "RESOURCE_NOT_FOUND")
    applied(club, f"{uid}0", uid)
    club.add_category("summer_party", uid)
    again = send(club, "newUserForPartner", items, uid)
    assert [again.json[0], again.json[2]] == [first.json[0], first.json[2]]  # as they were, before the action
    assert again.json[1]["uid"] == f"{uid}1"  # a refusal is not stored, in an array neither


def test_an_arrays_key_with_other_bytes_is_refused_whole(club: Partner, uid: str) -> None:
    send(club, "newUserForPartner", [club.user(f"{uid}0")], uid)
    for other in ([club.user(f"{uid}1")], [club.user(f"{uid}0"), club.user(f"{uid}1")], club.user(f"{uid}0")):
        assert_refused(send(club, "newUserForPartner", other, uid), "MISC_ERROR")
    fresh = club.announce(f"{uid}1", email="fresh@example.com")
    assert fresh.status == 200  # nobody of the refused arrays was announced


def test_one_item_in_two_arrays_of_different_keys_is_one_nft(club: Partner, uid: str) -> None:
    answers = [send(club, "newUserForPartner", [club.user(uid)], f"{uid}{number}").json for number in range(2)]
    assert answers[0] == answers[1]
