"""`spacegarden key`."""

from collections.abc import Mapping
from typing import Any

import click

from cli.api import Part
from cli.parameters import Name
from cli.session import Group, Session, confirmed, list_options

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
    session.show(created, summary=f"Created an API key of {origin}.", readable=_with_scopes(created))
    session.say_shown_once("key")


@key.command("list")
@click.argument("origin", type=Name())
@list_options
@click.pass_obj
def list_all(session: Session, /, *, origin: str, part: Part) -> None:
    """List a partner's keys, newest first, without their secrets."""
    session.show_entries(origin, "keys", cursor="id", part=part, columns=_COLUMNS, readable=_with_scopes)


@key.command()
@click.argument("origin", type=Name())
@click.argument("key_id", metavar="ID", type=Name())
@click.pass_obj
def show(session: Session, /, *, origin: str, key_id: str) -> None:
    """Show a key without its secret."""
    found = session.api.call("GET", origin, "keys", key_id)
    session.show(found, readable=_with_scopes(found))


@key.command()
@click.argument("origin", type=Name())
@click.argument("key_id", metavar="ID", type=Name())
@confirmed("Revoke the key {key_id} of {origin} for good?")
@click.pass_obj
def revoke(session: Session, /, *, origin: str, key_id: str) -> None:
    """Revoke a key for good; it is refused within 60 seconds."""
    revoked = session.api.call("DELETE", origin, "keys", key_id)
    session.show(
        revoked,
        summary=f"Revoked the key {key_id}; within 60 seconds nothing accepts it any more.",
        readable=_with_scopes(revoked),
    )


def _with_scopes(row: Mapping[str, Any]) -> dict[str, str]:
    return {"scopes": ", ".join(row["scopes"]) or "all"}
