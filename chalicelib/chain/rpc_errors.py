"""What an Ethereum node answers instead of a result, told apart by code and wording.

RpcError
├── TransientRpcError     worth another try later
│   ├── NodeUnreachable       no connection, no answer in time, or no JSON-RPC in the answer
│   ├── RateLimited           the provider's quota
│   ├── NodeBusy              syncing, overloaded, an internal error, a full pool
│   ├── HistoryPruned         the node does not keep blocks so old
│   └── NonceTooHigh          an earlier transaction of the signer has not reached the node
├── Reverted              the contract refused (`reason`, `data`)
├── AlreadyKnown          the node holds this very transaction: as good as accepted
├── NonceTooLow           a mined transaction used the nonce, perhaps this very one: ask for its receipt
├── Underpriced           a fee too low to enter the pool, or to replace what is there
├── InsufficientFunds     the signer cannot pay
├── FeeCapPassed          gas times fee passes a cap of the node's own
├── LogRangeTooWide       the provider caps eth_getLogs: ask for fewer blocks
└── RpcRefused            any other refusal, which will be the same next time

The wordings are data: `domain/dialects.py`.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from chalicelib.chain.domain.dialects import Kind, read_error, revert_reason
from chalicelib.core.outside import outside_text

# EIP-1474; some nodes say so of a call that reverts, too.
INTERNAL_ERROR: Final = -32603


class RpcError(Exception):
    """The node gave no result. `code` is the JSON-RPC error code, None where there was none.

    What the node says is cut to 1,000 characters, as is the reason that a contract gives.
    """

    def __init__(self, message: str, *, code: int | None = None) -> None:
        super().__init__(outside_text(message))
        self.code = code


class TransientRpcError(RpcError):
    """The same call may succeed later."""


class NodeUnreachable(TransientRpcError):
    """No connection, no answer in time, or an answer that is not JSON-RPC."""


class RateLimited(TransientRpcError):
    """The provider's quota is used up for the moment."""


class NodeBusy(TransientRpcError):
    """The node cannot serve the call now."""


class HistoryPruned(TransientRpcError):
    """The node does not keep blocks so old; another one may."""


class NonceTooHigh(TransientRpcError):
    """The node takes no transaction ahead of a missing earlier one."""


class Reverted(RpcError):
    """The call would revert: `reason` in words, `data` the bytes that the contract gave, if any."""

    def __init__(self, message: str, *, code: int | None = None, data: bytes = b"", words: str | None = None) -> None:
        super().__init__(message, code=code)
        self.data = data
        self.reason = outside_text(revert_reason(data) or words or _after_revert(message) or "no reason given")


class AlreadyKnown(RpcError):
    """The node already holds this transaction."""


class NonceTooLow(RpcError):
    """The signer's nonce is past the transaction's."""


class Underpriced(RpcError):
    """The fees are too low for the pool, for the block, or for a replacement."""


class InsufficientFunds(RpcError):
    """The signer's balance does not cover value and gas."""


class FeeCapPassed(RpcError):
    """The node takes no transaction whose gas may cost so much; other nodes may."""


class LogRangeTooWide(RpcError):
    """The provider answers no log query over so many blocks."""


class RpcRefused(RpcError):
    """A refusal that will not change by itself."""


_BY_KIND: Final[Mapping[Kind, type[RpcError]]] = {
    Kind.ALREADY_KNOWN: AlreadyKnown,
    Kind.NONCE_TOO_LOW: NonceTooLow,
    Kind.NONCE_TOO_HIGH: NonceTooHigh,
    Kind.FEE_CAP: FeeCapPassed,
    Kind.NO_FUNDS: InsufficientFunds,
    Kind.UNDERPRICED: Underpriced,
    Kind.PRUNED: HistoryPruned,
    Kind.LOG_RANGE: LogRangeTooWide,
    Kind.REFUSED: RpcRefused,
    Kind.RATE_LIMIT: RateLimited,
    Kind.BUSY: NodeBusy,
}


def error_from_response(error: Mapping[str, Any]) -> RpcError:
    """The exception for the `error` member of a JSON-RPC answer."""
    code, message = error.get("code"), str(error.get("message", "no message"))
    code = code if isinstance(code, int) else None
    reading = read_error(code, message, error.get("data"))
    if reading.kind is Kind.REVERTED:
        return Reverted(message, code=code, data=reading.data, words=reading.reason)
    return _BY_KIND[reading.kind](message, code=code)


def _after_revert(message: str) -> str:
    """The reason that the node's message ends with; empty where it says no more than that it failed."""
    found = re.search(r"revert(?:ed)?\b:?\s*(.*)", message, re.DOTALL)
    return found[1] if found else message
