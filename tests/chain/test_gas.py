"""The gas of both versions of the collection contract: the table of docs/performance.md, measured anew."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from chalicelib.chain import contract as collection
from chalicelib.chain import contract_v2
from chalicelib.chain.contract_v2 import LockPolicy, Settings
from chalicelib.chain.rpc import JsonRpc
from chalicelib.chain.signing import KeySigner
from local.chain.evm import EvmNode
from tests.chain import collections_abi as calls
from tests.chain.sender import Sender

_PERFORMANCE: Final = Path(__file__).parents[2] / "docs" / "performance.md"
_URI: Final = "ipfs://bafybeigzcwgb5dbryck4gms7ujzcejphwxahrzmxytfbjkfgjj347glbha/metadata.json"
_BUYER: Final = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
_MOST_OF_VERSION_1: Final = 1.05
_ROYALTIES: Final = Settings(contract_uri=_URI, royalty_receiver=_BUYER, royalty_basis_points=500)
_CONTRACTS: Final[list[Settings | None]] = [None, _ROYALTIES, _ROYALTIES._replace(lock=LockPolicy.COLLECTION)]

Gas = dict[str, int | None]


class _Collection(NamedTuple):
    """A contract whose minter holds its tokens; a call that is refused has no gas."""

    minter: Sender
    address: str

    def gas(self, data: bytes) -> int | None:
        receipt = self.minter.send(self.address, data, gas=10_000_000)
        return receipt.gas_used if receipt.succeeded else None

    def mint(self, first: int, count: int) -> int:
        """What one of so many mints in a transaction costs."""
        own = self.minter.signer.address
        used = self.gas(collection.mint_batch_call([(own, first + number, _URI) for number in range(count)]))
        assert used is not None
        return used // count

    def update(self, first: int, count: int, uri: str) -> int:
        """What one of so many URI updates in a transaction costs."""
        used = self.gas(collection.set_token_uri_batch_call([(first + number, uri) for number in range(count)]))
        assert used is not None
        return used // count


def _measured(minter: Sender, settings: Settings | None) -> Gas:
    """What each act costs, a batch by token; the first mint is left out, which is dearer for whoever has no token."""
    own = minter.signer.address
    given = "Summer Party", "SUMMER", own
    deployed = minter.send(
        None,
        collection.deployment_data(*given) if settings is None else contract_v2.deployment_data(*given, settings),
        gas=5_000_000,
    )
    assert deployed.contract_address is not None
    its = _Collection(minter, deployed.contract_address)
    its.mint(1_000, 1)
    renamed = _URI.replace("bafy", "bafz")
    acts: dict[str, Callable[[], int | None]] = {
        "deployment": lambda: deployed.gas_used,
        "one mint": lambda: its.gas(collection.mint_call(own, 1_001, _URI)),
        "a mint of 10 in a transaction": lambda: its.mint(1_010, 10),
        "a mint of 50 in a transaction": lambda: its.mint(1_050, 50),
        "one URI update": lambda: its.gas(collection.set_token_uri_call(1_001, renamed)),
        "a URI update of 10 in a transaction": lambda: its.update(1_010, 10, renamed),
        "a transfer": lambda: its.gas(calls.transfer_call(own, _BUYER, 1_050)),
        "a burn": lambda: its.gas(calls.burn_call(1_051)),
    }
    return {act: measure() for act, measure in acts.items()}


@pytest.fixture(scope="module")
def measured() -> list[Gas]:
    """Version 1, version 2, and version 2 whose tokens are all locked."""
    node = EvmNode.start()
    try:
        minter = Sender(JsonRpc(node.url), KeySigner(node.funder_key))
        return [_measured(minter, settings) for settings in _CONTRACTS]
    finally:
        node.stop()


def test_a_batched_mint_costs_at_most_a_twentieth_more_than_by_version_1(measured: list[Gas]) -> None:
    first, *seconds = measured
    for act in ("a mint of 10 in a transaction", "a mint of 50 in a transaction"):
        for second in seconds:
            assert (second[act] or 0) <= _MOST_OF_VERSION_1 * (first[act] or 0), act


def test_the_documented_gas_is_what_is_measured(measured: list[Gas]) -> None:
    def shown(gas: int | None) -> str:
        return "–" if gas is None else f"{gas:,}"

    rows = [f"| {act} | {' | '.join(shown(each[act]) for each in measured)} |" for act in measured[0]]
    assert "\n".join(rows) in _PERFORMANCE.read_text(), "\n".join(["the table of docs/performance.md is now", *rows])
