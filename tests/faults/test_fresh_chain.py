"""A chain that knows less than our store: a restart of the embedded one, a deployment that is not mined yet."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from chalicelib.chain import contract
from chalicelib.chain.service import deployments
from chalicelib.chain.service.nodes import node_of
from chalicelib.chain.signing import Eip1559Transaction, KeySigner
from chalicelib.core.settings import settings
from local.chain.evm import EvmNode
from tests.faults.crowd import SharedPlatform
from tests.faults.invariants import assert_sound, rows_of
from tests.faults.recovery import let_time_pass
from tests.faults.test_chain_worker import node_calls
from tests.platform import HOLDER, Platform

_NAME = "second"


@dataclass
class SecondChain:
    """A chain beside the local one, which can be replaced by a fresh one at the same address."""

    node: EvmNode

    def restart(self) -> None:
        """All is gone but the address, the chain's id, and the funder's ether."""
        port = urlsplit(self.node.url).port
        self.node.stop()
        self.node = EvmNode.start(port or 0)

    def fund(self) -> None:
        """Gives the platform's signer on this chain some ether, by the same transaction each time."""
        signer, rpc = KeySigner(self.node.funder_key), node_of(_NAME).rpc
        transfer = Eip1559Transaction(
            chain_id=self.node.chain_id,
            nonce=0,
            max_priority_fee_per_gas=10**9,
            max_fee_per_gas=10**11,
            gas=21_000,
            to=node_of(_NAME).signer.address,
            data=b"",
            value=10**20,
        )
        rpc.send_raw(signer.sign(transfer).raw)


@pytest.fixture
def second_chain(monkeypatch: pytest.MonkeyPatch) -> Iterator[SecondChain]:
    """A funded chain called `second`."""
    chain = SecondChain(EvmNode.start())
    configured = {_NAME: {"rpc_url": chain.node.url, "explorer_url": "http://explorer.test/{hash}"}}
    monkeypatch.setenv("SPACEGARDEN_CHAINS", json.dumps(configured))
    settings.cache_clear()
    chain.fund()
    yield chain
    monkeypatch.delenv("SPACEGARDEN_CHAINS")
    settings.cache_clear()
    node_of.cache_clear()
    chain.node.stop()


def test_fresh_chain_is_brought_to_where_the_old_one_was(platform: Platform, second_chain: SecondChain) -> None:
    partner = platform.new_partner(collection=False)
    address = partner.add_collection("summer_party", chain=_NAME)
    partner.add_category("summer_party", "VIP")
    partner.save_interaction()
    partner.announce()
    partner.mint()
    platform.drain()
    partner.act()
    platform.drain()
    known = partner.transactions("1")
    second_chain.restart()
    second_chain.fund()
    partner.announce("bob")
    partner.mint("bob")
    platform.drain()  # before anything has looked at the fresh chain
    let_time_pass(platform)  # which ends the deployment's watch as well: this chain is gone with the test
    assert partner.nft("2")["status"] == "minted"
    rpc = node_of(_NAME).rpc
    assert {contract.owner_of(rpc, address, token_id) for token_id in (1, 2)} == {HOLDER}
    assert contract.token_uri(rpc, address, 1) == partner.nft("1")["tokenUrl"]
    assert all(rpc.receipt(row["txHash"]) for row in known)
    assert partner.transactions("1") == known


def test_mint_that_comes_before_its_contract_is_mined_waits_for_it(
    shared_platform: SharedPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drop(method: str, call: Callable[[], Any]) -> Any:
        return "0x" + "0" * 64 if method == "eth_sendRawTransaction" else call()

    monkeypatch.setattr(deployments, "_PATIENCE_SECONDS", 0)
    with node_calls(drop):
        partner = shared_platform.new_partner()
        partner.announce()
        partner.mint()
        shared_platform.drain()
    assert partner.nft("1")["status"] == "minting"
    assert [row["state"] for row in rows_of(partner.origin, "chain")] == ["waiting"]
    let_time_pass(shared_platform)
    assert partner.nft("1")["status"] == "minted"
    assert_sound(partner)
