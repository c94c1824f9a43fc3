"""Collections' contracts: follows their events, and tells whether a token id is free. Loaded by rare routes alone."""

from chalicelib.chain import contract
from chalicelib.chain.repository import events as event_rows
from chalicelib.chain.rpc_errors import RpcError
from chalicelib.chain.service.nodes import ChainUnknown, node_of
from chalicelib.core.transactions import Transaction


def follow_contract(
    transaction: Transaction, chain: str, address: str, *, origin: str, contract_id: str, from_block: int
) -> None:
    """Has a collection's contract followed from a block on, before which it has no token of ours."""
    event_rows.add_contract(transaction, chain, address, origin=origin, contract_id=contract_id, from_block=from_block)


def may_be_free(chain: str, address: str, token_id: int) -> bool:
    """False where somebody holds the token; true also where the chain does not say."""
    try:
        return contract.owner_of(node_of(chain).rpc, address, token_id) is None
    except (RpcError, ChainUnknown, contract.NotACollection):
        return True
