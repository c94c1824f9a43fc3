"""Signatures of contract wallets: asked of the wallet (ERC-1271), or of what it will be once deployed (ERC-6492).

Nothing is sent to the chain. A wallet that is not deployed is deployed within an `eth_call` by
`contracts/WalletSignatureCheck.sol`, whose changes are gone with the call.
"""

from typing import Final, NamedTuple

from chalicelib.chain.abi import artifact, encode, encode_call, selector
from chalicelib.chain.addresses import checksum_address
from chalicelib.chain.rpc import Rpc
from chalicelib.chain.rpc_errors import Reverted, RpcRefused

_CHECK: Final = "WalletSignatureCheck"
_WRAPPED: Final = bytes.fromhex("6492") * 16
_METHOD: Final = "isValidSignature(bytes32,bytes)"
# The check of a passkey in Solidity takes some 400,000, the deployment of a wallet some 500,000.
_MOST_GAS: Final = 10_000_000


class NotAWrapper(ValueError):
    """The signature has the ending of ERC-6492, but its content cannot be decoded."""


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
        call = encode_call(_METHOD, digest, signature)
        return rpc.eth_call(to=wallet, data=call, gas=gas)[:32] == selector(_METHOD).ljust(32, b"\x00")
    except (Reverted, RpcRefused):  # nodes have no word of their own for a call that used up its gas
        return False


def _check(wallet: str, digest: bytes, signature: bytes) -> bytes:
    wrapped = _unwrapped(signature)
    return artifact(_CHECK).bytecode + encode(
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
