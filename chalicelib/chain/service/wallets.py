"""Wallets of holders: which chain they are asked for, and whether one signed a text."""

import re

from chalicelib.chain import contract_wallets
from chalicelib.chain.addresses import address_from_bytes, keccak256
from chalicelib.chain.rpc_nodes import connect
from chalicelib.core.cache import TtlCache
from chalicelib.core.settings import ChainSettings, settings

_SIGNATURE = re.compile(r"0x(?:[0-9a-fA-F]{2})*|(?:[0-9a-fA-F]{2})+", re.ASCII)
_COMPACT, _WHOLE = 64, 65  # bytes of a key's signature
_LONGEST = 20_000  # digits: a passkey's signature of a wallet that brings its deployment has some 4,000
_PARITIES = {0: 0, 1: 1, 27: 0, 28: 1}
_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
_BELOW_PARITY = (1 << 255) - 1
_REMEMBERED_SECONDS = 3600

_ids: TtlCache[str, int] = TtlCache(seconds=_REMEMBERED_SECONDS, max_entries=64)


class SignatureInvalid(ValueError):
    """The text is no signature of the wallet."""


def chain_id_of(chain: str) -> int:
    """A configured chain's id, asked of its node where the settings leave it open. Raises `RpcError`, `LookupError`."""
    configuration = _configuration(chain)
    if configuration.chain_id is not None:
        return configuration.chain_id
    return _ids.get(configuration.urls[0], lambda: connect(configuration).chain_id()) or 0


def check_key_signature(address: str, text: str, signature: str) -> None:
    """Checks that the key of an address signed a text as wallets do (EIP-191, `personal_sign`).

    The signature has 65 bytes, or 64 with the parity in the highest bit of `s` (EIP-2098), with or without `0x`. Raises
    `SignatureInvalid`.
    """
    if _key_address(_digest(text), _bytes(signature)) != address:
        raise SignatureInvalid("the message was signed by another account than the one that it names")


def is_contract_signature(address: str, text: str, signature: str, *, chain: str) -> bool:
    """Whether the contract at an address of a chain says that it signed a text, or the one that the signature deploys.

    The signature is of any length (ERC-1271, ERC-6492). Raises `SignatureInvalid`, `RpcError`, `LookupError`.
    """
    try:
        return contract_wallets.accepts(connect(_configuration(chain)), address, _digest(text), _bytes(signature))
    except contract_wallets.NotAWrapper as error:
        raise SignatureInvalid(str(error)) from error


def _digest(text: str) -> bytes:
    encoded = text.encode()
    return keccak256(b"\x19Ethereum Signed Message:\n" + str(len(encoded)).encode() + encoded)


def _key_address(digest: bytes, raw: bytes) -> str:
    """The address whose key signed. Raises `SignatureInvalid`."""
    from eth_keys.datatypes import Signature
    from eth_keys.exceptions import BadSignature
    from eth_utils.exceptions import ValidationError

    r, s, parity = _numbers(raw)
    if parity is None or s > _HALF_ORDER:
        raise SignatureInvalid("the signature is not in its canonical form")
    try:
        key = Signature(vrs=(parity, r, s)).recover_public_key_from_msg_hash(digest)
    except (BadSignature, ValidationError) as error:
        raise SignatureInvalid("the signature is no key's") from error
    return address_from_bytes(key.to_canonical_address())


def _numbers(raw: bytes) -> tuple[int, int, int | None]:
    """r, s and the parity of a signature; no parity where its last byte is none."""
    if len(raw) not in (_COMPACT, _WHOLE):
        raise SignatureInvalid("neither a key's signature, nor one that a contract at the address accepts")
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:_COMPACT])
    if len(raw) == _COMPACT:
        return r, s & _BELOW_PARITY, s >> 255
    return r, s, _PARITIES.get(raw[_COMPACT])


def _bytes(signature: str) -> bytes:
    if _SIGNATURE.fullmatch(signature) is None or len(signature) > _LONGEST:
        raise SignatureInvalid(f"a signature is hexadecimal digits, {_LONGEST} at most")
    return bytes.fromhex(signature.removeprefix("0x"))


def _configuration(chain: str) -> ChainSettings:
    """The settings of a configured chain. Raises `LookupError`."""
    configuration = settings().chain_named(chain)
    if configuration is None:
        raise LookupError(chain)
    return configuration
