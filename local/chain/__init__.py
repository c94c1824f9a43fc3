"""The chain of a local run: the embedded node or another one that is configured, and a funded signer."""

import os
import re
import time
from functools import lru_cache
from pathlib import Path

from chalicelib.chain.rpc import Rpc
from chalicelib.chain.rpc_errors import RpcRefused
from chalicelib.chain.service import position, submissions
from chalicelib.chain.service.nodes import Node, node_of
from chalicelib.chain.signing import Eip1559Transaction, KeySigner
from chalicelib.core.clock import now
from chalicelib.core.logging import logger
from chalicelib.core.retrying import until_unchanged
from chalicelib.core.settings import LOCAL_CHAIN, settings
from local.chain.evm import EvmNode

_log = logger("local.chain")
_FUNDS = 100 * 10**18
_KEY = re.compile(r"0x[0-9a-fA-F]{64}", re.ASCII)
_LOW = 10**18
_BLOCK_SECONDS = 1.0
_REBUILD_SECONDS = 20.0


class _NotMined(Exception):
    """The transaction is in no block yet."""


@lru_cache(maxsize=1)
def start_chain() -> EvmNode | None:
    """Starts the embedded node unless another one is configured, and adds its address to the settings.

    Its blocks carry the time of the platform's clock, so that there are blocks in the demo's past.
    """
    if os.environ.get("SPACEGARDEN_CHAIN_RPC"):
        return None
    node = EvmNode.start(block_seconds=_BLOCK_SECONDS, clock=lambda: now().timestamp())
    os.environ["SPACEGARDEN_CHAIN_RPC"] = node.url
    settings.cache_clear()
    return node


def fund_signer() -> None:
    """Transfers 100 ether to the platform's signer if it has less than one.

    On the embedded chain this is the same transaction each time. On another developer's node it is signed with the key
    in `SPACEGARDEN_CHAIN_FUNDER`, or in the file that it names; else it is sent from an account that the node signs
    for.
    """
    node, embedded = node_of(LOCAL_CHAIN), start_chain()
    if node.rpc.balance(node.signer.address) >= _LOW:
        return
    funder_key = embedded.funder_key if embedded is not None else _given_key()
    if funder_key:
        _await(node.rpc, _transfer(node, KeySigner(funder_key)))
    else:
        _ask_node(node)


def rebuild() -> int:
    """Sends every stored transaction to a fresh chain, in order; gives how many of them the chain lacked.

    It takes a few seconds at most. The worker sends the rest.
    """
    node, deadline, sent = node_of(LOCAL_CHAIN), time.monotonic() + _REBUILD_SECONDS, 0
    while time.monotonic() < deadline and (missing := submissions.catch_up(node)):
        sent += missing
    position.note_final_block(node)  # what happened to tokens on the chain before is no more
    return sent


def _given_key() -> str | None:
    """The funder's key. A test network's key may be the variable's value; a file keeps a key out of the environment."""
    given = os.environ.get("SPACEGARDEN_CHAIN_FUNDER") or None
    return given if given is None or _KEY.fullmatch(given) else Path(given).read_text().strip()


def _transfer(node: Node, funder: KeySigner) -> str:
    fees = node.rpc.fees()
    signed = funder.sign(
        Eip1559Transaction(
            chain_id=node.chain_id,
            nonce=node.rpc.nonce(funder.address, "pending"),
            max_priority_fee_per_gas=fees.priority_fee,
            max_fee_per_gas=2 * fees.base_fee + fees.priority_fee,
            gas=submissions.TRANSFER_GAS,
            to=node.signer.address,
            data=b"",
            value=_FUNDS,
        )
    )
    return node.rpc.send_raw(signed.raw)


def _ask_node(node: Node) -> None:
    try:
        accounts = node.rpc.call("eth_accounts")
    except RpcRefused:
        accounts = []
    if not accounts:
        _log.warning("the signer has no funds", extra={"address": node.signer.address, "chain": LOCAL_CHAIN})
        return
    transfer = {"from": accounts[0], "to": node.signer.address, "value": hex(_FUNDS)}
    _await(node.rpc, str(node.rpc.call("eth_sendTransaction", transfer)))


def _await(rpc: Rpc, transaction_hash: str) -> None:
    def once() -> None:
        if rpc.receipt(transaction_hash) is None:
            raise _NotMined

    until_unchanged("the signer's funding", once, moved=_NotMined)
