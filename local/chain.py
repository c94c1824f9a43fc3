"""The chain of a local run: the embedded node, or the one that is named, and a signer with funds."""

import os
from functools import lru_cache

from chalicelib.chain.rpc import JsonRpc
from chalicelib.chain.service.nodes import Node, node_of
from chalicelib.chain.signing import Eip1559Transaction, KeySigner
from chalicelib.core.retrying import attempts
from chalicelib.core.settings import LOCAL_CHAIN, settings
from local.evm import EvmNode

_FUNDS = 100 * 10**18
_LOW = 10**18
_TRANSFER_GAS = 21_000


@lru_cache(maxsize=1)
def start_chain() -> EvmNode | None:
    """Starts the embedded node unless another one is named, and lets the settings know its address."""
    if os.environ.get("SPACEGARDEN_CHAIN_RPC"):
        return None
    node = EvmNode.start()
    os.environ["SPACEGARDEN_CHAIN_RPC"] = node.url
    os.environ["SPACEGARDEN_CHAIN_FUNDER"] = node.funder_key
    settings.cache_clear()
    return node


def fund_signer() -> None:
    """Gives the platform's signer 100 ether of the funder's, where it has less than one and a funder is known."""
    node, funder_key = node_of(LOCAL_CHAIN), settings().chain_funder
    if funder_key is None or node.rpc.balance(node.signer.address) >= _LOW:
        return
    _transfer(node, node.rpc, KeySigner(funder_key))


def _transfer(node: Node, rpc: JsonRpc, funder: KeySigner) -> None:
    fees = rpc.fees()
    signed = funder.sign(
        Eip1559Transaction(
            chain_id=node.chain_id,
            nonce=rpc.nonce(funder.address, "pending"),
            max_priority_fee_per_gas=fees.priority_fee,
            max_fee_per_gas=2 * fees.base_fee + fees.priority_fee,
            gas=_TRANSFER_GAS,
            to=node.signer.address,
            data=b"",
            value=_FUNDS,
        )
    )
    transaction_hash = rpc.send_raw(signed.raw)
    for _ in attempts("the signer's funding"):
        if rpc.receipt(transaction_hash) is not None:
            return
