"""The three lists: everything by default, pages on request, and never a silent cut."""

from typing import Any

import pytest

from chalicelib.core.pagination import encode_position
from tests.gardenlab.api import LISTS, announced, applied, assert_refused, saved, walked
from tests.platform import Partner, Platform

COUNT = 7
TAMPERED = (
    "",
    "x",
    "A",
    "====",
    "é",
    encode_position("TX#1"),
    encode_position("SCAN#00000000001"),
    encode_position("NFT"),
    encode_position("INTERACTION#x' OR 1=1"),
    encode_position("SCAN#0000000001") + "=",
    encode_position("SCAN#0000000001") + "\n",
    encode_position("CATEGORY#VIP"),
)


@pytest.fixture(scope="module")
def listing(platform: Platform) -> Partner:
    """A partner whose three lists hold seven rows each."""
    partner = platform.new_partner()
    for number in range(COUNT):
        saved(partner, f"action{number}", name=f"Action {number}")
    token_id = announced(partner, "ada")
    assert token_id == "1"
    partner.mint()
    for number in range(COUNT - 1):
        applied(partner, "ada", f"action{number}")
    platform.drain()
    applied(partner, "ada", "action6")
    return partner


def query(partner: Partner) -> dict[str, Any]:
    return {"origin": partner.origin, "contract_id": "summer_party", "tokenId": "1"}


@pytest.mark.parametrize("route", LISTS)
def test_everything_is_listed_by_default_without_a_link(listing: Partner, route: str) -> None:
    answer = listing.get(route, **query(listing))
    assert (answer.status, len(answer.json)) == (200, COUNT)
    assert "link" not in answer.headers


@pytest.mark.parametrize("route", LISTS)
@pytest.mark.parametrize(("limit", "sizes"), [("1", [1] * 7), ("3", [3, 3, 1]), ("7", [7]), ("1000", [7])])
def test_links_lead_through_everything_in_order(listing: Partner, route: str, limit: str, sizes: list[int]) -> None:
    pages = walked(listing, route, limit=limit, **query(listing))
    assert [len(page) for page in pages] == sizes
    assert [row for page in pages for row in page] == listing.get(route, **query(listing)).json


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "1.0", "1e2", "", " 1", "all", "9" * 5000, "\u0663"])
def test_a_limit_is_a_whole_number_from_1_to_1000(listing: Partner, limit: str) -> None:
    for route in LISTS if limit in ("0", "1001") else LISTS[:1]:
        assert "limit" in assert_refused(listing.get(route, limit=limit, **query(listing)), "QUERY_INCOMPLETE")


@pytest.mark.parametrize("cursor", TAMPERED)
def test_a_cursor_that_was_never_issued_is_400(listing: Partner, cursor: str) -> None:
    for route in LISTS if cursor in TAMPERED[:2] else LISTS[1:2]:
        answer = listing.get(route, starting_after=cursor, **query(listing))
        assert "starting_after" in assert_refused(answer, "QUERY_INCOMPLETE"), route


def test_a_cursor_of_another_list_is_400(listing: Partner) -> None:
    cursors = {}
    for route in LISTS:
        link = str(listing.get(route, limit="1", **query(listing)).headers["link"])
        cursors[route] = link.partition("starting_after=")[2].partition(">")[0]
    assert all("#" not in cursor and cursor.isalnum() for cursor in cursors.values())
    for route in LISTS:
        for source, cursor in cursors.items():
            status = listing.get(route, starting_after=cursor, **query(listing)).status
            assert status == (200 if source == route else 400)


@pytest.mark.parametrize("route", LISTS)
def test_what_would_pass_the_greatest_answer_is_cut_with_a_link(
    listing: Partner, route: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = listing.get(route, **query(listing)).json
    monkeypatch.setattr("chalicelib.core.pagination.MAX_ANSWER_BYTES", 900)
    pages = walked(listing, route, **query(listing))
    assert len(pages) > 1
    assert [row for page in pages for row in page] == everything
    monkeypatch.setattr("chalicelib.core.pagination.MAX_ANSWER_BYTES", 1)
    pages = walked(listing, route, **query(listing))
    assert [len(page) for page in pages] == [1] * COUNT  # one row at least, or nobody would ever see it


def test_a_link_repeats_the_filters(listing: Partner) -> None:
    contract = listing.nft("1")["contract"]
    answer = listing.get(
        "getAllInteractionScansForToken", origin=listing.origin, contract=contract, token_id="1", limit="2"
    )
    link = str(answer.headers["link"])
    assert link.startswith("<http://spacegarden.test/api/v1/getAllInteractionScansForToken?")
    for part in (f"origin={listing.origin}", f"contract={contract}", "token_id=1", "limit=2"):
        assert part in link


def test_new_rows_appear_behind_a_cursor(listing: Partner) -> None:
    link = str(listing.get("getAllInteractions", limit="6", **query(listing)).headers["link"])
    cursor = link.partition("starting_after=")[2].partition(">")[0]
    interaction_id = saved(listing, "late")
    behind = listing.get("getAllInteractions", starting_after=cursor, **query(listing)).json
    assert [row["action_id"] for row in behind] == ["action6", "late"]
    assert behind[1]["id"] == interaction_id


def test_lists_of_a_token_without_rows_are_empty(club: Partner, uid: str) -> None:
    token_id = announced(club, uid)
    assert club.scans(token_id) == []
    assert club.transactions(token_id) == []


def test_lists_of_an_unknown_token_are_400(club: Partner) -> None:
    for route in ("getAllInteractionScansForToken", "getBlockchainTxForToken"):
        answer = club.get(route, origin=club.origin, contract_id="summer_party", tokenId="12345")
        assert_refused(answer, "RESOURCE_NOT_FOUND")
