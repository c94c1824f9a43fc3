"""How a signal ends a stage: everything is shut down in order, and the exit status names the signal."""

import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
# A command that does not end by a signal is killed after this.
_STOP_SECONDS = 20.0


def exit_on_signals() -> None:
    """Lets SIGINT and SIGTERM raise `SystemExit` with 128 and their number; those that follow change nothing."""
    for each in _SIGNALS:
        signal.signal(each, _exit)


def _exit(number: int, frame: FrameType | None) -> None:
    del frame
    # `timeout` and terminals also signal the whole process group, which must not interrupt the shutdown.
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    sys.exit(128 + number)


def run_command(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Runs a command; gives its status, or 128 and the number of the signal that ended it.

    Where a signal ends this process, the command is ended first.
    """
    with subprocess.Popen(command, env=environment) as process:
        try:
            status = process.wait()
        except SystemExit:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
            raise
    return status if status >= 0 else 128 - status
