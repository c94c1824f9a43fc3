"""A partner's whole way: announce, act, mint on the chain, and be told."""

import json

from standardwebhooks import Webhook

from chalicelib.chain import contract
from chalicelib.chain.service.nodes import node_of
from tests.platform import HOLDER, Partner, Platform
from tests.receivers import Receiver


def test_an_announced_user_acts_mints_and_the_partner_is_told(platform: Platform, partner: Partner) -> None:
    partner.save_interaction()
    token_id = partner.announce().json["tokenId"]
    assert partner.act().json["attributes"] == {"tier": "gold", "IRL Event": 1}
    with Receiver() as receiver:
        endpoint = partner.add_endpoint(receiver.url, api_key_header="mine")
        minting = partner.mint().json
        assert partner.nft(token_id)["status"] == "minting"
        assert partner.act().status == 200
        platform.drain()
        received = receiver.wait_for(2, 5)
    nft = partner.nft(token_id)
    assert (nft["status"], nft["owner"], nft["xp"]) == ("minted", HOLDER, 10)
    rpc = node_of("local").rpc
    assert contract.owner_of(rpc, nft["contract"], int(token_id)) == HOLDER
    assert contract.token_uri(rpc, nft["contract"], int(token_id)) == nft["tokenUrl"] != minting["tokenUrl"]
    verifier = Webhook(endpoint["secret"])
    bodies = [verifier.verify(request.body, dict(request.headers)) for request in received]
    assert sorted(body["actionType"] for body in bodies) == ["newBcInteraction", "newBcNftMint"]
    assert {request.headers["x-api-key"] for request in received} == {"mine"}
    for body in bodies:
        receipt = rpc.receipt(body["txHash"])
        assert receipt is not None
        assert receipt.succeeded
    cid = nft["tokenUrl"].removeprefix("ipfs://").split("/")[0]
    document = platform.call("GET", f"/ipfs/{cid}/metadata.json").json
    assert {"trait_type": "xp", "value": 10} in document["attributes"]
    assert "ada" not in json.dumps(document)
