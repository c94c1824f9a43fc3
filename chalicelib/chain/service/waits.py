"""Why a job that could not be sent waits, by the error that kept it."""

from typing import Final, Literal

from chalicelib.chain import rpc_errors
from chalicelib.chain.domain.causes import Cause, FailureCode
from chalicelib.chain.service.nodes import ChainUnknown
from chalicelib.chain.service.submissions import FeesTooHigh

WaitCode = FailureCode | Literal[Cause.OUT_OF_FUNDS]

# The first kind that the error is of decides; the words are told where the job ends for it.
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
    """The code, and the beginning of a sentence that says for how long."""
    for kind, code, words in _CAUSES:
        if isinstance(error, kind):
            return code, words
    return Cause.INTERNAL_ERROR, "The transaction could not be prepared"
