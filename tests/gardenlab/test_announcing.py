"""Announcing one user: what the NFT is made of, and when there is one already."""

from typing import Any

import pytest

from tests.gardenlab.api import NOBODYS_CONTRACT, announced, applied, assert_refused, saved
from tests.platform import Partner
from tests.times import NO_TIMES

DEEP = {"tier": "silver", "n": 1, "half": 0.5, "list": [1, {"x": None}], "é\u202e": True, "": ""}


def test_an_announced_user_gets_a_reserved_nft(club: Partner, uid: str) -> None:
    answer = club.announce(uid)
    assert answer.status == 200
    token_id, contract = answer.json["tokenId"], answer.json["contract"]
    url = f"http://spacegarden.test/nft/{contract}/{token_id}"
    assert answer.json == {
        "contract": contract,
        "tokenId": token_id,
        "attributes": {"tier": "gold"},
        "url": url,
        "uid": uid,
        "email": f"{uid}@example.com",
    }
    nft = club.nft(token_id)
    created = nft.pop("createdAt")
    assert set(created) == {"_seconds", "_nanoseconds"}
    assert nft == {
        "contract": contract,
        "contract_id": "summer_party",
        "tokenId": token_id,
        "url": url,
        "tokenUrl": None,
        "name": "VIP",
        "description": "",
        "imgUrl": "",
        "attributes": {"tier": "gold"},
        "xp": 0,
        "level": 1,
        "maxLvlReached": False,
        "status": "reserved",
        "owner": None,
        "uid": uid,
        "email": f"{uid}@example.com",
        "user_category_id": "VIP",
        "expiration_date": None,
        "max_level": None,
        "mintedAt": None,
    }


def test_token_ids_count_up(club: Partner, uid: str) -> None:
    first, second = (int(announced(club, f"{uid}{number}")) for number in range(2))
    assert second == first + 1


def test_the_first_token_of_a_collection_is_1(club: Partner) -> None:
    club.add_collection("first_party")
    club.add_category("first_party", "VIP")
    assert announced(club, "ada", contract_id="first_party") == "1"


def test_nothing_goes_on_chain(club: Partner, uid: str) -> None:
    token_id = announced(club, uid)
    club.platform.drain()
    assert club.nft(token_id)["status"] == "reserved"
    assert club.transactions(token_id) == []


def test_nft_info_overrides_the_category_and_attributes_merge_by_key(club: Partner, uid: str) -> None:
    template = {
        "name": "Gold",
        "description": "of gold",
        "imgUrl": "ipfs://gold",
        "attributes": {"tier": "gold", "k": 1},
    }
    club.add_category("summer_party", uid, **template)
    plain = club.nft(announced(club, f"{uid}a", user_category_id=uid))
    assert {name: plain[name] for name in template} == template
    own = {"name": "Mine", "attributes": {"tier": "silver", "mine": [1]}}
    partly = club.nft(announced(club, f"{uid}b", user_category_id=uid, nft_info=own))
    assert (partly["name"], partly["description"], partly["imgUrl"]) == ("Mine", "of gold", "ipfs://gold")
    assert partly["attributes"] == {"tier": "silver", "k": 1, "mine": [1]}
    emptied = club.nft(announced(club, f"{uid}c", user_category_id=uid, nft_info={"description": "", "imgUrl": ""}))
    assert (emptied["description"], emptied["imgUrl"]) == ("", "")


@pytest.mark.parametrize(
    "attributes",
    [DEEP, '{"tier": "silver", "n": 1, "half": 0.5, "list": [1, {"x": null}], "é\\u202e": true, "": ""}'],
    ids=["object", "string"],
)
def test_attributes_are_an_object_or_a_string_that_holds_one(club: Partner, uid: str, attributes: Any) -> None:
    answer = club.announce(uid, nft_info={"attributes": attributes})
    assert answer.json["attributes"] == DEEP
    assert club.nft(answer.json["tokenId"])["attributes"] == DEEP


@pytest.mark.parametrize(
    "attributes",
    [
        "",
        "text",
        "[]",
        "null",
        "5",
        '"{}"',
        '{"a":1,"a":2}',
        '{"a":NaN}',
        '{"a":1e999}',
        '{"a":"\\u0000"}',
        '{"a":' * 40 + "1" + "}" * 40,
        [],
        5,
        True,
    ],
)
def test_attributes_that_are_no_object_are_400(club: Partner, uid: str, attributes: Any) -> None:
    message = assert_refused(club.announce(uid, nft_info={"attributes": attributes}), "QUERY_INCOMPLETE")
    assert "nft_info.attributes" in message


def test_limits_of_an_nft_are_shown_as_given(club: Partner, uid: str) -> None:
    given = {"expiration_date": "2023-09-18T12:34:56.123Z", "max_level": 15}
    nft = club.nft(announced(club, uid, additional_fields=given))
    assert {name: nft[name] for name in given} == given


def test_an_nft_whose_max_level_is_1_has_reached_it(club: Partner, uid: str) -> None:
    assert club.nft(announced(club, uid, additional_fields={"max_level": 1}))["maxLvlReached"] is True


@pytest.mark.parametrize("date", ["2023-09-18", "2023-09-18T12:34:56", "2023-09-18T12:34:56.123456+02:00"])
def test_an_expiration_date_is_any_iso_8601_time(club: Partner, uid: str, date: str) -> None:
    assert club.announce(uid, additional_fields={"expiration_date": date}).status == 200


@pytest.mark.parametrize(
    "date",
    [
        "",
        "soon",
        "18.09.2023",
        "2023-13-01",
        "2023-02-30",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        1695040496,
        True,
        [],
        {},
        *NO_TIMES.values(),
    ],
)
def test_any_other_expiration_date_is_400(club: Partner, uid: str, date: Any) -> None:
    answer = club.announce(uid, additional_fields={"expiration_date": date})
    assert "expiration_date" in assert_refused(answer, "QUERY_INCOMPLETE")


@pytest.mark.parametrize("level", [0, -1, 1.0, 1.5, True, "1", [], 10**30])
def test_a_max_level_is_a_whole_number_from_1(club: Partner, uid: str, level: Any) -> None:
    answer = club.announce(uid, additional_fields={"max_level": level})
    assert "max_level" in assert_refused(answer, "QUERY_INCOMPLETE")


def test_the_same_user_again_is_answered_the_nft_there_is(club: Partner, uid: str, action_id: str) -> None:
    saved(club, action_id)
    first = club.announce(uid).json
    assert club.announce(uid).json == first
    grown = applied(club, uid, action_id)
    again = club.announce(uid, nft_info={"name": "Another"}, additional_fields={"max_level": 3})
    assert again.json == grown
    nft = club.nft(first["tokenId"])
    assert (nft["name"], nft["max_level"], nft["xp"]) == ("VIP", None, 5)


def test_another_category_is_another_nft_of_the_same_user(club: Partner, uid: str) -> None:
    club.add_category("summer_party", uid)
    first, second = announced(club, uid), announced(club, uid, user_category_id=uid)
    assert first != second
    assert (announced(club, uid), announced(club, uid, user_category_id=uid)) == (first, second)


def test_a_uid_known_with_another_email_is_refused(club: Partner, uid: str) -> None:
    club.add_category("summer_party", uid)
    announced(club, uid)
    for category in ("VIP", uid):
        answer = club.announce(uid, user_category_id=category, email="other@example.com")
        assert_refused(answer, "MISC_ERROR")


def test_one_email_may_belong_to_several_uids_and_a_uid_to_several_collections(club: Partner, uid: str) -> None:
    club.add_collection("email_party")
    club.add_category("email_party", "VIP")
    tokens = {announced(club, f"{uid}{number}", email=f"{uid}@example.com") for number in range(2)}
    assert len(tokens) == 2
    assert club.announce(f"{uid}0", email="another@example.com", contract_id="email_party").status == 200


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Ada.L+{}@Example.COM", "ada.l+{}@example.com"),
        ("ada{}@bücher.example", "ADA{}@XN--BCHER-KVA.example"),
        ("andré{}@example.com", "andre\u0301{}@example.com"),
    ],
)
def test_spellings_of_one_email_are_one_guest_and_answered_as_first_given(
    club: Partner, uid: str, first: str, second: str
) -> None:
    first, second = first.format(uid), second.format(uid)
    token_id = announced(club, uid, email=first)
    again = club.announce(uid, email=second).json
    assert (again["tokenId"], again["email"]) == (token_id, first)
    assert club.nft(token_id)["email"] == first


@pytest.mark.parametrize(
    ("first", "second"), [("straße{}", "strasse{}"), ("\u212aim{}", "kim{}"), ("JOSÉ{}", "josé{}")]
)
def test_emails_that_differ_by_another_letter_are_two_guests(club: Partner, uid: str, first: str, second: str) -> None:
    first, second = f"{first}@example.com".format(uid), f"{second}@example.com".format(uid)
    token_id = announced(club, uid, email=first)
    assert club.announce(uid, email=second).error_code == "MISC_ERROR"
    assert announced(club, f"{uid}2", email=second) != token_id
    action_id = f"action{uid}"
    assert club.save_interaction(action_id).status == 200
    assert club.act(action_id=action_id, guest={"email": first}).json["tokenId"] == token_id
    assert club.act(action_id=action_id, guest={"email": second}).json["tokenId"] != token_id


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "Ada <ada@example.com>",
        '"Ada" <ada@example.com>',
        "ada@example.com, b@example.com",
        " ada@example.com",
        "ada@example.com\n",
        "a b@example.com",
        "ada@exa mple.com",
        "ada@@example.com",
        "ada..l@example.com",
        "ada@-example.com",
        "ada@example..com",
        "ada@[127.0.0.1]",
        "\u202eada@example.com",
        "ada\u200b@example.com",
        "mailto:ada@example.com ",
        5,
        True,
        [],
        {},
        None,
    ],
)
def test_what_is_no_plain_address_is_400(club: Partner, uid: str, email: Any) -> None:
    assert "email" in assert_refused(club.announce(uid, email=email), "QUERY_INCOMPLETE")


def test_an_unknown_category_or_collection_is_400(club: Partner, uid: str) -> None:
    assert_refused(club.announce(uid, user_category_id="NOBODY"), "RESOURCE_NOT_FOUND")
    assert_refused(club.announce(uid, user_category_id="vip"), "RESOURCE_NOT_FOUND")
    assert_refused(club.announce(uid, contract_id="Summer_Party"), "RESOURCE_NOT_FOUND")
    assert_refused(club.announce(uid, contract=NOBODYS_CONTRACT), "RESOURCE_NOT_FOUND")


def test_a_sold_out_category_refuses_new_users_and_answers_those_it_has(club: Partner, uid: str) -> None:
    club.add_category("summer_party", uid, max_supply=2)
    tokens = [announced(club, f"{uid}{number}", user_category_id=uid) for number in range(2)]
    assert_refused(club.announce(f"{uid}2", user_category_id=uid), "MISC_ERROR")
    assert announced(club, f"{uid}1", user_category_id=uid) == tokens[1]
    path = f"/{club.origin}/collections/summer_party/categories/{uid}"
    assert club.platform.admin("PATCH", path, {"max_supply": 3}).status == 200
    assert club.announce(f"{uid}2", user_category_id=uid).status == 200
    assert_refused(club.announce(f"{uid}3", user_category_id=uid), "MISC_ERROR")
    assert club.platform.admin("GET", path).json["issued"] == 3


def test_a_guest_cannot_hold_more_nfts_than_its_row_can(
    club: Partner, uid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.gardenlab.service.announcements.MAX_NFTS_OF_ONE_GUEST", 1)
    club.add_category("summer_party", uid)
    token_id = announced(club, uid)
    assert_refused(club.announce(uid, user_category_id=uid), "MISC_ERROR")
    assert announced(club, uid) == token_id


@pytest.mark.parametrize("missing", ["email", "uid", "user_category_id", "contract_id"])
def test_a_missing_field_is_named(club: Partner, uid: str, missing: str) -> None:
    body = {name: value for name, value in club.user(uid).items() if name != missing}
    assert missing in assert_refused(club.post("newUserForPartner", body), "QUERY_INCOMPLETE")
