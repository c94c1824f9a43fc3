"""The examples of the published description, sent as they are printed there.

Printed placeholders (`"text"`, the contract `0x0123…`) stand for values of the partner's own; those are put in.
"""

from typing import Any

import pytest

from tests.gardenlab.api import assert_error, assert_refused
from tests.platform import Partner, Platform

PRINTED_CONTRACT = "0x0123456789abcdef0123456789abcdef01234567"
INTERACTION = {
    "type": "IRL Event",
    "name": "Event checkin",
    "description": "The interaction applied when a user get access to the event",
    "xpIncrement": 5,
    "noXp": False,
    "customXpIncrement": False,
    "authScanCount": 1,
    "action_id": "event_checkin",
}
NFT = {"contract", "tokenId", "attributes", "url", "uid", "email"}
SCAN = {"at", "xpBefore", "xpAfter", "lvlBefore", "lvlAfter", "maxLvlReached", "interactionName", "type"}


@pytest.fixture(scope="module")
def spacex(platform: Platform) -> Partner:
    return platform.new_partner()


def test_the_printed_calls_in_the_order_a_partner_makes_them(spacex: Partner) -> None:
    base = {"origin": spacex.origin, "contract_id": "summer_party"}

    printed: dict[str, Any] = {**base, "interactionId": "0ER368760G8787238", "interaction": INTERACTION}
    assert_refused(spacex.post("saveActionInteraction", printed), "RESOURCE_NOT_FOUND")
    created = spacex.post("saveActionInteraction", {**base, "interaction": INTERACTION})
    assert created.json == {"interaction": INTERACTION, "id": created.json["id"]}
    assert len(created.json["id"]) == len("IQ0LuundpiAvnfDcQ21Y")
    edited = spacex.post("saveActionInteraction", {**printed, "interactionId": created.json["id"]})
    assert edited.json == created.json
    purchase = {**INTERACTION, "action_id": "eshop_purchase", "customXpIncrement": True}
    assert spacex.post("saveActionInteraction", {**base, "interaction": purchase}).status == 200

    item: dict[str, Any] = {
        **base,
        "email": "text",
        "uid": "text",
        "user_category_id": "VIP",
        "additional_fields": {"expiration_date": "2023-09-18T12:34:56.123Z", "max_level": 15},
        "nft_info": {"imgUrl": "text", "name": "text", "description": "text", "attributes": "text"},
    }
    answer = spacex.post("newUserForPartner", [item])
    assert answer.status == 200
    assert_error(answer.json[0], "QUERY_INCOMPLETE")  # "text" is no address, and no object
    item["email"], item["uid"] = "max@gardenlab.io", "u123456789"
    item["nft_info"]["attributes"] = '{"seat": "A1"}'
    answer = spacex.post("newUserForPartner", [item])
    [nft] = answer.json
    assert set(nft) == NFT
    assert nft["attributes"] == {"tier": "gold", "seat": "A1"}

    action = {**base, "action_id": "eshop_purchase", "xpIncrement": 5, "guest": {"email": "text", "uid": "text"}}
    assert_refused(spacex.post("newActionForUser", action), "QUERY_INCOMPLETE")
    action["guest"] = {"email": "max@gardenlab.io", "uid": "u123456789"}
    assert_refused(spacex.post("newActionForUser", action), "NFT_IS_EXPIRED")  # the printed date lies in the past
    spacex.add_category("summer_party", "STANDARD")
    lasting = {**item, "user_category_id": "STANDARD", "additional_fields": {"max_level": 15}}
    nft = spacex.post("newUserForPartner", lasting).json
    acted = spacex.post("newActionForUser", action)
    assert set(acted.json) == NFT
    assert acted.json["tokenId"] == nft["tokenId"]

    mint: dict[str, Any] = {
        **base,
        "email": "max@gardenlab.io",
        "uid": "u123456789",
        "user_addr": PRINTED_CONTRACT,
        "contract": PRINTED_CONTRACT,
        "token_id": nft["tokenId"],
    }
    assert_refused(spacex.post("mintTokenForUser", mint), "RESOURCE_NOT_FOUND")
    minting = spacex.post("mintTokenForUser", {**mint, "contract": nft["contract"]})
    assert set(minting.json) == {"userAddr", "contract", "tokenId", "tokenUrl"}
    assert minting.json["userAddr"].lower() == PRINTED_CONTRACT
    assert minting.json["tokenUrl"].startswith("ipfs://baf")
    assert minting.json["tokenUrl"].endswith("/metadata.json")
    spacex.platform.drain()

    token = {"origin": spacex.origin, "contract_id": "summer_party"}
    [transaction] = spacex.get("getBlockchainTxForToken", token_id=nft["tokenId"], **token).json
    assert set(transaction) == SCAN | {"txHash", "transactionUrl", "newUri"}
    assert spacex.get("getNftByTokenId", contract=nft["contract"], tokenId=nft["tokenId"]).json["status"] == "minted"
    interactions = spacex.get("getAllInteractions", **token, contract=nft["contract"]).json
    assert interactions[0] == {**INTERACTION, "id": created.json["id"]}
    scans = spacex.get("getAllInteractionScansForToken", tokenId=nft["tokenId"], **token).json
    assert [set(scan) for scan in scans] == [SCAN]
    assert set(scans[0]["at"]) == {"_seconds", "_nanoseconds"}
