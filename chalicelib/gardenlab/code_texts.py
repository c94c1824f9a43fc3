"""The texts of codes: random letters and a signature, so that forged codes are refused without a request.

The signing key belongs to the stage. It is stored encrypted, created on first use, and decrypted once per process.
"""

import base64
import hmac
import re
import secrets
from functools import lru_cache

from chalicelib.core import sealing
from chalicelib.core.comparing import is_same_secret
from chalicelib.core.ids import random_token
from chalicelib.gardenlab.repository import codes as repository

_CONTEXT = {"purpose": "codes of interactions"}
_ID_LENGTH, _SIGNATURE_LENGTH = 16, 16
_TEXT = re.compile(rf"([a-z0-9]{{{_ID_LENGTH}}})([a-z2-7]{{{_SIGNATURE_LENGTH}}})", re.ASCII)


def new_public_id() -> str:
    """80 random bits that name a code."""
    return random_token(_ID_LENGTH)


def text_of(public_id: str) -> str:
    """The text in the code's address."""
    return public_id + _signature(public_id)


def public_id_of(text: str) -> str | None:
    """The public id in a text; None without a valid signature."""
    match = _TEXT.fullmatch(text)
    if match is None or not is_same_secret(_signature(match[1]), match[2]):
        return None
    return match[1]


def _signature(public_id: str) -> str:
    signed = hmac.new(_key(), f"code:{public_id}".encode(), "sha256").digest()
    return base64.b32encode(signed).decode().lower()[:_SIGNATURE_LENGTH]


@lru_cache(maxsize=1)
def _key() -> bytes:
    sealed = repository.find_key()
    if sealed is None:
        fresh = sealing.seal(secrets.token_hex(32), context=_CONTEXT)
        sealed = fresh if repository.keep_key(fresh) else repository.find_key()
    return bytes.fromhex(sealing.unseal(sealed or "", context=_CONTEXT))
