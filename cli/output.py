"""What the commands print: the API's JSON as it is, or fields and tables to read."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click

from cli.api import Refused


def show(value: Mapping[str, Any], *, as_json: bool, said: str = "", readable: Mapping[str, Any] | None = None) -> None:
    """One object: its fields below the sentence `said`; `readable` replaces fields where their value needs words."""
    if as_json:
        _print_json(value)
        return
    fields = {**value, **(readable or {})}
    width = max(map(len, fields), default=0)
    lines = [f"  {name:<{width}}  {_text(field)}" for name, field in fields.items()]
    click.echo("\n".join([said, *lines] if said else lines))


def show_list(
    answer: Mapping[str, Any],
    *,
    as_json: bool,
    columns: Sequence[str],
    readable: Sequence[Mapping[str, Any]] | None = None,
) -> None:
    """A list object as a table of some fields; says on stderr where entries are left out."""
    if as_json:
        _print_json(answer)
        return
    rows = answer["data"] if readable is None else readable
    click.echo(_table(columns, [[_text(row.get(column)) for column in columns] for row in rows]))
    if answer["has_more"]:
        click.echo("There are more: see --all, --limit and --after.", err=True)


def complain(refusal: Refused, *, as_json: bool) -> None:
    """Says on stderr why the platform refused; as its own JSON answer where that is the form."""
    if as_json:
        click.echo(json.dumps(refusal.body, ensure_ascii=False, indent=2), err=True)
        return
    click.echo(f"Error: {_text(str(refusal))}", err=True)
    if refusal.status == 401:
        click.echo("Give the platform's admin key with SPACEGARDEN_ADMIN_KEY or --admin-key.", err=True)


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [[column.upper() for column in columns], *rows]
    widths = [max(len(line[position]) for line in lines) for position in range(len(columns))]
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _text(value: Any) -> str:
    """A value on one line, without anything that a terminal would obey."""
    if value is None or value in ("", []):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii") for letter in text
    )
