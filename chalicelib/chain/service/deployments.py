"""Putting a collection's contract on a chain, or taking over one that is there."""

import time
from collections.abc import Callable

import rlp

from chalicelib.chain import contract
from chalicelib.chain.addresses import address_from_bytes, keccak256
from chalicelib.chain.service import submissions
from chalicelib.chain.service.nodes import Node, node_of
from chalicelib.chain.service.submissions import Call, Fate
from chalicelib.core.transactions import Transaction

_PATIENCE_SECONDS = 10.0
_POLL_SECONDS = 0.05

Register = Callable[[Transaction, str], None]


class NotUsable(Exception):
    """The contract cannot serve as a collection; the message says why."""


def deploy(chain: str, *, name: str, symbol: str, register: Register) -> str:
    """Deploys a collection's contract and registers it in the transaction that stores its signed deployment.

    `register(transaction, address)` adds the registration. Waits some seconds for the chain and gives the address;
    later jobs of the same signer come behind the deployment in any case. Raises `ChainUnknown`.
    """
    node = node_of(chain)
    data = contract.deployment_data(name, symbol, node.signer.address)
    gas = node.rpc.estimate_gas(sender=node.signer.address, to=None, data=data)
    addresses: list[str] = []

    def also_write(transaction: Transaction, nonce: int) -> None:
        addresses.append(created_address(node.signer.address, nonce))
        register(transaction, addresses[-1])

    row = submissions.sign_and_store(node, Call(None, data, gas), jobs=(), also_write=also_write)
    submissions.broadcast(node, row)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline and submissions.fate_of(node, row)[0] is Fate.WAITING:
        time.sleep(_POLL_SECONDS)
    return addresses[-1]


def check(chain: str, address: str) -> int:
    """The first token id that is free on an existing contract. Raises `NotUsable` or `ChainUnknown`."""
    node = node_of(chain)
    if not node.rpc.code(address):
        raise NotUsable("There is no contract at this address.")
    _check_role(node, address)
    highest = contract.highest_token_id(node.rpc, address)
    return 1 if highest is None else highest + 1


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
