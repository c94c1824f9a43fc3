"""The embedded chain in the hands of web3.py, ethers and viem: filters, estimates, refusals, calls."""

from collections.abc import Iterator

import pytest

from infra import ROOT
from local.chain.evm import EvmNode
from tests.chain.sender import Sender
from tests.outside.libraries import LIBRARIES, answer_of

_ARTIFACT = ROOT / "chalicelib" / "chain" / "artifacts" / "SpacegardenCollection.json"
_HOLDER = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
# PUSH1 1, PUSH1 0, MSTORE, PUSH1 32, PUSH1 0, RETURN
_CONSTRUCTOR = "0x600160005260206000f3"


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


@pytest.mark.parametrize("library", LIBRARIES)
def test_library_mints_by_an_estimate_and_hears_of_it_by_filters(node: EvmNode, contract: str, library: str) -> None:
    token_id = 1 + list(LIBRARIES).index(library)
    asked = {"contract": contract, "key": node.funder_key, "to": _HOLDER, "token": token_id, "code": _CONSTRUCTOR}
    assert answer_of(library, "use_node", node=node.url, artifact=_ARTIFACT, asked=asked) == {
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
