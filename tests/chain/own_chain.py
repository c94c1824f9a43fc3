"""A fresh chain for the tests of one file, and the account that everything there was given to."""

from collections.abc import Iterator

import pytest

from chalicelib.chain.rpc import JsonRpc
from chalicelib.chain.signing import KeySigner
from local.chain.evm import EvmNode
from tests.chain.sender import Sender


@pytest.fixture(scope="module")
def node() -> Iterator[EvmNode]:
    """A chain that mines what it is sent."""
    node = EvmNode.start()
    yield node
    node.stop()


@pytest.fixture(scope="module")
def rpc(node: EvmNode) -> JsonRpc:
    """The chain by our client."""
    return JsonRpc(node.url)


@pytest.fixture(scope="module")
def funder(node: EvmNode, rpc: JsonRpc) -> Sender:
    """Who has all the coins."""
    return Sender(rpc, KeySigner(node.funder_key))
