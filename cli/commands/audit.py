"""`spacegarden audit`."""

import json
from collections.abc import Mapping
from typing import Any

import click

from cli.api import Part
from cli.parameters import Name
from cli.session import Command, Session, list_options

_COLUMNS = ("at", "actor", "action", "target", "changes")


@click.command(cls=Command)
@click.argument("origin", type=Name())
@click.option("--who", metavar="ACTOR", help="Those by one actor, such as key:k3v9q2m4x8t1, or one kind, such as key.")
@click.option("--what", metavar="TEXT", help="Those whose action begins so, such as mission.update; or of this target.")
@click.option("--since", metavar="TIME", help="Those from this time on: ISO 8601, or a day in UTC.")
@click.option("--until", metavar="TIME", help="Those before this time, or up to this day and with it.")
@list_options
@click.pass_obj
def audit(session: Session, /, *, origin: str, part: Part, **filters: str | None) -> None:
    """Show the changes of a partner's data and who made them, newest first."""
    session.show_entries(origin, "audit", cursor="id", part=part, columns=_COLUMNS, readable=_readable, **filters)


def _readable(entry: Mapping[str, Any]) -> dict[str, str]:
    """The changed fields of an update; none for a creation or removal."""
    before, after = entry["before"], entry["after"]
    if before is None or after is None:
        return {"changes": ""}
    moved = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    changes = "; ".join(f"{name}: {_short(before.get(name))} -> {_short(after.get(name))}" for name in moved)
    return {"changes": changes}


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
