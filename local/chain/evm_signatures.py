"""Remembers the sender of each signed transaction.

The node, its mempool and its receipts each ask for the sender of the same transaction, and eth-keys computes it in
Python each time, which takes several milliseconds.
"""

from functools import lru_cache
from typing import Any

_REMEMBERED = 1024


def remember_signers() -> None:
    """Makes eth-keys use again what it has computed before. Called once a process."""
    from eth_keys.backends.native import main

    module: Any = main
    if not hasattr(module.ecdsa_raw_recover, "cache_info"):
        module.ecdsa_raw_recover = lru_cache(maxsize=_REMEMBERED)(module.ecdsa_raw_recover)
