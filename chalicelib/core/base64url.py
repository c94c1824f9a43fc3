"""Base64url without padding (RFC 7515 § 2), for JWTs and cursors: each content has exactly one text."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

_ALPHABET = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


def encode(content: bytes) -> str:
    """The content as text."""
    return urlsafe_b64encode(content).decode().rstrip("=")


def decode(text: str) -> bytes:
    """The content of a text. Raises `ValueError` for one that `encode` would not write: padding, stray bits."""
    if not _ALPHABET.fullmatch(text):
        raise ValueError("is not base64url without padding")
    content = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode(content) != text:
        raise ValueError("has bits that are of no content")
    return content
