"""What is told of a transaction of the local run's chain, which no public explorer knows."""

from typing import NamedTuple

from chalicelib.chain.service.nodes import node_of
from chalicelib.core.settings import LOCAL_CHAIN


class Explained(NamedTuple):
    """A transaction in words: its state, with the kind of badge that shows it, and facts by name."""

    state: tuple[str, str]
    facts: list[tuple[str, str]]


def explain(transaction_hash: str) -> Explained | None:
    """What there is to tell; None where the chain does not know the transaction."""
    rpc = node_of(LOCAL_CHAIN).rpc
    transaction = rpc.transaction(transaction_hash)
    if transaction is None:
        return None
    receipt = rpc.receipt(transaction_hash)
    facts = [
        ("Hash", transaction.hash),
        ("From", transaction.sender),
        ("To", transaction.to or "a new contract"),
        ("Nonce", str(transaction.nonce)),
    ]
    if receipt is None:
        return Explained(("Waits to be mined", "info"), facts)
    facts += [("Block", str(receipt.block_number)), ("Gas used", f"{receipt.gas_used:,}")]
    if receipt.contract_address:
        facts.append(("Contract", receipt.contract_address))
    return Explained(("Succeeded", "good") if receipt.succeeded else ("Reverted", "bad"), facts)
