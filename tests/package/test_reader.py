"""Commands whose output is read no further, as by `head`, end without a word."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_LINES = """
from infra.reader import ended_with_reader
with ended_with_reader():
    while True:
        print("a line", flush=True)
"""


@pytest.mark.parametrize("words", [["-m", "infra.mend_emails"], ["-c", _LINES]], ids=["command", "line by line"])
def test_command_ends_quietly_where_nobody_reads(words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        command = [sys.executable, *words]
        done = subprocess.run(command, cwd=_ROOT, timeout=300, check=False, stdout=writing, stderr=subprocess.PIPE)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_every_command_that_people_call_does() -> None:
    commands = {path.name: path.read_text() for path in (_ROOT / "infra").glob("*.py")}
    ends = {name: text.partition('if __name__ == "__main__":')[2] for name, text in commands.items()}
    assert [name for name, end in ends.items() if end and "with ended_with_reader():" not in end] == []
