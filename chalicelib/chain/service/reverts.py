"""Whether the contract refuses a call, where the node's words do not tell."""

from chalicelib.chain import contract, rpc_errors
from chalicelib.chain.service.nodes import Node


def revert_behind(node: Node, error: Exception, *, to: str, data: bytes) -> rpc_errors.Reverted | None:
    """The revert that a refusal stands for; None where it stands for none, or nothing can be told now.

    A refusal for no known reason, and an internal error, may be one: the call is run again. Where the node refuses that
    too, and yet answers a harmless call to the same contract, the refusal is the contract's, in words that no dialect
    knows.
    """
    if isinstance(error, rpc_errors.Reverted):
        return error
    if not isinstance(error, rpc_errors.RpcRefused) and getattr(error, "code", None) != rpc_errors.INTERNAL_ERROR:
        return None
    try:
        node.rpc.eth_call(to=to, data=data, sender=node.signer.address)
    except rpc_errors.Reverted as reverted:
        return reverted
    except rpc_errors.RpcRefused as refusal:
        return rpc_errors.Reverted(str(refusal), code=refusal.code) if _answers(node, to) else None
    except rpc_errors.RpcError:
        return None
    return None


def _answers(node: Node, to: str) -> bool:
    """Whether the node runs calls to the contract at all."""
    try:
        contract.has_minter_role(node.rpc, to, node.signer.address)
    except (rpc_errors.RpcError, contract.NotACollection):
        return False
    return True
