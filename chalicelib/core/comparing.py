"""Comparing secrets that callers present. This is the one place that calls `hmac.compare_digest`."""

import hmac


def is_same_secret(known: str, given: str) -> bool:
    """Whether two texts are equal, compared in constant time.

    `compare_digest` raises for text that is not ASCII, and what callers present may be any text; so bytes are compared.
    """
    return hmac.compare_digest(_bytes(known), _bytes(given))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
