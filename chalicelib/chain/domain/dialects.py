"""What nodes say instead of a result, by the node that says it, and what that means.

A new dialect, or a new wording of one, is an entry here. A revert is told by its data first, whatever the words; what
no dialect knows, the worker finds out by running the call again (`service/refusals.py`).
"""

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Final, NamedTuple


class Kind(Enum):
    """What an error means. Of several that a message's words fit, the first counts."""

    REVERTED = "the contract refused"  # first, for what a contract says may hold any of the words below
    ALREADY_KNOWN = "the node holds this very transaction"
    NONCE_TOO_LOW = "a mined transaction used the nonce"
    NONCE_TOO_HIGH = "an earlier transaction is missing"
    FEE_CAP = "gas times fee passes the cap that the node's operator has set"
    NO_FUNDS = "the signer cannot pay"
    UNDERPRICED = "too low a fee to enter the pool, or to replace what is there"
    PRUNED = "blocks so old that the node does not keep them"
    LOG_RANGE = "a log query over too many blocks"
    REFUSED = "refused for what the transaction is"
    RATE_LIMIT = "the provider's quota"
    BUSY = "syncing, overloaded, a full pool"


# Patterns of error messages by node, without regard to case. Nodes that keep geth's words have no entry of their own:
# bor, op-geth, Arbitrum Nitro, Celo, coreth.
DIALECTS: Final[Mapping[str, Mapping[Kind, str]]] = {
    "geth": {
        Kind.REVERTED: r"execution reverted",
        Kind.ALREADY_KNOWN: r"already known|\bknown transaction",
        Kind.NONCE_TOO_LOW: r"nonce (is )?too low|invalid transaction nonce",
        Kind.NONCE_TOO_HIGH: r"nonce (is )?too high|gapped.nonce|future transaction tries to replace pending",
        Kind.FEE_CAP: r"tx fee .*exceeds the configured cap",
        Kind.NO_FUNDS: r"insufficient funds|insufficient balance|gas required exceeds allowance \(0\)",
        Kind.UNDERPRICED: r"underpriced|less than block base fee|gas ?price (is )?too low|less than gas price minimum",
        Kind.REFUSED: r"exceeds block gas limit|gas limit reached|intrinsic gas|oversized data|invalid sender"
        r"|gas limit too high",
        Kind.PRUNED: r"pruned history|not available due to pruning",
        Kind.BUSY: r"(pool|queue) (is )?full|header not found|missing trie node|try again",
    },
    "Erigon": {
        Kind.ALREADY_KNOWN: r"existing txn? with same hash",
        Kind.UNDERPRICED: r"fee too low|could not replace existing",
        Kind.PRUNED: r"data before \S+ is not available",
        Kind.REFUSED: r"gas limit is too high|IntrinsicGas|rlp too long",
        Kind.BUSY: r"pool overflow|sub-?pool is full|^spammer$",
    },
    "Nethermind": {
        Kind.REVERTED: r"VM execution error|^reverted\b|^revert$",
        Kind.ALREADY_KNOWN: r"AlreadyKnown",
        Kind.NONCE_TOO_LOW: r"OldNonce",
        Kind.NONCE_TOO_HIGH: r"NonceGap|NonceTooFarInFuture|nonce too far",
        Kind.NO_FUNDS: r"InsufficientFunds",
        Kind.UNDERPRICED: r"FeeTooLow|ReplacementNotAllowed|OwnNonceAlreadyUsed",
        Kind.PRUNED: r"^receipts? (is )?not available",
        Kind.REFUSED: r"GasLimitExceeded|MaxTxSizeExceeded|FailedToResolveSender",
        Kind.BUSY: r"syncing",
    },
    "Besu": {
        Kind.REVERTED: r"could not be completed due to an exception",
        Kind.NONCE_TOO_HIGH: r"nonce is too distant|invalid transaction with a lower nonce exists",
        Kind.FEE_CAP: r"fee ?cap exceeded",
        Kind.NO_FUNDS: r"upfront cost exceeds",
        Kind.UNDERPRICED: r"gas price below|below (the )?min(imum)?",
        Kind.LOG_RANGE: r"exceeds maximum RPC range",
        Kind.REFUSED: r"gas limit exceeds block gas limit|invalid signature",
        Kind.BUSY: r"unknown block|initial sync|transaction pool not enabled|timeout expired",
    },
    "Reth": {
        Kind.REVERTED: r"^EVM error|invalid ?opcode|InvalidFEOpcode",
        Kind.BUSY: r"block not found",
    },
    "Anvil": {
        Kind.REVERTED: r"EVM error",
        Kind.ALREADY_KNOWN: r"already imported|already exists in the (tx)?pool",
    },
    "Hardhat and Ganache": {
        Kind.REVERTED: r"processing transaction: (revert|invalid)|transaction reverted",
        Kind.NONCE_TOO_LOW: r"nonce has already been used",
        Kind.NO_FUNDS: r"doesn't have enough funds",
    },
    "OpenEthereum": {
        Kind.REVERTED: r"execution failed due to an exception",
        Kind.ALREADY_KNOWN: r"same hash was already imported",
        Kind.NO_FUNDS: r"does not have enough funds",
        Kind.BUSY: r"too many transactions in the queue",
    },
    "hosted providers' gateways": {
        Kind.NO_FUNDS: r"not enough funds|insufficient sender balance",
        Kind.PRUNED: r"history has been pruned",
        Kind.LOG_RANGE: r"block range|range (is )?too (large|wide)|maximum.*range|query returned more than"
        r"|response size exceeded|too many (results|blocks)|eth_getLogs is limited|ranges? over"
        r"|limited to .*blocks|query timeout exceeded",
        Kind.RATE_LIMIT: r"rate.?limit|rate exceeded|too many requests|compute units|request limit|daily request"
        r"|capacity exceeded|\bRPS limit",
        Kind.BUSY: r"time[d ]?.?out|overloaded|temporar|service unavailable|bad gateway|connection reset",
    },
}
_BY_KIND: Final = tuple(
    (kind, re.compile("|".join(found), re.IGNORECASE))
    for kind in Kind
    if (found := [patterns[kind] for patterns in DIALECTS.values() if kind in patterns])
)

# EIP-1474 names no code for a revert; geth's 3 has become the usual one.
_EXECUTION_REVERTED: Final = 3
# EIP-4444.
_HISTORY_PRUNED: Final = 4444
# "VM execution error" and "execution failed" of Nethermind and OpenEthereum.
_EXECUTION_FAILED: Final = (-32015, -32016)
_INTERNAL_ERROR: Final = -32603
_RESOURCE_UNAVAILABLE: Final = -32002
_LIMIT_EXCEEDED: Final = (-32005, 429)
# Solidity's Error(string) and Panic(uint256).
_ERROR_SELECTOR: Final = bytes.fromhex("08c379a0")
_PANIC_SELECTOR: Final = bytes.fromhex("4e487b71")
_SELECTOR_BYTES, _WORD_BYTES = 4, 32
_DEEPEST_DATA = 3
_LONGEST_WORDING = 2000  # nodes pass on texts of any length
_HEX: Final = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
# `Reverted 0x…`, `revert: a reason`, `execution reverted: 0x…`.
_TEXT_OF_REVERT: Final = re.compile(r"\brevert(?:ed)?\b:?\s*(0x(?:[0-9a-fA-F]{2})*)?(.*)", re.IGNORECASE | re.DOTALL)


class Reading(NamedTuple):
    """What an error means; of a revert also the bytes and the words that the contract gave, where it gave any."""

    kind: Kind
    data: bytes = b""
    reason: str | None = None


def read_error(code: int | None, message: str, data: object = None) -> Reading:
    """Reads the `error` member of a JSON-RPC answer."""
    message = message[:_LONGEST_WORDING]
    given, words = _revert_data(data, message)
    if code == _EXECUTION_REVERTED or words is not None or _is_abi_error(given):
        return Reading(Kind.REVERTED, given, words)
    if code == _HISTORY_PRUNED:
        return Reading(Kind.PRUNED)
    for kind, pattern in _BY_KIND:
        if pattern.search(message):
            return Reading(kind, given) if kind is Kind.REVERTED else Reading(kind)
    if code in _EXECUTION_FAILED:
        return Reading(Kind.REVERTED, given)
    if code in _LIMIT_EXCEEDED:
        return Reading(Kind.RATE_LIMIT)
    if code in (_INTERNAL_ERROR, _RESOURCE_UNAVAILABLE):
        return Reading(Kind.BUSY)
    return Reading(Kind.REFUSED)


def revert_reason(data: bytes) -> str | None:
    """The text of `require`, a panic's number, or a custom error's selector; None without any."""
    selector, body = data[:_SELECTOR_BYTES], data[_SELECTOR_BYTES:]
    if selector == _ERROR_SELECTOR and len(body) >= 2 * _WORD_BYTES:
        length = int.from_bytes(body[_WORD_BYTES : 2 * _WORD_BYTES])
        return body[2 * _WORD_BYTES : 2 * _WORD_BYTES + length].decode(errors="replace")
    if selector == _PANIC_SELECTOR and len(body) >= _WORD_BYTES:
        return f"panic 0x{int.from_bytes(body[:_WORD_BYTES]):02x}"
    if len(selector) == _SELECTOR_BYTES:
        return f"custom error 0x{selector.hex()}"
    return None


def _is_abi_error(data: bytes) -> bool:
    """A selector and whole words: only a contract answers that."""
    return len(data) % _WORD_BYTES == _SELECTOR_BYTES


def _revert_data(data: object, message: str) -> tuple[bytes, str | None]:
    """The bytes of a revert, and its words where the node has put it in words: None where no text tells a revert."""
    words: str | None = None
    for text in _texts(data):
        if _HEX.fullmatch(text):
            if len(text) > len("0x"):
                return bytes.fromhex(text[2:]), words
        elif (found := _TEXT_OF_REVERT.match(text)) is not None:
            words = found[2][:_LONGEST_WORDING].strip(" :.") if words is None else words
            if found[1]:
                return bytes.fromhex(found[1][2:]), words
    in_message = _TEXT_OF_REVERT.search(message)
    return bytes.fromhex(in_message[1][2:]) if in_message and in_message[1] else b"", words


def _texts(data: object, depth: int = 0) -> Iterator[str]:
    """The strings in an error's data: nodes nest the bytes in objects of their own."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping) and depth < _DEEPEST_DATA:
        for value in data.values():
            yield from _texts(value, depth + 1)
