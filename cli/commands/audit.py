"""`spacegarden audit`."""

import json
from collections.abc import Mapping
from typing import Any

import click

from cli import output
from cli.parameters import Name
from cli.session import Command, Session, entries_wanted, list_options

_COLUMNS = ("at", "actor", "action", "target", "changes")


@click.command(cls=Command)
@click.argument("origin", type=Name())
@list_options
@click.pass_obj
def audit(session: Session, /, *, origin: str, limit: int | None, everything: bool, after: str | None) -> None:
    """Show the changes of a partner's data and who made them, newest first."""
    wanted = entries_wanted(limit=limit, everything=everything)
    answer = session.api.read_list(origin, "audit", cursor="id", limit=wanted, after=after)
    readable = [{**entry, "changes": _changes(entry)} for entry in answer["data"]]
    output.show_list(answer, as_json=session.as_json, columns=_COLUMNS, readable=readable)


def _changes(entry: Mapping[str, Any]) -> str:
    """The changed fields of an update; empty for a creation or removal."""
    before, after = entry["before"], entry["after"]
    if before is None or after is None:
        return ""
    moved = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return "; ".join(f"{name}: {_short(before.get(name))} -> {_short(after.get(name))}" for name in moved)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
