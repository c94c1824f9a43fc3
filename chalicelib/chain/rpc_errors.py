"""What an Ethereum node answers instead of a result, told apart by code and wording.

RpcError
├── TransientRpcError     worth another try later
│   ├── NodeUnreachable       no connection, no answer in time, or no JSON-RPC in the answer
│   ├── RateLimited           the provider's quota
│   ├── NodeBusy              syncing, overloaded, an internal error, a full pool
│   └── NonceTooHigh          an earlier transaction of the signer has not reached the node
├── Reverted              the contract refused (`reason`, `data`)
├── AlreadyKnown          the node holds this very transaction: as good as accepted
├── NonceTooLow           a mined transaction used the nonce, perhaps this very one: ask for its receipt
├── Underpriced           a fee too low to enter the pool, or to replace what is there
├── InsufficientFunds     the signer cannot pay
├── LogRangeTooWide       the provider caps eth_getLogs: ask for fewer blocks
└── RpcRefused            any other refusal, which will be the same next time

The wordings are those of geth, bor, erigon, nethermind, besu, anvil and hardhat, and of the hosted providers'
gateways.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

_EXECUTION_REVERTED: Final = 3
_INTERNAL_ERROR: Final = -32603
_RESOURCE_UNAVAILABLE: Final = -32002
_LIMIT_EXCEEDED: Final = (-32005, 429)
# Solidity's Error(string) and Panic(uint256).
_ERROR_SELECTOR: Final = bytes.fromhex("08c379a0")
_PANIC_SELECTOR: Final = bytes.fromhex("4e487b71")


class RpcError(Exception):
    """The node gave no result. `code` is the JSON-RPC error code, None where there was none."""

    def __init__(self, message: str, *, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class TransientRpcError(RpcError):
    """The same call may succeed later."""


class NodeUnreachable(TransientRpcError):
    """No connection, no answer in time, or an answer that is not JSON-RPC."""


class RateLimited(TransientRpcError):
    """The provider's quota is used up for the moment."""


class NodeBusy(TransientRpcError):
    """The node cannot serve the call now."""


class NonceTooHigh(TransientRpcError):
    """The node takes no transaction ahead of a missing earlier one."""


class Reverted(RpcError):
    """The call would revert: `reason` in words, `data` the bytes that the contract gave, if any."""

    def __init__(self, message: str, *, code: int | None = None, data: bytes = b"") -> None:
        super().__init__(message, code=code)
        self.data = data
        self.reason = revert_reason(data) or re.sub(r"^.*?revert(ed)?:?\s*", "", message) or "no reason given"


class AlreadyKnown(RpcError):
    """The node already holds this transaction."""


class NonceTooLow(RpcError):
    """The signer's nonce is past the transaction's."""


class Underpriced(RpcError):
    """The fees are too low for the pool, for the block, or for a replacement."""


class InsufficientFunds(RpcError):
    """The signer's balance does not cover value and gas."""


class LogRangeTooWide(RpcError):
    """The provider answers no log query over so many blocks."""


class RpcRefused(RpcError):
    """A refusal that will not change by itself."""


# The first pattern found in the message decides.
_WORDINGS: Final[tuple[tuple[str, type[RpcError]], ...]] = (
    # First, for what a contract says may hold any of the words below.
    (r"execution reverted|processing transaction: revert|^reverted\b|^revert$", Reverted),
    (r"already ?known|\bknown transaction|already imported|already exists in the (tx)?pool", AlreadyKnown),
    (r"nonce (is )?too low|old ?nonce|nonce has already been used", NonceTooLow),
    (r"nonce (is )?too high|nonce ?gap|gapped.nonce|nonce too (distant|far)", NonceTooHigh),
    (
        r"insufficient ?funds|insufficient (sender )?balance|upfront cost exceeds|doesn't have enough funds",
        InsufficientFunds,
    ),
    (
        r"underpriced|could not replace existing|replacement ?not ?allowed|fee ?too ?low"
        r"|less than block base fee|gas price (is )?(too low|below)|below (the )?min(imum)?",
        Underpriced,
    ),
    (
        r"block range|range (is )?too (large|wide)|maximum.*range|query returned more than"
        r"|response size exceeded|too many (results|blocks)|eth_getLogs is limited|ranges? over"
        r"|limited to .*blocks|query timeout exceeded",
        LogRangeTooWide,
    ),
    (
        r"rate.?limit|too many requests|compute units|request limit|daily request|capacity exceeded",
        RateLimited,
    ),
    (
        r"(pool|queue) is full|pool overflow|syncing|header not found|unknown block|missing trie node"
        r"|time[d ]?.?out|overloaded|temporar|try again|service unavailable|bad gateway|connection reset",
        NodeBusy,
    ),
)
_LONGEST_WORDING: Final = 2000  # nodes pass on texts of any length
_BY_WORDING: Final = tuple((re.compile(words, re.IGNORECASE), outcome) for words, outcome in _WORDINGS)


def error_from_response(error: Mapping[str, Any]) -> RpcError:
    """The exception for the `error` member of a JSON-RPC answer."""
    code = error.get("code")
    code = code if isinstance(code, int) else None
    message = str(error.get("message", "no message"))
    data = _revert_data(error.get("data"))
    if code == _EXECUTION_REVERTED or data[:4] in (_ERROR_SELECTOR, _PANIC_SELECTOR):
        return Reverted(message, code=code, data=data)
    head = message[:_LONGEST_WORDING]
    for pattern, outcome in _BY_WORDING:
        if pattern.search(head):
            if outcome is Reverted:
                return Reverted(message, code=code, data=data)
            return outcome(message, code=code)
    if code in _LIMIT_EXCEEDED:
        return RateLimited(message, code=code)
    if code in (_INTERNAL_ERROR, _RESOURCE_UNAVAILABLE):
        return NodeBusy(message, code=code)
    return RpcRefused(message, code=code)


def revert_reason(data: bytes) -> str | None:
    """The text of `require`, a panic's number, or a custom error's selector; None without any."""
    selector, body = data[:4], data[4:]
    if selector == _ERROR_SELECTOR and len(body) >= 64:
        length = int.from_bytes(body[32:64])
        return body[64 : 64 + length].decode(errors="replace")
    if selector == _PANIC_SELECTOR and len(body) >= 32:
        return f"panic 0x{int.from_bytes(body[:32]):02x}"
    if len(selector) == 4:
        return f"custom error 0x{selector.hex()}"
    return None


def _revert_data(data: Any) -> bytes:
    """Nodes give the revert data as a hex string, or as one inside an object; anything else carries none."""
    if isinstance(data, Mapping):
        data = data.get("data")
    if not isinstance(data, str) or re.fullmatch(r"0x([0-9a-fA-F]{2})*", data) is None:
        return b""
    return bytes.fromhex(data[2:])
