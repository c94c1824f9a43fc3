"""Wallets of holders: which chain they are asked for, and whose key signed a text."""

import re

from chalicelib.chain.addresses import address_from_bytes, keccak256
from chalicelib.chain.rpc_nodes import connect
from chalicelib.core.cache import TtlCache
from chalicelib.core.settings import settings

_SIGNATURE = re.compile(r"(?:0x)?([0-9a-fA-F]{130}|[0-9a-fA-F]{128})", re.ASCII)
_PARITIES = {0: 0, 1: 1, 27: 0, 28: 1}
_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
_BELOW_PARITY = (1 << 255) - 1
_REMEMBERED_SECONDS = 3600

_ids: TtlCache[str, int] = TtlCache(seconds=_REMEMBERED_SECONDS, max_entries=64)


class SignatureInvalid(ValueError):
    """The text is no signature of a key."""


def chain_id_of(chain: str) -> int:
    """A configured chain's id, asked of its node where the settings leave it open. Raises `RpcError`, `LookupError`."""
    configuration = settings().chain_named(chain)
    if configuration is None:
        raise LookupError(chain)
    if configuration.chain_id is not None:
        return configuration.chain_id
    return _ids.get(configuration.urls[0], lambda: connect(configuration).chain_id()) or 0


def signer_of(text: str, signature: str) -> str:
    """The address whose key signed a text as wallets do (EIP-191, `personal_sign`). Raises `SignatureInvalid`.

    The signature has 65 bytes, or 64 with the parity in the highest bit of `s` (EIP-2098), with or without `0x`.
    """
    from eth_keys.datatypes import Signature
    from eth_keys.exceptions import BadSignature
    from eth_utils.exceptions import ValidationError

    r, s, parity = _numbers(signature)
    if parity is None or s > _HALF_ORDER:
        raise SignatureInvalid("the signature is not in its canonical form")
    encoded = text.encode()
    digest = keccak256(b"\x19Ethereum Signed Message:\n" + str(len(encoded)).encode() + encoded)
    try:
        key = Signature(vrs=(parity, r, s)).recover_public_key_from_msg_hash(digest)
    except (BadSignature, ValidationError) as error:
        raise SignatureInvalid("the signature is no key's") from error
    return address_from_bytes(key.to_canonical_address())


def _numbers(signature: str) -> tuple[int, int, int | None]:
    """r, s and the parity of a signature; no parity where its last byte is none."""
    found = _SIGNATURE.fullmatch(signature)
    if found is None:
        raise SignatureInvalid("a signature is 130 hexadecimal digits, or 128 in the compact form")
    raw = bytes.fromhex(found[1])
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:64])
    if len(raw) == 64:
        return r, s & _BELOW_PARITY, s >> 255
    return r, s, _PARITIES.get(raw[64])
