"""`spacegarden oauth-grant`."""

from collections.abc import Mapping
from typing import Any

import click

from cli import output
from cli.parameters import Name
from cli.session import Group, Session, confirm, entries_wanted, list_options

_COLUMNS = ("id", "name", "client_id", "scopes", "key_id", "created_at", "last_used_at", "expires_at")


@click.group("oauth-grant", cls=Group)
def oauth_grant() -> None:
    """Manage the access that a partner gave to OAuth applications."""


@oauth_grant.command("list")
@click.argument("origin", type=Name())
@list_options
@click.pass_obj
def list_all(session: Session, /, *, origin: str, limit: int | None, everything: bool, after: str | None) -> None:
    """List a partner's active grants, newest first."""
    wanted = entries_wanted(limit=limit, everything=everything)
    answer = session.api.read_list(origin, "oauth_grants", cursor="id", limit=wanted, after=after)
    readable = [{**row, **_readable(row)} for row in answer["data"]]
    output.show_list(answer, as_json=session.as_json, columns=_COLUMNS, readable=readable)


@oauth_grant.command()
@click.argument("origin", type=Name())
@click.argument("grant_id", metavar="ID", type=Name())
@click.pass_obj
def show(session: Session, /, *, origin: str, grant_id: str) -> None:
    """Show a grant."""
    found = session.api.call("GET", origin, "oauth_grants", grant_id)
    output.show(found, as_json=session.as_json, readable=_readable(found))


@oauth_grant.command()
@click.argument("origin", type=Name())
@click.argument("grant_id", metavar="ID", type=Name())
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def end(session: Session, /, *, origin: str, grant_id: str, yes: bool) -> None:
    """Revoke a grant for good; its tokens are refused within 60 seconds."""
    confirm(f"End the grant {grant_id} of {origin} for good?", yes=yes)
    ended = session.api.call("DELETE", origin, "oauth_grants", grant_id)
    summary = f"Ended the grant {grant_id}; within 60 seconds nothing accepts its tokens any more."
    output.show(ended, as_json=session.as_json, summary=summary, readable=_readable(ended))


def _readable(row: Mapping[str, Any]) -> dict[str, str]:
    return {"scopes": ", ".join(row["scopes"])}
