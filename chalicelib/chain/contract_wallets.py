"""Signatures of contract wallets: asked of the wallet (ERC-1271), or of what it will be once deployed (ERC-6492).

Nothing is sent to the chain. A wallet that is not deployed is deployed within an `eth_call` by
`contracts/WalletSignatureCheck.sol`, whose changes are gone with the call.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from chalicelib.chain.addresses import checksum_address, keccak256
from chalicelib.chain.rpc import Rpc
from chalicelib.chain.rpc_errors import Reverted, RpcRefused

_CHECK: Final = Path(__file__).parent / "artifacts" / "WalletSignatureCheck.json"
_WRAPPED: Final = bytes.fromhex("6492") * 16
_METHOD: Final = "isValidSignature(bytes32,bytes)"
# Passkeys are verified in Solidity for some 400,000, and a wallet is deployed for some 500,000.
_MOST_GAS: Final = 10_000_000


class NotAWrapper(ValueError):
    """The signature ends as one of ERC-6492 does, and does not hold what one holds."""


class _Wrapped(NamedTuple):
    """A signature with the call by which its wallet is deployed."""

    factory: str
    preparation: bytes
    signature: bytes


def is_wrapped(signature: bytes) -> bool:
    """Whether a signature brings along how its wallet is deployed."""
    return signature.endswith(_WRAPPED)


def accepts(rpc: Rpc, wallet: str, digest: bytes, signature: bytes, *, gas: int = _MOST_GAS) -> bool:
    """Whether the contract at an address says that it signed.

    False where there is none, and where it fails or takes too much gas. Raises `NotAWrapper`, `TransientRpcError`.
    """
    try:
        if is_wrapped(signature):
            return int.from_bytes(rpc.eth_call(to=None, data=_check(wallet, digest, signature), gas=gas)) == 1
        call = _selector() + _encode(["bytes32", "bytes"], [digest, signature])
        return rpc.eth_call(to=wallet, data=call, gas=gas)[:32] == _selector().ljust(32, b"\x00")
    except (Reverted, RpcRefused):  # nodes have no word of their own for a call that used up its gas
        return False


def _check(wallet: str, digest: bytes, signature: bytes) -> bytes:
    wrapped = _unwrapped(signature)
    return _check_code() + _encode(
        ["address", "bytes32", "bytes", "address", "bytes"],
        [wallet, digest, wrapped.signature, wrapped.factory, wrapped.preparation],
    )


def _unwrapped(signature: bytes) -> _Wrapped:
    from eth_abi.abi import decode
    from eth_abi.exceptions import DecodingError

    try:
        factory, preparation, inner = decode(["address", "bytes", "bytes"], signature[: -len(_WRAPPED)])
    except (DecodingError, OverflowError) as error:
        raise NotAWrapper("the signature is no whole one of ERC-6492") from error
    return _Wrapped(checksum_address(factory), preparation, inner)


def _encode(types: list[str], values: list[object]) -> bytes:
    from eth_abi.abi import encode

    return encode(types, values)


@lru_cache
def _selector() -> bytes:
    return keccak256(_METHOD.encode())[:4]


@lru_cache
def _check_code() -> bytes:
    return bytes.fromhex(str(json.loads(_CHECK.read_text())["bytecode"])[2:])
