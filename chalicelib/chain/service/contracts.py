"""Contracts whose events are followed. Loaded by rare routes alone."""

from chalicelib.chain.repository import events as event_rows
from chalicelib.core.transactions import Transaction


def follow_contract(
    transaction: Transaction, chain: str, address: str, *, origin: str, contract_id: str, from_block: int
) -> None:
    """Has a collection's contract followed from a block on, before which it has no token of ours."""
    event_rows.add_contract(transaction, chain, address, origin=origin, contract_id=contract_id, from_block=from_block)
