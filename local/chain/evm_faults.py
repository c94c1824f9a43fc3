"""The errors of the embedded chain, in geth's words and with its codes."""

import re
from typing import Final

from chalicelib.chain.domain.dialects import revert_reason

REVERTED, SERVER_ERROR, INVALID_PARAMS, NO_METHOD = 3, -32000, -32602, -32601
_ERROR_OF_TEXT: Final = bytes.fromhex("08c379a0")
# What py-evm says of a transaction that it refuses, in the words that clients know from geth.
_GETH_WORDS: Final = (
    (r"cannot afford|enough balance", "insufficient funds for gas * price + value"),
    (r"lower than block's base fee", "max fee per gas less than block base fee"),
    (r"exceeds gas limit", "exceeds block gas limit"),
    (r"chain.?id", "invalid chain id for signer"),
    (r"signature", "invalid sender"),
)


class RpcFault(Exception):
    """An `error` member of a JSON-RPC answer."""

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.data = code, message, data


def reverted(data: bytes) -> RpcFault:
    """What geth answers where a contract reverts: the reason where it is a text, and the data in any case."""
    reason = revert_reason(data) if data[:4] == _ERROR_OF_TEXT else None
    message = f"execution reverted: {reason}" if reason else "execution reverted"
    return RpcFault(REVERTED, message, "0x" + data.hex())


def geth_words(message: str) -> str:
    """py-evm's refusal, with geth's words before it."""
    for pattern, words in _GETH_WORDS:
        if re.search(pattern, message, re.IGNORECASE):
            return f"{words}: {message}"
    return message
