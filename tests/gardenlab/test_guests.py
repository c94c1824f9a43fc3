"""Whose NFT an action or a mint takes: by uid, by e-mail, by both, and by token."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core.clock import now
from tests.gardenlab.api import announced, applied, assert_refused, saved
from tests.platform import Partner


@pytest.fixture(scope="module", autouse=True)
def checkin(club: Partner) -> None:
    saved(club, "checkin")
    club.add_category("summer_party", "GUEST_SECOND")
    club.add_category("summer_party", "GUEST_THIRD")


def test_a_guest_is_found_by_uid_by_email_or_by_both(club: Partner, uid: str) -> None:
    token_id = announced(club, uid, email=f"{uid}@Bücher.example")
    for guest in (
        {"uid": uid},
        {"email": f"{uid.upper()}@xn--bcher-kva.EXAMPLE"},
        {"uid": uid, "email": f"{uid}@bücher.example"},
        {"uid": uid, "email": None},
        {"uid": None, "email": f"{uid}@bücher.example"},
    ):
        assert applied(club, "", "checkin", guest=guest)["tokenId"] == token_id


@pytest.mark.parametrize("guest", [{}, {"uid": None}, {"uid": None, "email": None}, {"name": "ada"}, None, "ada", []])
def test_a_guest_without_uid_and_email_is_400(club: Partner, guest: Any) -> None:
    assert "guest" in assert_refused(club.act(guest=guest), "QUERY_INCOMPLETE")


def test_uid_and_email_must_match_the_same_nft(club: Partner, uid: str) -> None:
    one, other = f"{uid}1", f"{uid}2"
    announced(club, one)
    token_id = announced(club, other)
    mixed = {"uid": one, "email": f"{other}@example.com"}
    assert_refused(club.act(guest=mixed), "RESOURCE_NOT_FOUND")
    assert_refused(club.act(guest=mixed, token_id=token_id), "RESOURCE_NOT_FOUND")
    assert_refused(club.act(guest={"uid": one}, token_id=token_id), "RESOURCE_NOT_FOUND")
    assert_refused(club.act(guest={"uid": one, "email": "unknown@example.com"}), "RESOURCE_NOT_FOUND")


def test_uids_compare_exactly(club: Partner, uid: str) -> None:
    announced(club, uid)
    for near in (uid.upper(), f"{uid} ", f" {uid}", uid[:-1]):
        assert_refused(club.act(guest={"uid": near}), "RESOURCE_NOT_FOUND")


def test_an_email_that_several_uids_share_needs_the_uid(club: Partner, uid: str) -> None:
    email = f"{uid}@example.com"
    tokens = [announced(club, f"{uid}{number}", email=email) for number in range(2)]
    message = assert_refused(club.act(guest={"email": email}), "MISC_ERROR")
    assert "uid" in message
    for number in range(2):
        assert (
            applied(club, "", "checkin", guest={"email": email, "uid": f"{uid}{number}"})["tokenId"] == tokens[number]
        )
    assert applied(club, "", "checkin", guest={"email": email}, token_id=tokens[1])["tokenId"] == tokens[1]


def test_an_email_shared_in_another_collection_is_not_shared_here(club: Partner, uid: str) -> None:
    club.add_collection("shared_party")
    club.add_category("shared_party", "VIP")
    email = f"{uid}@example.com"
    token_id = announced(club, uid, email=email)
    announced(club, f"{uid}2", email=email, contract_id="shared_party")
    assert applied(club, "", "checkin", guest={"email": email})["tokenId"] == token_id


def test_an_email_whose_one_uid_holds_several_nfts_is_enough(club: Partner, uid: str) -> None:
    announced(club, uid)
    newest = announced(club, uid, user_category_id="GUEST_SECOND")
    assert applied(club, "", "checkin", guest={"email": f"{uid}@example.com"})["tokenId"] == newest


def test_of_several_nfts_the_newest_that_has_not_expired_is_taken(club: Partner, uid: str) -> None:
    past = {"expiration_date": (now() - timedelta(days=1)).isoformat()}
    oldest = announced(club, uid)
    middle = announced(club, uid, user_category_id="GUEST_SECOND")
    newest = announced(club, uid, user_category_id="GUEST_THIRD", additional_fields=past)
    assert applied(club, uid, "checkin")["tokenId"] == middle
    assert applied(club, uid, "checkin", token_id=oldest)["tokenId"] == oldest
    assert_refused(club.act(uid, token_id=newest), "NFT_IS_EXPIRED")


def test_where_every_nft_has_expired_the_action_is_refused(club: Partner, uid: str) -> None:
    past = {"expiration_date": "2020-01-01"}
    announced(club, uid, additional_fields=past)
    announced(club, uid, user_category_id="GUEST_SECOND", additional_fields=past)
    assert_refused(club.act(uid), "NFT_IS_EXPIRED")
