"""EVM addresses in their checksummed form (EIP-55).

API routes import this module, so it loads nothing but the standard library; the hash library is loaded by the
first hash.
"""

import re
from functools import lru_cache
from typing import Final

ZERO_ADDRESS: Final = "0x" + "0" * 40

_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{40}")


class InvalidAddress(ValueError):
    """The text is not an EVM address, or its mixed-case digits fail EIP-55."""


def keccak256(data: bytes) -> bytes:
    """The Keccak-256 hash that Ethereum uses (not NIST's SHA3-256): 32 bytes."""
    from Crypto.Hash import keccak

    return keccak.new(digest_bits=256, data=data).digest()


@lru_cache(maxsize=4096)
def checksum_address(text: str) -> str:
    """`text` in EIP-55 form: `0x` and 40 hex digits, no blanks around them.

    Digits that are all lower or all upper case carry no checksum and are accepted; mixed ones must pass
    EIP-55. Raises `InvalidAddress`.
    """
    if _ADDRESS.fullmatch(text) is None:
        raise InvalidAddress("an address is 0x and 40 hexadecimal digits")
    digits = text[2:]
    checksummed = address_from_bytes(bytes.fromhex(digits))
    if digits not in (digits.lower(), digits.upper()) and text != checksummed:
        raise InvalidAddress("the capital letters of the address fail its checksum (EIP-55)")
    return checksummed


def address_from_bytes(address: bytes) -> str:
    """The EIP-55 form of the 20 bytes of an address."""
    if len(address) != 20:
        raise InvalidAddress("an address has 20 bytes")
    digits = address.hex()
    hashed = keccak256(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if nibble >= "8" else digit for digit, nibble in zip(digits, hashed, strict=False)
    )
