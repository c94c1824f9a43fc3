"""Whether a token id can be had. Loaded by rare routes alone."""

from chalicelib.chain import contract
from chalicelib.chain.rpc_errors import RpcError
from chalicelib.chain.service.nodes import ChainUnknown, node_of


def may_be_free(chain: str, address: str, token_id: int) -> bool:
    """False where somebody holds the token; true also where the chain does not say."""
    try:
        return contract.owner_of(node_of(chain).rpc, address, token_id) is None
    except (RpcError, ChainUnknown, contract.NotACollection):
        return True
