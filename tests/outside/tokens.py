"""web3.py, which reads a minted token from the chain by address and ABI, as a partner would."""

import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from infra import LOCAL, ROOT

_PYTHON = LOCAL / "chain-client" / "bin" / "python"
_SCRIPTS = Path(__file__).parent
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
        return _answer_of("read_token.py", mint.node, asked)

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


def send_token(node: str, *, contract: str, token_id: int, key: str, to: str) -> str:
    """Has web3.py transfer a token with its holder's key; gives the transaction's hash."""
    sale = {"contract": contract, "token": token_id, "key": key, "to": to}
    return str(_answer_of("send_token.py", node, sale))


def _answer_of(script: str, node: str, asked: Any) -> Any:
    command = [str(_PYTHON), str(_SCRIPTS / script), node, str(_ARTIFACT)]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def skip_without_client() -> None:
    """Skips the test where web3.py is not installed."""
    if not _PYTHON.exists():
        pytest.skip("web3.py is not installed: run tools/chain-client")
