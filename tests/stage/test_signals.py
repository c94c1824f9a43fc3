"""A signal takes a stage down in order, and is told by the exit status."""

import signal
import subprocess
import sys

import pytest

from infra import ROOT

# Stands in for a stage that is up: something to take down, and a command that runs in it.
_PROGRAM = """
import os, sys
from contextlib import ExitStack
from stage.signals import exit_on_signals, run_command
exit_on_signals()
with ExitStack() as up:
    up.callback(print, "taken down", flush=True)
    sys.exit(run_command([sys.executable, "-c", sys.argv[1]], os.environ))
"""
_FINISHES = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (print("command ended", flush=True), sys.exit(0)))
print('running', flush=True)
time.sleep(600)
"""


def _run(command: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_command_then_the_stage_and_is_told_by_the_status(number: signal.Signals) -> None:
    with _run(_FINISHES) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "running\n"
        running.send_signal(number)
        running.send_signal(number)  # as `timeout` does, to the process and to its group
        assert running.stdout.read() == "command ended\ntaken down\n"
    assert running.returncode == 128 + number


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("pass", 0),
        ("raise SystemExit(3)", 3),
        ("import os; os.kill(os.getpid(), 15)", 128 + signal.SIGTERM),
        ("import os; os.kill(os.getpid(), 9)", 128 + signal.SIGKILL),
    ],
)
def test_the_commands_end_is_told_by_the_status(command: str, status: int) -> None:
    with _run(command) as running:
        assert running.communicate()[0] == "taken down\n"
    assert running.returncode == status
