"""What an error means for the jobs that could not be sent: whether the contract refuses them, or why they wait."""

from typing import Final, Literal

from chalicelib.chain import contract, rpc_errors
from chalicelib.chain.domain.causes import Cause, FailureCode
from chalicelib.chain.service.nodes import ChainUnknown, Node
from chalicelib.chain.service.submissions import FeesTooHigh

WaitCode = FailureCode | Literal[Cause.OUT_OF_FUNDS]

# The first type that an error has decides. The words begin the reason of a job that ends for it.
_CAUSES: Final[tuple[tuple[type[Exception], WaitCode, str], ...]] = (
    (rpc_errors.InsufficientFunds, Cause.OUT_OF_FUNDS, "The signer could not pay"),
    (FeesTooHigh, Cause.FEE_LIMIT, "The chain's fees were higher than may be paid"),
    (rpc_errors.Underpriced, Cause.FEE_LIMIT, "The chain's fees were higher than was bid"),
    (rpc_errors.FeeCapPassed, Cause.NODE_FEE_CAP, "The transaction cost more than the chain's node takes"),
    (rpc_errors.TransientRpcError, Cause.CHAIN_UNREACHABLE, "The chain could not be reached"),
    (ChainUnknown, Cause.CHAIN_UNREACHABLE, "The chain could not be used"),
    (rpc_errors.RpcError, Cause.NODE_REFUSED, "The chain's node refused the transaction"),
)


def cause_of(error: Exception) -> tuple[WaitCode, str]:
    """The code, and the beginning of a sentence that the caller completes with how long."""
    for kind, code, words in _CAUSES:
        if isinstance(error, kind):
            return code, words
    return Cause.INTERNAL_ERROR, "The transaction could not be prepared"


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
