"""Values that lie encrypted in a table and are read often: sealed here by a data key, which KMS encrypts.

A process that seals makes one data key an hour and has KMS encrypt it. Each data key of what it opens, its own too, KMS
decrypts once an hour. So what is read a thousand times costs one call. A value is bound to a context, such as the row
that holds it: copied into another row, it cannot be opened.

A sealed value is: version 1, length of the wrapped key (2 bytes), wrapped key, nonce (12), tag (16), ciphertext of the
JSON text by AES-256-GCM (NIST SP 800-38D).
"""

import json
import secrets
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from chalicelib.core import aws
from chalicelib.core.cache import TtlCache
from chalicelib.core.sealing import key_alias

KEY_SECONDS: Final = 3600.0
_VERSION: Final = 1
_KEY_BYTES, _NONCE_BYTES, _TAG_BYTES = 32, 12, 16
_HEAD_BYTES = 3
_CONTEXT: Final = {"purpose": "data key"}
_OWN: Final = "own"


class EnvelopeUnreadable(Exception):
    """The bytes are no sealed value, were changed, or belong to another context."""


class _DataKey(NamedTuple):
    """A key, and the same key encrypted by KMS."""

    key: bytes
    wrapped: bytes


_own: TtlCache[str, _DataKey] = TtlCache(seconds=KEY_SECONDS, max_entries=1)
_opened: TtlCache[bytes, bytes] = TtlCache(seconds=KEY_SECONDS)


def seal(value: Any, *, context: Mapping[str, str]) -> bytes:
    """A JSON value as ciphertext; at most one request an hour."""
    data_key = _own.get(_OWN, _fresh_key)
    assert data_key is not None
    nonce = secrets.token_bytes(_NONCE_BYTES)
    cipher = _cipher(data_key.key, nonce, context)
    ciphertext, tag = cipher.encrypt_and_digest(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
    head = bytes([_VERSION]) + len(data_key.wrapped).to_bytes(2, "big")
    return b"".join((head, data_key.wrapped, nonce, tag, ciphertext))


def unseal(sealed: bytes, *, context: Mapping[str, str]) -> Any:
    """The value again; no request for a data key that was opened in the last hour. Raises `EnvelopeUnreadable`."""
    length = int.from_bytes(sealed[1:_HEAD_BYTES], "big")
    rest = sealed[_HEAD_BYTES + length :]
    if sealed[:1] != bytes([_VERSION]) or len(rest) < _NONCE_BYTES + _TAG_BYTES:
        raise EnvelopeUnreadable("not a sealed value")
    wrapped, nonce = sealed[_HEAD_BYTES : _HEAD_BYTES + length], rest[:_NONCE_BYTES]
    key = _opened.get(wrapped, lambda: _unwrapped(wrapped))
    assert key is not None
    tag, ciphertext = rest[_NONCE_BYTES : _NONCE_BYTES + _TAG_BYTES], rest[_NONCE_BYTES + _TAG_BYTES :]
    try:
        return json.loads(_cipher(key, nonce, context).decrypt_and_verify(ciphertext, tag))
    except ValueError as error:
        raise EnvelopeUnreadable("changed, or of another context") from error


def forget_keys() -> None:
    """Drops all data keys, so that the next call asks KMS."""
    _own.clear()
    _opened.clear()


def _fresh_key() -> _DataKey:
    key = secrets.token_bytes(_KEY_BYTES)
    answer = aws.client("kms").encrypt(KeyId=key_alias(), Plaintext=key, EncryptionContext=_CONTEXT)
    return _DataKey(key, bytes(answer["CiphertextBlob"]))


def _unwrapped(wrapped: bytes) -> bytes:
    answer = aws.client("kms").decrypt(CiphertextBlob=wrapped, EncryptionContext=_CONTEXT)
    return bytes(answer["Plaintext"])


def _cipher(key: bytes, nonce: bytes, context: Mapping[str, str]) -> Any:
    from Crypto.Cipher import AES  # loads with the first sealed value

    cipher = AES.new(key, AES.MODE_GCM, nonce=nonce)
    cipher.update(json.dumps(context, sort_keys=True).encode())
    return cipher
