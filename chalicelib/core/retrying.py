"""Optimistic retries: read, decide, write on the condition that nothing moved, and again."""

import random
import time
from collections.abc import Iterator

from chalicelib.core.errors import ServerError

_PATIENCE_SECONDS = 20.0
_LONGEST_PAUSE = 0.25


def attempts(what: str) -> Iterator[int]:
    """Numbers the tries from 0, with growing random pauses between them.

    Raises `ServerError` after 20 s, well within the gateway's 29 s: contention that long is a fault of ours.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    number = 0
    while time.monotonic() < deadline:
        yield number
        time.sleep(random.uniform(0, min(_LONGEST_PAUSE, 0.005 * 2 ** min(number, 6))))
        number += 1
    raise ServerError(f"{what} kept changing under concurrent calls")
