"""`spacegarden key`."""

from collections.abc import Mapping
from typing import Any

import click

from cli import output
from cli.parameters import Name
from cli.session import Group, Session, confirm, entries_wanted, list_options

_COLUMNS = ("id", "name", "prefix", "scopes", "revoked", "created_at", "last_used_at")
SCOPES = ("gardenlab", "dreamspace", "webhooks", "missions", "spaces")


@click.group(cls=Group)
def key() -> None:
    """Manage a partner's API keys."""


@key.command()
@click.argument("origin", type=Name())
@click.option("--name", help="What the key is for.  [default]")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(SCOPES),
    help="What the key opens; may be repeated.  [all of them]",
)
@click.pass_obj
def create(session: Session, /, *, origin: str, name: str | None, scopes: tuple[str, ...]) -> None:
    """Create an API key and show it once."""
    body: dict[str, Any] = {"name": name} if name is not None else {}
    if scopes:
        body["scopes"] = list(scopes)
    created = session.api.call("POST", origin, "keys", body=body)
    output.show(
        created, as_json=session.as_json, summary=f"Created an API key of {origin}.", readable=_with_scopes(created)
    )
    output.say_shown_once("key", as_json=session.as_json)


@key.command("list")
@click.argument("origin", type=Name())
@list_options
@click.pass_obj
def list_all(session: Session, /, *, origin: str, limit: int | None, everything: bool, after: str | None) -> None:
    """List a partner's keys, newest first, without their secrets."""
    wanted = entries_wanted(limit=limit, everything=everything)
    answer = session.api.read_list(origin, "keys", cursor="id", limit=wanted, after=after)
    readable = [{**row, **_with_scopes(row)} for row in answer["data"]]
    output.show_list(answer, as_json=session.as_json, columns=_COLUMNS, readable=readable)


@key.command()
@click.argument("origin", type=Name())
@click.argument("key_id", metavar="ID", type=Name())
@click.pass_obj
def show(session: Session, /, *, origin: str, key_id: str) -> None:
    """Show a key without its secret."""
    found = session.api.call("GET", origin, "keys", key_id)
    output.show(found, as_json=session.as_json, readable=_with_scopes(found))


@key.command()
@click.argument("origin", type=Name())
@click.argument("key_id", metavar="ID", type=Name())
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def revoke(session: Session, /, *, origin: str, key_id: str, yes: bool) -> None:
    """Revoke a key for good; it is refused within 60 seconds."""
    confirm(f"Revoke the key {key_id} of {origin} for good?", yes=yes)
    revoked = session.api.call("DELETE", origin, "keys", key_id)
    output.show(
        revoked,
        as_json=session.as_json,
        summary=f"Revoked the key {key_id}; within 60 seconds nothing accepts it any more.",
        readable=_with_scopes(revoked),
    )


def _with_scopes(row: Mapping[str, Any]) -> dict[str, str]:
    return {"scopes": ", ".join(row["scopes"]) or "all"}
