"""web3.py, which reads the token of a stage's partner: the same tests as of a local run."""

import json

import pytest

from stage.chain import Node
from stage.checks.conftest import DeployedStage
from stage.checks.receivers import Receiver
from tests.outside.tokens import Mint, TokenReader, skip_without_client

pytestmark = pytest.mark.long
_ORIGIN, _COLLECTION, _CATEGORY = "collector", "read_by_others", "CREW"
_HOLDER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


@pytest.fixture(scope="module")
def mint(stage: DeployedStage) -> Mint:
    """A token of a partner of its own, minted by the stage's functions, and its webhook."""
    skip_without_client()
    stage.command("partner", "create", _ORIGIN, "--name", "Collector")
    key = stage.command("key", "create", _ORIGIN, "--name", "production")["key"]
    stage.command("collection", "deploy", _ORIGIN, _COLLECTION, "--name", "Read", "--symbol", "READ")
    stage.command("category", "create", _ORIGIN, _COLLECTION, _CATEGORY, "--name", "Crew member")
    header = {"Authorization": f"Bearer {key}"}
    user = {"origin": _ORIGIN, "contract_id": _COLLECTION, "email": "ada@example.com", "uid": "ada"}
    name, host = next(iter(stage.about.hosts.items()))
    with Receiver(name, host) as receiver:
        endpoint = {"url": receiver.url, "event_types": ["newBcNftMint"]}
        answers = [
            stage.call("POST", path, body, headers=header)
            for path, body in (
                ("/webhooks/endpoints", endpoint),
                ("/api/v1/newUserForPartner", {**user, "user_category_id": _CATEGORY}),
                ("/api/v1/mintTokenForUser", {**user, "user_addr": _HOLDER}),
            )
        ]
        assert [each.status_code for each in answers] == [200, 200, 200], [each.text for each in answers]
        [webhook] = receiver.wait(1, seconds=150)
    minting, transaction = answers[-1].json(), json.loads(webhook.body)["txHash"]
    token_id, uri = int(minting["tokenId"]), minting["tokenUrl"]
    return Mint(Node.url, minting["contract"], token_id, _HOLDER, uri, transaction)


class TestTokenReader(TokenReader):
    """Against the stage's chain."""
