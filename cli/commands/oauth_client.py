"""`spacegarden oauth-client`."""

from collections.abc import Mapping
from typing import Any

import click

from cli.api import Part
from cli.parameters import Name
from cli.session import Group, Session, changes_given, confirmed, list_options

_COLUMNS = ("client_id", "name", "scopes", "confidential", "redirect_uris", "created_at")
_GRACE = click.IntRange(0, 60)
_GRACE_HELP = "Seconds in which a used refresh token gets the same successor again."
SCOPES = ("read_only", "read_write", "missions")
_SCOPE = click.Choice(SCOPES)


@click.group("oauth-client", cls=Group)
def oauth_client() -> None:
    """Manage a partner's OAuth applications."""


@oauth_client.command()
@click.argument("origin", type=Name())
@click.option("--name", required=True, help="What accounts are shown when they are asked.")
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="Where codes may go; may be repeated.")
@click.option("--scope", "scopes", multiple=True, type=_SCOPE, help="May be repeated.  [read_only]")
@click.option("--public", is_flag=True, help="Without a secret: an application that cannot keep one.")
@click.option("--refresh-grace", "grace", type=_GRACE, help=f"{_GRACE_HELP}  [0]")
@click.pass_obj
def create(
    session: Session,
    /,
    *,
    origin: str,
    name: str,
    redirect_uris: tuple[str, ...],
    scopes: tuple[str, ...],
    public: bool,
    grace: int | None,
) -> None:
    """Register an application and show its secret once."""
    body: dict[str, Any] = {"name": name, "redirect_uris": list(redirect_uris), "confidential": not public}
    if scopes:
        body["scopes"] = list(scopes)
    if grace is not None:
        body["refresh_grace_seconds"] = grace
    created = session.api.call("POST", origin, "oauth_clients", body=body)
    summary = f"Registered an OAuth application of {origin}."
    session.show(created, summary=summary, readable=_readable(created))
    if not public:
        session.say_shown_once("secret")


@oauth_client.command("list")
@click.argument("origin", type=Name())
@list_options
@click.pass_obj
def list_all(session: Session, /, *, origin: str, part: Part) -> None:
    """List a partner's applications, newest first, without their secrets."""
    session.show_entries(origin, "oauth_clients", cursor="client_id", part=part, columns=_COLUMNS, readable=_readable)


@oauth_client.command()
@click.argument("origin", type=Name())
@click.argument("client_id", type=Name())
@click.pass_obj
def show(session: Session, /, *, origin: str, client_id: str) -> None:
    """Show an application without its secret."""
    found = session.api.call("GET", origin, "oauth_clients", client_id)
    session.show(found, readable=_readable(found))


@oauth_client.command()
@click.argument("origin", type=Name())
@click.argument("client_id", type=Name())
@click.option("--name", help="What accounts are shown when they are asked.")
@click.option("--redirect-uri", "redirect_uris", multiple=True, help="Replaces all of them; may be repeated.")
@click.option("--scope", "scopes", multiple=True, type=_SCOPE, help="Replaces all of them; may be repeated.")
@click.option("--refresh-grace", "grace", type=_GRACE, help=_GRACE_HELP)
@click.pass_obj
def update(
    session: Session,
    /,
    *,
    origin: str,
    client_id: str,
    name: str | None,
    redirect_uris: tuple[str, ...],
    scopes: tuple[str, ...],
    grace: int | None,
) -> None:
    """Change an application's name, redirect addresses, scopes or grace."""
    given = {
        "name": name,
        "redirect_uris": list(redirect_uris) or None,
        "scopes": list(scopes) or None,
        "refresh_grace_seconds": grace,
    }
    changed = session.api.call("PATCH", origin, "oauth_clients", client_id, body=changes_given(given))
    session.show(changed, summary=f"Changed {client_id}.", readable=_readable(changed))


@oauth_client.command()
@click.argument("origin", type=Name())
@click.argument("client_id", type=Name())
@confirmed("Delete the OAuth application {client_id} of {origin} for good?")
@click.pass_obj
def delete(session: Session, /, *, origin: str, client_id: str) -> None:
    """Delete an application; its tokens are refused within 60 seconds."""
    deleted = session.api.call("DELETE", origin, "oauth_clients", client_id)
    summary = f"Deleted {client_id}; within 60 seconds nothing accepts its tokens any more."
    session.show(deleted, summary=summary, readable=_readable(deleted))


def _readable(row: Mapping[str, Any]) -> dict[str, str]:
    return {"scopes": ", ".join(row["scopes"]), "redirect_uris": ", ".join(row["redirect_uris"])}
