"""web3.py, which reads the token of a local server's partner."""

import json

import pytest

from chalicelib.core.settings import settings
from tests.outside.tokens import Mint, TokenReader, skip_without_client
from tests.platform import Partner, Platform
from tests.receivers import Receiver


@pytest.fixture(scope="module")
def mint(platform: Platform, club: Partner) -> Mint:
    """A user's token, minted by the queues' work, and its webhook."""
    skip_without_client()
    club.announce("read_by_others")
    with Receiver() as receiver:
        endpoint = club.add_endpoint(receiver.url, event_types=["newBcNftMint"])
        minting = club.mint("read_by_others").json
        platform.drain()
        [told] = receiver.wait_for(1, 5)
    assert platform.call("DELETE", f"/webhooks/endpoints/{endpoint['id']}", key=club.key).status == 200
    node = platform.call("GET", "/admin/chain/rpc", key=settings().admin_key).json["url"]
    transaction = json.loads(told.body)["txHash"]
    token_id, holder, uri = int(minting["tokenId"]), minting["userAddr"], minting["tokenUrl"]
    return Mint(node, minting["contract"], token_id, holder, uri, transaction)


class TestTokenReader(TokenReader):
    """Against the local server's chain."""
