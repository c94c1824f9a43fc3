"""`spacegarden oauth-grant`."""

from collections.abc import Mapping
from typing import Any

import click

from cli.api import Part
from cli.parameters import Name
from cli.session import Group, Session, confirmed, list_options

_COLUMNS = ("id", "name", "client_id", "scopes", "key_id", "created_at", "last_used_at", "expires_at")


@click.group("oauth-grant", cls=Group)
def oauth_grant() -> None:
    """Manage the access that a partner gave to OAuth applications."""


@oauth_grant.command("list")
@click.argument("origin", type=Name())
@list_options
@click.pass_obj
def list_all(session: Session, /, *, origin: str, part: Part) -> None:
    """List a partner's active grants, newest first."""
    session.show_entries(origin, "oauth_grants", cursor="id", part=part, columns=_COLUMNS, readable=_readable)


@oauth_grant.command()
@click.argument("origin", type=Name())
@click.argument("grant_id", metavar="ID", type=Name())
@click.pass_obj
def show(session: Session, /, *, origin: str, grant_id: str) -> None:
    """Show a grant."""
    found = session.api.call("GET", origin, "oauth_grants", grant_id)
    session.show(found, readable=_readable(found))


@oauth_grant.command()
@click.argument("origin", type=Name())
@click.argument("grant_id", metavar="ID", type=Name())
@confirmed("End the grant {grant_id} of {origin} for good?")
@click.pass_obj
def end(session: Session, /, *, origin: str, grant_id: str) -> None:
    """Revoke a grant for good; its tokens are refused within 60 seconds."""
    ended = session.api.call("DELETE", origin, "oauth_grants", grant_id)
    summary = f"Ended the grant {grant_id}; within 60 seconds nothing accepts its tokens any more."
    session.show(ended, summary=summary, readable=_readable(ended))


def _readable(row: Mapping[str, Any]) -> dict[str, str]:
    return {"scopes": ", ".join(row["scopes"])}
