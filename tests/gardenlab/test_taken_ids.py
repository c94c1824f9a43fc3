"""Somebody else minted an NFT's token: its mint fails, and the next takes another id where that is allowed."""

import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any
from unittest.mock import ANY

import pytest

from chalicelib.activity import service as activity
from chalicelib.activity.domain import email_identity
from chalicelib.chain import contract as chain_contract
from chalicelib.chain.service import contracts as free_ids
from chalicelib.chain.service.documents import read_document
from chalicelib.chain.service.nodes import ChainUnknown, node_of
from chalicelib.core.settings import settings
from tests.faults.crowd import SharedPlatform, at_once
from tests.gardenlab.api import announced, applied, assert_refused, saved
from tests.gardenlab.roles import allow_minting, mint_elsewhere
from tests.platform import HOLDER, OTHER_HOLDER, Partner, Platform
from tests.receivers import Receiver


@pytest.fixture(scope="module")
def partner(platform: Platform) -> Partner:
    platform.drain()
    partner = platform.new_partner()
    saved(partner, "taken_checkin")
    return partner


@pytest.fixture
def keeps_ids(partner: Partner) -> Partner:
    """The partner, whose NFTs keep their ids: the default."""
    _set(partner, False)
    return partner


@pytest.fixture
def changes_ids(partner: Partner) -> Partner:
    """The partner, whose NFTs may take other ids."""
    _set(partner, True)
    return partner


@pytest.fixture
def receiver(partner: Partner) -> Iterator[Receiver]:
    with Receiver() as receiver:
        endpoint = partner.add_endpoint(receiver.url)
        yield receiver
        partner.platform.call("DELETE", f"/webhooks/endpoints/{endpoint['id']}", key=partner.key)


def _set(partner: Partner, allowed: bool) -> None:
    path = f"/{partner.origin}/collections/summer_party"
    answer = partner.platform.admin("PATCH", path, {"may_change_token_id": allowed})
    assert answer.json["may_change_token_id"] is allowed


def _taken(partner: Partner, uid: str, *, scans: int = 0) -> str:
    """A user whose mint failed because somebody else has the token; `scans` came while it was on its way."""
    token_id = announced(partner, uid)
    mint_elsewhere(partner.nft(token_id)["contract"], int(token_id))
    assert partner.mint(uid).status == 200
    if scans:
        applied(partner, uid, "taken_checkin", times=scans)
    partner.platform.drain()
    assert partner.nft(token_id)["status"] == "mint_failed"
    return token_id


def _sent(partner: Partner, receiver: Receiver) -> list[dict[str, Any]]:
    """The bodies that the partner received, mints first: deliveries of one batch arrive in any order."""
    partner.platform.drain()
    requests, receiver.requests = receiver.requests, []
    bodies = [json.loads(request.body) for request in requests]
    return sorted(bodies, key=lambda body: body.get("actionType") != "newBcNftMint")


def test_without_leave_the_next_mint_is_refused_with_the_reason_and_nothing_reaches_the_chain(
    keeps_ids: Partner, uid: str
) -> None:
    token_id = _taken(keeps_ids, uid)
    before = keeps_ids.nft(token_id)
    for again in (
        keeps_ids.mint(uid),
        keeps_ids.mint(uid, token_id=token_id),
        keeps_ids.mint(uid, user_addr=OTHER_HOLDER),
    ):
        said = assert_refused(again, "MISC_ERROR")
        assert f"Somebody else minted the token {token_id}" in said
        assert "may_change_token_id" in said
    assert keeps_ids.nft(token_id) == before
    assert keeps_ids.platform.drain().succeeded == 0


def test_with_leave_the_nft_is_minted_under_the_next_id_with_all_that_it_had(
    changes_ids: Partner, uid: str, receiver: Receiver
) -> None:
    applied_before = announced(changes_ids, uid)
    applied(changes_ids, uid, "taken_checkin")
    old = _taken(changes_ids, uid, scans=1)
    assert old == applied_before
    [failure] = _sent(changes_ids, receiver)
    assert (failure["success"], failure["code"], failure["tokenId"]) == (False, "token_taken", old)
    assert "reservedTokenId" not in failure

    answer = changes_ids.mint(uid).json
    new = str(int(old) + 1)
    contract = changes_ids.nft(old)["contract"]
    assert answer == {
        "userAddr": HOLDER,
        "contract": contract,
        "tokenId": new,
        "reservedTokenId": old,
        "tokenUrl": answer["tokenUrl"],
    }
    assert changes_ids.mint(uid).json == answer
    document = read_document(answer["tokenUrl"].removeprefix("ipfs://").split("/")[0])
    assert document is not None
    assert json.loads(document)["external_url"] == f"{settings().public_url}/nft/{contract}/{new}"

    received = _sent(changes_ids, receiver)
    names = {"contract": contract, "tokenId": new, "reservedTokenId": old}
    [mint_row, scan_row] = changes_ids.transactions(new)
    sent = {"success": True, **names, "at": mint_row["at"], "actionType": "newBcNftMint"}
    links = {name: mint_row[name] for name in ("txHash", "transactionUrl")}
    assert received[0] == {**sent, **links}
    [scan] = received[1:]
    assert {name: scan[name] for name in names} == names
    assert (scan["success"], scan["newUri"], scan["txHash"]) == (True, scan_row["newUri"], scan_row["txHash"])

    nft = changes_ids.nft(new)
    assert nft == changes_ids.nft(old)
    assert (nft["tokenId"], nft["reservedTokenId"], nft["status"], nft["owner"]) == (new, old, "minted", HOLDER)
    assert changes_ids.scans(new) == changes_ids.scans(old) == [ANY, ANY]
    assert changes_ids.transactions(old) == [mint_row, scan_row]
    rpc = node_of("local").rpc
    assert chain_contract.owner_of(rpc, contract, int(new)) == HOLDER
    assert chain_contract.token_uri(rpc, contract, int(new)) == scan_row["newUri"]
    assert chain_contract.owner_of(rpc, contract, int(old)) == OTHER_HOLDER
    assert chain_contract.token_uri(rpc, contract, int(old)) == "ipfs://elsewhere"
    wallets = activity.linked(changes_ids.origin, email_identity(f"{uid}@example.com"), "wallet")
    assert [wallet.value for wallet in wallets] == [HOLDER.lower()]


def test_both_ids_name_the_nft_afterwards_on_the_api_and_on_pages(changes_ids: Partner, uid: str) -> None:
    old = _taken(changes_ids, uid)
    new = changes_ids.mint(uid).json["tokenId"]
    changes_ids.platform.drain()
    assert changes_ids.announce(uid).json["tokenId"] == new
    for named in ({}, {"token_id": old}, {"tokenId": new}):
        assert applied(changes_ids, uid, "taken_checkin", **named)["tokenId"] == new
        assert changes_ids.mint(uid, **named).json["tokenId"] == new
    changes_ids.platform.drain()
    assert len(changes_ids.transactions(old)) == 4
    contract = changes_ids.nft(new)["contract"]
    moved = changes_ids.platform.call("GET", f"/nft/{contract}/{old}")
    assert (moved.status, moved.headers["location"]) == (303, f"/nft/{contract}/{new}")
    page = changes_ids.platform.call("GET", f"/nft/{contract}/{new}")
    assert page.status == 200
    assert len(re.findall("Check-in", str(page.json))) == 3


def test_ids_that_are_taken_as_well_are_passed_over(changes_ids: Partner, uid: str) -> None:
    old = _taken(changes_ids, uid)
    contract = changes_ids.nft(old)["contract"]
    for further in (1, 2):
        mint_elsewhere(contract, int(old) + further)
    new = changes_ids.mint(uid).json["tokenId"]
    assert int(new) == int(old) + 3
    changes_ids.platform.drain()
    assert changes_ids.nft(old)["status"] == "minted"


def test_id_that_is_taken_before_the_chain_shows_it_fails_and_the_next_call_takes_another(
    changes_ids: Partner, uid: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here the node does not answer when it is asked for a free id, so that the worker finds out."""
    old = _taken(changes_ids, uid)
    second = str(int(old) + 1)
    mint_elsewhere(changes_ids.nft(old)["contract"], int(second))

    def silent(chain: str) -> None:
        raise ChainUnknown(chain)

    with monkeypatch.context() as patch:
        patch.setattr(free_ids, "node_of", silent)
        assert changes_ids.mint(uid).json["tokenId"] == second
    [first, again] = _sent(changes_ids, receiver)
    assert (again["code"], again["tokenId"], again["reservedTokenId"]) == ("token_taken", second, old)
    third = changes_ids.mint(uid).json
    assert (third["reservedTokenId"], int(third["tokenId"])) == (old, int(old) + 2)
    [minted] = _sent(changes_ids, receiver)
    assert (minted["success"], minted["tokenId"], minted["reservedTokenId"]) == (True, third["tokenId"], old)
    assert [changes_ids.nft(each)["status"] for each in (old, second, third["tokenId"])] == ["minted"] * 3
    assert first["tokenId"] == old


def test_calls_at_once_take_one_id_between_them(changes_ids: Partner, uid: str) -> None:
    old = _taken(changes_ids, uid)
    crowd = Partner(SharedPlatform(changes_ids.platform), changes_ids.origin, changes_ids.key)
    answers = at_once([partial(crowd.mint, uid)] * 4)
    assert {answer.status for answer in answers} == {200}
    [new] = {answer.json["tokenId"] for answer in answers}
    changes_ids.platform.drain()
    nft = changes_ids.nft(old)
    assert (nft["tokenId"], nft["status"]) == (new, "minted")
    assert [row["type"] for row in changes_ids.transactions(old)] == ["mint"]


def test_mint_that_failed_for_another_reason_keeps_its_id(changes_ids: Partner, uid: str) -> None:
    token_id = announced(changes_ids, uid)
    contract = changes_ids.nft(token_id)["contract"]
    allow_minting(contract, False)
    changes_ids.mint(uid)
    changes_ids.platform.drain()
    allow_minting(contract, True)
    answer = changes_ids.mint(uid).json
    assert set(answer) == {"userAddr", "contract", "tokenId", "tokenUrl"}
    assert answer["tokenId"] == token_id


def test_listed_nfts_end_however_their_ids_moved(changes_ids: Partner, uid: str) -> None:
    from chalicelib.gardenlab.service import collections, search

    old = _taken(changes_ids, uid)
    changes_ids.mint(uid)
    collection = collections.find(changes_ids.origin, "summer_party")
    assert collection is not None
    below, seen = None, []
    for _ in range(100):
        rows, below = search.newest_nfts(collection, below=below, limit=1)
        seen += [row.lies_under for row in rows]
        if below is None:
            break
    assert seen.count(old) == 1
    assert seen == sorted(set(seen), key=int, reverse=True)
    [found] = search.find_nfts(changes_ids.origin, changes_ids.nft(old)["tokenId"])
    assert found.uid == uid
