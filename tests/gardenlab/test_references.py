"""How requests name a collection and a token, and how addresses and token ids are written."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pytest

from tests.gardenlab.api import GETS, acting, announced, applied, assert_refused, minting, saved, saving
from tests.platform import HOLDER, Answer, Partner, Platform

Send = Callable[[Partner, dict[str, Any]], Answer]


def bare(body: dict[str, Any]) -> dict[str, Any]:
    """The body without its collection."""
    return {name: value for name, value in body.items() if name != "contract_id"}


@lru_cache
def token_of(partner: Partner) -> str:
    return announced(partner, "ref")


def getting(route: str, defaults: Callable[[Partner], dict[str, Any]]) -> Send:
    return lambda me, reference: me.get(route, **{"origin": me.origin, **defaults(me), **reference})


# Each sends a complete request, with the collection or the token named as given.
BY_COLLECTION: dict[str, Send] = {
    "saveActionInteraction": lambda me, place: me.post("saveActionInteraction", bare(saving(me)) | place),
    "newUserForPartner": lambda me, place: me.post("newUserForPartner", bare(me.user("ref")) | place),
    "newActionForUser": lambda me, place: me.post("newActionForUser", bare(acting(me, "ref", "ref")) | place),
    "mintTokenForUser": lambda me, place: me.post("mintTokenForUser", bare(minting(me, "ref")) | place),
    **{name: getting(name, lambda me: {"tokenId": token_of(me)}) for name in GETS},
}
BY_TOKEN: dict[str, Send] = {
    "newActionForUser": lambda me, token: me.post("newActionForUser", acting(me, "ref", "ref", **token)),
    "mintTokenForUser": lambda me, token: me.post("mintTokenForUser", minting(me, "ref", **token)),
    **{name: getting(name, lambda _: {"contract_id": "summer_party"}) for name in GETS if name != "getAllInteractions"},
}


@pytest.fixture(scope="module")
def club(platform: Platform) -> Partner:
    """A partner whose list of interactions is not everybody's."""
    return platform.new_partner()


@pytest.fixture(scope="module", autouse=True)
def guest(club: Partner) -> None:
    saved(club, "ref")
    announced(club, "ref")


@pytest.fixture(scope="module")
def contract(club: Partner) -> str:
    return str(club.announce("ref").json["contract"])


@pytest.mark.parametrize("route", BY_COLLECTION)
def test_a_collection_is_found_by_alias_by_address_or_by_both(club: Partner, contract: str, route: str) -> None:
    for place in (
        {"contract_id": "summer_party"},
        {"contract": contract},
        {"contract": contract.lower()},
        {"contract": "0x" + contract[2:].upper()},
        {"contract_id": "summer_party", "contract": contract.lower()},
    ):
        assert BY_COLLECTION[route](club, place).status == 200, place


@pytest.mark.parametrize("route", BY_COLLECTION)
def test_neither_alias_nor_address_is_400(club: Partner, route: str) -> None:
    assert_refused(BY_COLLECTION[route](club, {}), "QUERY_INCOMPLETE")


@pytest.mark.parametrize("route", [name for name in BY_COLLECTION if name not in GETS])
def test_null_names_no_collection(club: Partner, route: str) -> None:
    assert_refused(BY_COLLECTION[route](club, {"contract": None, "contract_id": None}), "QUERY_INCOMPLETE")
    assert BY_COLLECTION[route](club, {"contract": None, "contract_id": "summer_party"}).status == 200


@pytest.fixture(scope="module")
def second_contract(club: Partner) -> str:
    return club.add_collection("second_party")


@pytest.mark.parametrize("route", BY_COLLECTION)
def test_an_alias_and_the_address_of_another_collection_are_400(
    club: Partner, second_contract: str, route: str
) -> None:
    place = {"contract_id": "summer_party", "contract": second_contract}
    assert_refused(BY_COLLECTION[route](club, place), "QUERY_INCOMPLETE")


@pytest.mark.parametrize("route", BY_COLLECTION)
def test_a_text_that_is_no_address_is_400(club: Partner, contract: str, route: str) -> None:
    swapped = "0x" + contract[2:].swapcase()
    for address in (
        swapped,
        contract[2:],
        contract[:-1],
        contract + "0",
        f" {contract}",
        f"{contract}\n",
        "0X" + contract[2:].upper(),
        "0x" + "g" * 40,
        "0x" + "\uff10" * 40,
        "",
    ):
        assert_refused(BY_COLLECTION[route](club, {"contract": address}), "QUERY_INCOMPLETE")


@pytest.mark.parametrize("route", BY_COLLECTION)
def test_a_missing_collection_is_400_and_404_for_get_nft_by_token_id(club: Partner, route: str) -> None:
    status = 404 if route == "getNftByTokenId" else 400
    answer = BY_COLLECTION[route](club, {"contract_id": "no_such_collection"})
    assert_refused(answer, "RESOURCE_NOT_FOUND", status=status)


def test_addresses_are_answered_in_eip_55_form(club: Partner, contract: str) -> None:
    place: dict[str, Any] = {"contract_id": None, "contract": contract.lower()}
    assert club.announce("ref", **place).json["contract"] == contract
    assert contract not in (contract.lower(), contract.upper())
    minted = club.post("mintTokenForUser", minting(club, "ref", user_addr=HOLDER.lower(), **place)).json
    assert (minted["contract"], minted["userAddr"]) == (contract, HOLDER)


@pytest.mark.parametrize("route", BY_TOKEN)
def test_a_token_is_named_in_either_spelling_or_in_both_where_they_agree(club: Partner, route: str) -> None:
    token_id = token_of(club)
    for token in (
        {"tokenId": token_id},
        {"token_id": token_id},
        {"token_id": int(token_id)},
        {"tokenId": int(token_id), "token_id": token_id},
    ):
        assert BY_TOKEN[route](club, token).status == 200, token


@pytest.mark.parametrize("route", BY_TOKEN)
def test_two_token_ids_that_disagree_are_400(club: Partner, route: str) -> None:
    assert_refused(BY_TOKEN[route](club, {"tokenId": token_of(club), "token_id": "7777"}), "QUERY_INCOMPLETE")


@pytest.mark.parametrize("route", BY_TOKEN)
def test_the_greatest_token_id_is_unknown_and_what_lies_beyond_is_no_token_id(club: Partner, route: str) -> None:
    status = 404 if route == "getNftByTokenId" else 400
    for known in ("0", str(2**256 - 1)):
        assert_refused(BY_TOKEN[route](club, {"tokenId": known}), "RESOURCE_NOT_FOUND", status=status)
    for wrong in (
        str(2**256),
        "-1",
        "+1",
        "01",
        "00",
        "1e3",
        "1.0",
        "0x1",
        " 1",
        "1\n",
        "\uff11",
        "1_000",
        "",
        "9" * 4000,
    ):
        assert_refused(BY_TOKEN[route](club, {"tokenId": wrong}), "QUERY_INCOMPLETE")


@pytest.mark.parametrize("route", ["newActionForUser", "mintTokenForUser"])
@pytest.mark.parametrize("wrong", [True, False, 1.0, 1e3, -1, 2**256, [], {}, ["1"]])
def test_a_json_value_that_is_no_token_id_is_400(club: Partner, route: str, wrong: Any) -> None:
    assert_refused(BY_TOKEN[route](club, {"token_id": wrong}), "QUERY_INCOMPLETE")


@pytest.mark.parametrize("route", [name for name in BY_TOKEN if name in GETS])
def test_the_getters_of_a_token_need_its_id(club: Partner, route: str) -> None:
    assert_refused(BY_TOKEN[route](club, {}), "QUERY_INCOMPLETE")


def test_token_ids_are_answered_as_strings(club: Partner) -> None:
    token_id = token_of(club)
    number = int(token_id)
    assert applied(club, "ref", "ref", token_id=number)["tokenId"] == token_id
    assert club.mint("ref", token_id=number).json["tokenId"] == token_id
    assert club.nft(token_id)["tokenId"] == token_id
    assert isinstance(token_id, str)


def test_a_query_parameter_given_twice_is_400(club: Partner) -> None:
    answer = club.platform.call(
        "GET", "/api/v1/getNftByTokenId", key=club.key, query={"contract_id": "summer_party", "tokenId": ["1", "1"]}
    )
    assert_refused(answer, "QUERY_INCOMPLETE")


def test_unknown_query_parameters_are_passed_over(club: Partner) -> None:
    assert club.get("getAllInteractions", origin=club.origin, contract_id="summer_party", lang="fr").status == 200
