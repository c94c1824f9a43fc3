"""Putting a collection's contract on a chain, or taking over one that is there."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

import rlp

from chalicelib.chain import contract, contract_v2, rpc_errors
from chalicelib.chain.addresses import address_from_bytes, keccak256
from chalicelib.chain.contract_v2 import Settings
from chalicelib.chain.models.submissions import SubmissionRow
from chalicelib.chain.service import submissions, watching
from chalicelib.chain.service.nodes import ChainUnknown, Node, node_of
from chalicelib.chain.service.submissions import Call, FeesTooHigh, LineFull
from chalicelib.chain.service.watching import Fate
from chalicelib.core.transactions import Transaction

_PATIENCE_SECONDS = 10.0
_POLL_SECONDS = 0.05
_NO_SETTINGS = Settings()

Register = Callable[[Transaction, str], None]


class NotUsable(Exception):
    """The contract cannot serve as a collection; the message says why."""


class ChainUnavailable(Exception):
    """The node does not answer, or takes nothing from our signer; the message says what it said."""


@contextmanager
def _unavailable() -> Iterator[None]:
    """Raises `ChainUnavailable` where the node does not answer, or takes nothing from our signer."""
    try:
        yield
    except (rpc_errors.RpcError, ChainUnknown, LineFull, FeesTooHigh) as error:
        raise ChainUnavailable(str(error)) from error


@_unavailable()
def deploy(chain: str, *, name: str, symbol: str, register: Register, settings: Settings | None = _NO_SETTINGS) -> str:
    """Deploys a collection's contract and registers it in the transaction that stores its signed deployment.

    The contract is of version 2, or of version 1 where `settings` are None. `register(transaction, address)` adds the
    registration. Waits some seconds for the chain and gives the address; later jobs of the same signer come behind the
    deployment in any case. Raises `ChainUnavailable`.
    """
    node = node_of(chain)
    if settings is None:
        data = contract.deployment_data(name, symbol, node.signer.address)
    else:
        data = contract_v2.deployment_data(name, symbol, node.signer.address, settings)
    gas = node.rpc.estimate_gas(sender=node.signer.address, to=None, data=data)
    addresses: list[str] = []

    def also_write(transaction: Transaction, nonce: int) -> None:
        addresses.append(created_address(node.signer.address, nonce))
        register(transaction, addresses[-1])

    row = submissions.sign_and_store(node, Call(None, data, gas), also_write=also_write)
    submissions.broadcast(node, row)
    _wait_for(node, row)
    return addresses[-1]


def _wait_for(node: Node, row: SubmissionRow) -> None:
    """Gives the chain some seconds. The registration stands already, so a node that falls silent now is no refusal."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    with suppress(rpc_errors.RpcError):
        while time.monotonic() < deadline and watching.look(node.steady(), row).fate is Fate.WAITING:
            time.sleep(_POLL_SECONDS)


class Existing(NamedTuple):
    """A contract that can serve as a collection; its settings are None where it is not of version 2."""

    first_token_id: int
    settings: Settings | None


@_unavailable()
def check(chain: str, address: str, *, from_block: int = 0) -> Existing:
    """An existing contract, and the first token id that is free there by all that it minted since `from_block`.

    Raises `NotUsable` or `ChainUnavailable`.
    """
    node = node_of(chain).steady()
    if not node.rpc.code(address):
        raise NotUsable("There is no contract at this address.")
    _check_role(node, address)
    settings = contract_v2.read_settings(node.rpc, address)
    try:
        highest = contract.highest_token_id(node.rpc, address, from_block=from_block)
    except contract.TooManyBlocks as error:
        words = "The contract's events could not all be read; give from_block, the block it was deployed in"
        raise NotUsable(f"{words} ({error}).") from error
    return Existing(1 if highest is None else highest + 1, settings)


@_unavailable()
def newest_block(chain: str) -> int:
    """The number of the chain's newest block. Raises `ChainUnavailable`."""
    return node_of(chain).rpc.block_number()


class ContractState(NamedTuple):
    """A collection's contract as its chain shows it; what the node was not there to tell is null, as `error` says."""

    is_deployed: bool | None = None
    may_mint: bool | None = None
    signer: str | None = None
    chain_id: int | None = None
    error: str | None = None


def state_of(chain: str, address: str) -> ContractState:
    """Whether the contract is there, and lets our signer mint."""
    try:
        node = node_of(chain)
    except ChainUnknown as error:
        return ContractState(error=f"The chain cannot be used: {error}")
    known = ContractState(signer=node.signer.address, chain_id=node.configuration.chain_id)
    try:
        known = known._replace(chain_id=node.chain_id)
        if not node.rpc.code(address):
            return known._replace(is_deployed=False, may_mint=False)
        granted = contract.has_minter_role(node.rpc, address, node.signer.address)
    except contract.NotACollection as error:
        return known._replace(is_deployed=True, may_mint=False, error=str(error))
    except rpc_errors.RpcError as error:
        return known._replace(error=str(error))
    return known._replace(is_deployed=True, may_mint=granted)


def created_address(sender: str, nonce: int) -> str:
    """Where a contract deployed by `sender` with this nonce lives (EIP-161: from sender and nonce alone)."""
    encoded: bytes = rlp.encode([bytes.fromhex(sender[2:]), nonce])
    return address_from_bytes(keccak256(encoded)[12:])


def _check_role(node: Node, address: str) -> None:
    try:
        granted = contract.has_minter_role(node.rpc, address, node.signer.address)
    except contract.NotACollection as error:
        raise NotUsable("The contract is not a collection with roles.") from error
    if not granted:
        raise NotUsable(f"The contract has not granted MINTER_ROLE to our signer {node.signer.address}.")
