"""What the partner's endpoints receive: exactly the published fields, once for each scan and each mint."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.gardenlab.api import announced, applied, saved
from tests.gardenlab.roles import allow_minting
from tests.platform import Partner, Platform
from tests.receivers import Receiver

TIME = {"_seconds", "_nanoseconds"}
MINT_SUCCESS = {"success", "contract", "tokenId", "actionType", "at", "transactionUrl", "txHash"}
MINT_FAILURE = {"success", "error", "code", "contract", "tokenId", "actionType", "at"}
SCAN_SUCCESS = MINT_SUCCESS | {"sucess", "actionAtInSeconds", "newUri"}
SCAN_FAILURE = MINT_FAILURE | {"sucess", "actionAtInSeconds"}


class Listener:
    """A partner with an endpoint that remembers what it was sent."""

    def __init__(self, partner: Partner, receiver: Receiver) -> None:
        self.partner = partner
        self.receiver = receiver

    def heard(self) -> list[dict[str, Any]]:
        """Works every queue; gives the bodies that came of it, and forgets them."""
        self.partner.platform.drain()
        requests, self.receiver.requests = self.receiver.requests, []
        assert all(request.headers["x-api-key"] == "the partner's own key" for request in requests)
        return [json.loads(request.body) for request in requests]


@pytest.fixture(scope="module")
def listener(platform: Platform) -> Iterator[Listener]:
    platform.drain()
    partner = platform.new_partner()
    saved(partner, "checkin")
    with Receiver() as receiver:
        partner.add_endpoint(receiver.url, api_key_header="the partner's own key")
        yield Listener(partner, receiver)


def test_a_mint_is_told_with_exactly_its_fields(listener: Listener, uid: str) -> None:
    token_id = announced(listener.partner, uid)
    listener.partner.mint(uid)
    [body] = listener.heard()
    [row] = listener.partner.transactions(token_id)
    nft = listener.partner.nft(token_id)
    assert set(body) == MINT_SUCCESS
    assert body == {
        "success": True,
        "contract": nft["contract"],
        "tokenId": token_id,
        "actionType": "newBcNftMint",
        "at": row["at"],
        "transactionUrl": row["transactionUrl"],
        "txHash": row["txHash"],
    }
    assert re.fullmatch("0x[0-9a-f]{64}", body["txHash"])
    assert row["at"] == nft["mintedAt"]


def test_each_scan_of_one_transaction_is_told_for_itself(listener: Listener, uid: str) -> None:
    token_id = announced(listener.partner, uid)
    applied(listener.partner, uid, "checkin")
    listener.partner.mint(uid)
    applied(listener.partner, uid, "checkin", times=2)
    bodies = [body for body in listener.heard() if body["actionType"] == "newBcInteraction"]
    scans = listener.partner.scans(token_id)[1:]
    rows = listener.partner.transactions(token_id)[1:]
    assert sorted((body["at"]["_seconds"], body["at"]["_nanoseconds"]) for body in bodies) == [
        (scan["at"]["_seconds"], scan["at"]["_nanoseconds"]) for scan in scans
    ]
    for body in bodies:
        assert set(body) == SCAN_SUCCESS
        assert set(body["at"]) == TIME
        assert body == {
            "sucess": True,
            "success": True,
            "contract": listener.partner.nft(token_id)["contract"],
            "tokenId": token_id,
            "actionType": "newBcInteraction",
            "actionAtInSeconds": str(body["at"]["_seconds"]),
            "at": body["at"],
            "transactionUrl": rows[0]["transactionUrl"],
            "txHash": rows[0]["txHash"],
            "newUri": rows[0]["newUri"],
        }


def test_nothing_is_told_of_what_stays_off_the_chain(listener: Listener, uid: str) -> None:
    announced(listener.partner, uid)
    applied(listener.partner, uid, "checkin")
    listener.partner.act(uid, query={"dry_run": "true"})
    assert listener.heard() == []


def test_a_hopeless_mint_is_told_once_and_each_new_failure_anew(listener: Listener, uid: str) -> None:
    token_id = announced(listener.partner, uid)
    contract = listener.partner.nft(token_id)["contract"]
    allow_minting(contract, False)
    for _ in range(2):
        assert listener.partner.mint(uid).status == 200
        [body] = listener.heard()
        assert set(body) == MINT_FAILURE
        assert set(body["at"]) == TIME
        assert "AccessControlUnauthorizedAccount" in body["error"]
        told = {
            "success": False,
            "code": "reverted",
            "contract": contract,
            "tokenId": token_id,
            "actionType": "newBcNftMint",
        }
        assert {**body, **told} == body
        assert listener.heard() == []
    allow_minting(contract, True)
    listener.partner.mint(uid)
    [body] = listener.heard()
    assert set(body) == MINT_SUCCESS


def test_a_hopeless_update_is_told_and_the_scan_stands(listener: Listener, uid: str) -> None:
    token_id = announced(listener.partner, uid)
    listener.partner.mint(uid)
    listener.heard()
    before = listener.partner.nft(token_id)
    allow_minting(before["contract"], False)
    applied(listener.partner, uid, "checkin")
    [body] = listener.heard()
    allow_minting(before["contract"], True)
    [scan] = listener.partner.scans(token_id)
    assert set(body) == SCAN_FAILURE
    assert body == {
        "sucess": False,
        "success": False,
        "error": body["error"],
        "code": "reverted",
        "contract": before["contract"],
        "tokenId": token_id,
        "actionType": "newBcInteraction",
        "actionAtInSeconds": str(scan["at"]["_seconds"]),
        "at": scan["at"],
    }
    after = listener.partner.nft(token_id)
    assert (after["xp"], after["status"], after["tokenUrl"]) == (5, "minted", before["tokenUrl"])
    assert len(listener.partner.transactions(token_id)) == 1
