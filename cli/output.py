"""Output of the commands: the API's JSON, or fields and tables.

A secret is shown only once, so an answer must be printed on any terminal: characters outside its encoding are escaped,
and if standard output fails, the answer goes to standard error. In a terminal a table fits the window and times are
relative; a pipe or a file gets whole texts and exact times.
"""

import io
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import click

from cli.api import ApiError, Refused
from cli.moments import relative
from cli.tables import table


class NotPrinted(Exception):
    """Standard output failed; the answer was printed to standard error."""


class ReaderGone(NotPrinted):
    """The reader of standard output has gone, as `head` does. Nothing is printed about it."""


def prepare_streams() -> None:
    """Escapes characters outside a stream's encoding instead of failing.

    A closed stream is opened on /dev/null, or a socket would get its file number. Input is then empty, a write to
    standard output fails, and standard error is discarded.
    """
    if sys.stdin is None:
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY))
    if sys.stdout is None:
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_RDONLY), "w")
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def show(
    value: Mapping[str, Any], *, as_json: bool, summary: str = "", readable: Mapping[str, Any] | None = None
) -> None:
    """Prints one object: the sentence `summary`, then its fields; `readable` replaces values that need words.

    An object in a field is printed as fields below it, further in.
    """
    if as_json:
        _print_json(value)
        return
    lines = _fields({**value, **(readable or {})}, indent="  ")
    _print("\n".join([summary, *lines] if summary else lines))


def show_list(
    answer: Mapping[str, Any],
    *,
    as_json: bool,
    columns: Sequence[str],
    readable: Sequence[Mapping[str, Any]] | None = None,
) -> None:
    """Prints a list object as a table of some fields; a note on stderr says if there are none, or more entries."""
    if as_json:
        _print_json(answer, is_list=True)
        return
    rows = answer["data"] if readable is None else readable
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    _print(table(columns, [[_cell(row.get(column)) for column in columns] for row in rows], width=width), is_list=True)
    if not rows:
        click.echo("There are none.", err=True)
    if answer["has_more"]:
        click.echo("There are more: see --all, --limit and --after.", err=True)


def show_body(value: Any) -> None:
    """Prints a JSON value below the fields of its object."""
    _print_json(value)


def show_line(value: Any) -> None:
    """Prints a JSON value on a line of its own, for programs that read line by line."""
    _print(json.dumps(value), is_list=True)


def say(text: str) -> None:
    """Prints a line at once, without terminal control characters."""
    _print(_text(text), is_list=True)


def say_shown_once(what: str, *, as_json: bool) -> None:
    """Says that what was just printed is to be kept; with `--json` on standard error."""
    click.echo(f"Keep the {what} now: it will not be shown again.", err=as_json)


@contextmanager
def progress(length: int, label: str) -> Iterator[Any]:
    """A bar on standard error, whose `update` counts up to `length`; hidden where that is no terminal."""
    with click.progressbar(length=length, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        yield bar


def print_error(error: ApiError, *, as_json: bool, advice: str) -> None:
    """Prints to stderr why the platform refused or was not reached; as JSON with `--json`.

    `advice` follows the refusal of a credential.
    """
    if as_json:
        body = error.body if isinstance(error, Refused) else {"error": {"code": "UNREACHABLE", "message": str(error)}}
        click.echo(_json(body, sys.stderr.encoding), err=True)
        return
    click.echo(f"Error: {_text(str(error))}", err=True)
    if isinstance(error, Refused) and error.status in (401, 403) and advice:
        click.echo(advice, err=True)


def _print_json(value: Any, *, is_list: bool = False) -> None:
    _print(_json(value, sys.stdout.encoding), is_list=is_list)


def _json(value: Any, encoding: str | None) -> str:
    """JSON with escapes for characters outside the stream's encoding."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    try:
        text.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return json.dumps(value, indent=2)
    return text


def _print(text: str, *, is_list: bool = False) -> None:
    """Prints a text, or to standard error if that fails. A list whose reader has gone is dropped: it holds no secret.

    Raises `NotPrinted` or `ReaderGone`.
    """
    try:
        click.echo(text)
        sys.stdout.flush()
    except OSError as error:
        if not (is_list and isinstance(error, BrokenPipeError)):
            click.echo(text, err=True)
            raise handle_print_failure("The answer above", error) from error
        _give_output_up()
        raise ReaderGone from error


def handle_print_failure(what: str, error: OSError) -> NotPrinted:
    """Gives standard output up; returns the exception that says why."""
    _give_output_up()
    return NotPrinted(f"{what} could not be written to standard output: {error.strerror or type(error).__name__}.")


def _give_output_up() -> None:
    """Points standard output to /dev/null: flushing what is left in its buffer would fail again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fields(value: Mapping[str, Any], *, indent: str) -> Iterator[str]:
    names = {name: _text(name) for name in value}
    width = max(map(len, names.values()), default=0)
    for name, field in value.items():
        if isinstance(field, Mapping) and field:
            yield f"{indent}{names[name]}"
            yield from _fields(field, indent=f"{indent}  ")
        else:
            yield f"{indent}{names[name]:<{width}}  {_with_age(field)}"


def _cell(value: Any) -> str:
    """A value of a table: in a terminal a time is relative."""
    return _age(value) or _text(value)


def _with_age(value: Any) -> str:
    """A value of an object: in a terminal a time has its age behind it."""
    age = _age(value)
    return f"{_text(value)} ({age})" if age else _text(value)


def _age(value: Any) -> str | None:
    """A time as it is told in a terminal; None for other values, and where there is no terminal."""
    return relative(value, at=datetime.now(UTC)) if sys.stdout.isatty() else None


def _text(value: Any) -> str:
    """A value on one line, without terminal control characters."""
    if value is None or value in ("", [], {}):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in text
    )
