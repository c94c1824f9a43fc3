"""Who signed what, worked out once.

A node, its mempool and its receipts each ask for the sender of the same transaction, and eth-keys computes it in Python
each time, several milliseconds long.
"""

from functools import lru_cache
from typing import Any

_REMEMBERED = 1024


def remember_signers() -> None:
    """Lets eth-keys look up what it has computed before; once a process."""
    from eth_keys.backends.native import main

    module: Any = main
    if not hasattr(module.ecdsa_raw_recover, "cache_info"):
        module.ecdsa_raw_recover = lru_cache(maxsize=_REMEMBERED)(module.ecdsa_raw_recover)
