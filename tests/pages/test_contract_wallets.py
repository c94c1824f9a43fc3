"""Claiming with a wallet that is a contract: its signature is asked of the chain."""

from datetime import timedelta

import pytest

from chalicelib.chain.addresses import checksum_address
from chalicelib.chain.contract_wallets import accepts
from chalicelib.chain.rpc import Rpc
from chalicelib.chain.service.nodes import node_of
from chalicelib.chain.service.wallets import SignatureInvalid, is_contract_signature
from chalicelib.core.clock import travelled
from chalicelib.core.settings import LOCAL_CHAIN
from tests.chain.contract_wallets import NOBODY, ContractWallets, Owner
from tests.letters import Letters
from tests.pages.test_claim import Claimant
from tests.pages.test_wallets import message_of, send_proof
from tests.platform import Partner, Platform


@pytest.fixture(scope="module")
def rpc(platform: Platform) -> Rpc:
    """The node of the local run's chain."""
    del platform
    return node_of(LOCAL_CHAIN).rpc


@pytest.fixture(scope="module")
def contracts(rpc: Rpc) -> ContractWallets:
    """A factory of wallets."""
    return ContractWallets(rpc)


@pytest.fixture
def claimant(platform: Platform, letters: Letters, club: Partner) -> Claimant:
    """A holder of this test's own."""
    return Claimant(platform, letters, club)


def _address(contracts: ContractWallets, owner: Owner) -> str:
    return checksum_address("0x" + contracts.address_of(owner.address))


def test_deployed_wallet_claims_by_its_owners_signature(claimant: Claimant, contracts: ContractWallets) -> None:
    owner, stranger = Owner(), Owner()
    contracts.deploy(owner.address)
    message = message_of(claimant, _address(contracts, owner))
    assert "another account" in send_proof(claimant, message.text, stranger.sign(message.text))
    assert claimant.row().status == "reserved"
    assert "On its way" in send_proof(claimant, message.text, owner.sign(message.text))
    assert claimant.row().user_addr == _address(contracts, owner)


def test_wallet_claims_before_it_is_deployed(claimant: Claimant, contracts: ContractWallets, rpc: Rpc) -> None:
    owner, stranger = Owner(), Owner()
    address = _address(contracts, owner)
    message = message_of(claimant, address)
    forged = contracts.wrapped(owner.address, stranger.sign(message.text))
    elsewhere = contracts.wrapped(stranger.address, stranger.sign(message.text))
    for bad in (forged, elsewhere, owner.sign(message.text)):
        assert "type the wallet's address" in send_proof(claimant, message.text, bad)
    assert claimant.row().status == "reserved"
    assert "On its way" in send_proof(
        claimant, message.text, contracts.wrapped(owner.address, owner.sign(message.text))
    )
    assert claimant.row().user_addr == address
    assert rpc.code(address) == b""  # nothing was deployed by asking


def test_wrapped_signature_counts_after_the_deployment_too(contracts: ContractWallets) -> None:
    owner = Owner()
    contracts.deploy(owner.address)
    address = _address(contracts, owner)
    wrapped = contracts.wrapped(owner.address, owner.sign("text"))
    assert is_contract_signature(address, "text", wrapped, chain=LOCAL_CHAIN)
    assert is_contract_signature(address, "text", wrapped.removeprefix("0x"), chain=LOCAL_CHAIN)
    assert not is_contract_signature(address, "another text", wrapped, chain=LOCAL_CHAIN)


def test_contract_that_is_no_wallet_proves_nothing(contracts: ContractWallets) -> None:
    signature = Owner().sign("text")
    assert not is_contract_signature(contracts.factory, "text", signature, chain=LOCAL_CHAIN)
    identity = "0x" + "00" * 19 + "04"  # answers with what it is given
    assert not is_contract_signature(identity, "text", signature, chain=LOCAL_CHAIN)


def test_wallet_that_takes_all_gas_proves_nothing(contracts: ContractWallets, rpc: Rpc) -> None:
    contracts.deploy(NOBODY)
    spender = checksum_address("0x" + contracts.address_of(NOBODY))
    assert not accepts(rpc, spender, b"\x01" * 32, b"\x02" * 65, gas=100_000)
    wrapped = bytes.fromhex(contracts.wrapped(NOBODY, "0x02")[2:])
    assert not accepts(rpc, spender, b"\x01" * 32, wrapped, gas=200_000)


@pytest.mark.parametrize("broken", ["6492" * 16, "ff" * 96 + "6492" * 16])
def test_broken_wrapper_is_told(contracts: ContractWallets, broken: str) -> None:
    with pytest.raises(SignatureInvalid, match="ERC-6492"):
        is_contract_signature(contracts.factory, "text", "0x" + broken, chain=LOCAL_CHAIN)


def test_chain_is_asked_twenty_times_an_hour_for_one_holder(claimant: Claimant, contracts: ContractWallets) -> None:
    owner = Owner()
    with travelled(timedelta()) as further:
        message = message_of(claimant, _address(contracts, owner))
        for _ in range(20):
            assert "another account" in send_proof(claimant, message.text, Owner().sign(message.text))
        assert "too many tries" in send_proof(claimant, message.text, Owner().sign(message.text))
        further(timedelta(hours=1))
        message = message_of(claimant, _address(contracts, owner))
        assert "another account" in send_proof(claimant, message.text, Owner().sign(message.text))
