"""Identifiers: random, time-ordered, and digests that are safe in keys."""

import hashlib
import secrets
from datetime import datetime
from threading import Lock

from chalicelib.core.clock import epoch_millis, now

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: its byte order is its value order
TIME_LENGTH, _ID_LENGTH = 9, 20
_RANDOM_LENGTH, _RANDOM_BITS, _DIGEST_BITS = 11, 55, 160
# Within a millisecond an id lies above the one before it by a random step of so many bits.
_STEP_BITS = 24
# The prefixes of the ids that our requests to partners carry as `webhook-id`.
EVENT_PREFIX = "evt_"
EVIDENCE_PREFIX = "evd_"
_LETTERS = "0123456789abcdefghijkmnpqrstuvwxyz"
_in_hand = Lock()
_newest = (0, 0)


def _base32(value: int, length: int) -> str:
    digits = []
    for _ in range(length):
        value, digit = divmod(value, 32)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def sortable_id(prefix: str = "", *, at: datetime | None = None) -> str:
    """`prefix` and 20 characters that sort by creation: 9 of time in milliseconds, 11 (55 bits) random.

    Ids that one process makes within a millisecond sort by creation too: each adds a random step to the one before.
    """
    global _newest
    moment = at or now()
    millis, bits = epoch_millis(moment), secrets.randbits(_RANDOM_BITS)
    with _in_hand:
        before, least = _newest
        higher = least + 1 + (bits >> (_RANDOM_BITS - _STEP_BITS))
        if millis == before and higher < 1 << _RANDOM_BITS:
            bits = higher
        _newest = millis, bits
    return _id(prefix, moment, bits)


def derived_id(prefix: str, *parts: str, at: datetime) -> str:
    """As `sortable_id`, but the same for the same parts each time: 55 bits of their digest in place of random ones."""
    return _id(prefix, at, int(digest(*parts), 16) >> (_DIGEST_BITS - _RANDOM_BITS))


def _id(prefix: str, at: datetime, bits: int) -> str:
    return prefix + _base32(epoch_millis(at), TIME_LENGTH) + _base32(bits, _RANDOM_LENGTH)


def is_sortable_id(text: str) -> bool:
    """Whether a text has the form of a sortable id without a prefix."""
    return len(text) == _ID_LENGTH and set(text) <= set(_ALPHABET)


def millis_of(position: str) -> int:
    """When a sortable id (without its prefix) was made, in epoch milliseconds."""
    millis = 0
    for letter in position[:TIME_LENGTH]:
        millis = millis * 32 + _ALPHABET.index(letter)
    return millis


def first_position(millis: int) -> str:
    """What the sortable ids of that millisecond begin with: it sorts before all of them, and after all older ones."""
    return _base32(min(max(millis, 0), 32**TIME_LENGTH - 1), TIME_LENGTH)


def random_token(length: int) -> str:
    """`length` characters of a 34-letter alphabet, about five bits each, from the system's generator."""
    letters = ""
    while len(letters) < length:
        # The highest bytes are left out: they would make some letters likelier than others.
        fair = (byte for byte in secrets.token_bytes(length) if byte < 256 // len(_LETTERS) * len(_LETTERS))
        letters += "".join(_LETTERS[byte % len(_LETTERS)] for byte in fair)
    return letters[:length]


def digest(*parts: str) -> str:
    """A 160-bit digest of the parts, as 40 hex digits: keys of a fixed size for text of any length.

    Each part is hashed after its length, so that `ab, c` and `a, bc` have different digests.
    """
    hasher = hashlib.sha256()
    for part in parts:
        encoded = part.encode()
        hasher.update(len(encoded).to_bytes(8, "big"))
        hasher.update(encoded)
    return hasher.hexdigest()[:40]
