"""Tables and times, as terminals of several widths and as pipes get them."""

import os
import pty
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.moments import relative
from cli.tables import table
from tests.cli.shell import Shell
from tests.platform import Partner

_ROOT = Path(__file__).resolve().parents[2]
_AT = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
_COLUMNS = ("id", "name", "url")
_ROWS = [("0123456789", "short", "https://example.com/a/long/address"), ("1", "a name of some length", "-")]


@pytest.mark.parametrize("width", [40, 50, 60, 200])
def test_a_table_fits_its_width_and_keeps_the_first_column(width: int) -> None:
    lines = table(_COLUMNS, _ROWS, width=width).splitlines()
    assert max(map(len, lines)) <= width
    assert lines[1].startswith("0123456789  ")


def test_a_pipe_gets_every_text_whole() -> None:
    assert "https://example.com/a/long/address" in table(_COLUMNS, _ROWS, width=None)


def test_where_a_table_does_not_fit_each_row_is_a_paragraph() -> None:
    assert table(_COLUMNS, _ROWS, width=20).splitlines()[:4] == [
        "ID    0123456789",
        "NAME  short",
        "URL   https://example.com/a/long/address",
        "",
    ]


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=0), "now"),
        (timedelta(seconds=1), "1 second ago"),
        (timedelta(minutes=3, seconds=59), "3 minutes ago"),
        (timedelta(hours=-2), "in 2 hours"),
        (timedelta(days=59), "59 days ago"),
        (timedelta(days=400), "2025-10-26"),
    ],
)
def test_times_are_relative(age: timedelta, words: str) -> None:
    assert relative((_AT - age).isoformat(), at=_AT) == words
    assert relative((_AT - age).isoformat().replace("+00:00", "Z"), at=_AT) == words


@pytest.mark.parametrize("value", ["2026-11-30", "2026-13-30T00:00:00Z", "ada", 7, None])
def test_what_is_no_time_stays(value: object) -> None:
    assert relative(value, at=_AT) is None


def test_a_terminal_gets_relative_times_and_no_line_too_long(server_url: str, partner: Partner) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "cli", "key", "list", partner.origin]
    environment = {**os.environ, "SPACEGARDEN_URL": server_url, "COLUMNS": "90"}
    running = subprocess.Popen(command, cwd=_ROOT, env=environment, stdout=theirs, stderr=subprocess.STDOUT)
    os.close(theirs)
    said = b""
    while chunk := _read(ours):
        said += chunk
    assert running.wait(timeout=300) == 0
    lines = said.decode().splitlines()
    assert max(map(len, lines)) <= 90
    assert "ago" in lines[1] or "now" in lines[1]


def test_a_pipe_gets_exact_times(shell: Shell, partner: Partner) -> None:
    [row] = shell.json("key", "list", partner.origin)["data"]
    assert row["created_at"] in shell.say("key", "list", partner.origin)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux's way of saying that the other side has gone
        return b""
