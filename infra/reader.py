"""The end of a command whose output is read no further, as by `head`."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_READER_GONE: Final = 141  # as a shell says it of a program that SIGPIPE ended


@contextmanager
def ended_with_reader() -> Iterator[None]:
    """Ends the process without a word where standard output has no reader any more."""
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # Flushing what is left in the buffer would fail again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(_READER_GONE)
