"""web3.py, which reads a minted token from the chain by address and ABI, as a partner would."""

import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from infra import LOCAL, ROOT

_PYTHON = LOCAL / "chain-client" / "bin" / "python"
_SCRIPT = Path(__file__).with_name("read_token.py")
_ARTIFACT = ROOT / "chalicelib" / "chain" / "artifacts" / "SpacegardenCollection.json"
_NOBODY = "0x" + "0" * 40


class Mint(NamedTuple):
    """A mint as the platform told of it, and the address of the chain's node."""

    node: str
    contract: str
    token_id: int
    holder: str
    uri: str
    transaction: str


class TokenReader:
    """What a reader of the chain finds, for the fixture `mint`."""

    @pytest.fixture
    def found(self, mint: Mint) -> Any:
        """What web3.py says of the token."""
        asked = {"contract": mint.contract, "token": mint.token_id, "transaction": mint.transaction}
        command = [str(_PYTHON), str(_SCRIPT), mint.node, str(_ARTIFACT)]
        done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def test_owner_and_uri_are_what_the_platform_told(self, mint: Mint, found: Any) -> None:
        """Of `ownerOf` and `tokenURI`."""
        assert (found["owner"], found["uri"]) == (mint.holder, mint.uri)

    def test_the_transaction_of_the_webhook_minted_the_token(self, mint: Mint, found: Any) -> None:
        """By its receipt, its call, and the contract's events, of which there is one for the token."""
        transfer = {"from": _NOBODY, "to": mint.holder, "tokenId": mint.token_id, "transaction": mint.transaction}
        assert (found["status"], found["to"]) == (1, mint.contract)
        assert found["function"] in {"mint", "mintBatch"}
        assert transfer in found["in_receipt"]
        assert found["in_logs"] == [transfer]


def skip_without_client() -> None:
    """Skips the test where web3.py is not installed."""
    if not _PYTHON.exists():
        pytest.skip("web3.py is not installed: run tools/chain-client")
