"""The embedded chain in the hands of web3.py, ethers and viem: filters, estimates, refusals, calls."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra import LOCAL, ROOT
from local.chain.evm import EvmNode
from tests.chain.sender import Sender

_PYTHON = LOCAL / "chain-client" / "bin" / "python"
_LIBRARIES = LOCAL / "chain-client-npm" / "package.json"
_SCRIPTS = ROOT / "tests" / "outside"
_ARTIFACT = ROOT / "chalicelib" / "chain" / "artifacts" / "SpacegardenCollection.json"
_HOLDER = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
# PUSH1 1, PUSH1 0, MSTORE, PUSH1 32, PUSH1 0, RETURN
_CONSTRUCTOR = "0x600160005260206000f3"
_CLIENTS = {"web3.py": "use_node.py", "ethers": "use_node_ethers.mjs", "viem": "use_node_viem.mjs"}


@pytest.fixture(scope="module")
def node() -> Iterator[EvmNode]:
    """A chain that goes on while it is looked at, as a local run's does."""
    node = EvmNode.start(block_seconds=1)
    yield node
    node.stop()


@pytest.fixture(scope="module")
def contract(funder: Sender) -> str:
    """A collection whose minter is the funder."""
    return funder.deploy()


@pytest.mark.parametrize("client", _CLIENTS)
def test_library_mints_by_an_estimate_and_hears_of_it_by_filters(node: EvmNode, contract: str, client: str) -> None:
    token_id = 1 + list(_CLIENTS).index(client)
    asked = {"contract": contract, "key": node.funder_key, "to": _HOLDER, "token": token_id, "code": _CONSTRUCTOR}
    assert _used_by(client, node.url, asked) == {
        "estimate_suffices": True,
        "events": [token_id],
        "events_again": [],
        "events_of_all": True,
        "events_of_others": [],
        "block_seen": True,
        "transaction_seen": True,
        "removed": True,
        "after_removal": "filter not found",
        "refusal": "ERC721InvalidSender",
        "refusal_of_stranger": "AccessControlUnauthorizedAccount",
        "too_dear": "insufficient funds for transfer",
        "without_to": f"0x{1:064x}",
    }


def _used_by(client: str, node: str, asked: dict[str, Any]) -> Any:
    script = str(_SCRIPTS / _CLIENTS[client])
    done = subprocess.run(
        [*_program(client), script, node, str(_ARTIFACT), str(_LIBRARIES)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _program(client: str) -> list[str]:
    """What runs the script; skips the test where the library is not installed."""
    node = shutil.which("node")
    found: Path | str | None = _PYTHON if client == "web3.py" else node if _LIBRARIES.exists() else None
    if found is None or not Path(found).exists():
        pytest.skip(f"{client} is not installed: run tools/chain-client")
    return [str(found)]
