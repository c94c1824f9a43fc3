"""`spacegarden partner`."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from cli.api import Part
from cli.commands.usage import show_usage
from cli.parameters import Name, none_or
from cli.session import Group, Session, changes_given, list_options

F = TypeVar("F", bound=Callable[..., Any])
_COLUMNS = ("origin", "display_name", "contact_email", "created_at")

_budget = click.option(
    "--collection-budget",
    "budget",
    type=click.IntRange(0, 1000),
    help="How many collections it may deploy itself, in the console.  [none]",
)


def _keep(kind: str, what: str) -> Callable[[F], F]:
    """An option that says how many days something is kept."""
    name = f"--keep-{kind.replace('_', '-')}"
    return click.option(name, kind, type=click.IntRange(5, 365), help=f"How many days {what} are kept from now on.")


@click.group(cls=Group)
def partner() -> None:
    """Manage partners."""


@partner.command()
@click.argument("origin", type=Name())
@click.option("--name", "display_name", help="What people call it.  [the origin]")
@click.option("--email", "contact_email", help="Whom to write to.")
@_budget
@click.pass_obj
def create(
    session: Session, /, *, origin: str, display_name: str | None, contact_email: str | None, budget: int | None
) -> None:
    """Create a partner."""
    body: dict[str, Any] = {"origin": origin, "display_name": origin if display_name is None else display_name}
    if contact_email is not None:
        body["contact_email"] = contact_email
    if budget is not None:
        body["collection_budget"] = budget
    session.show(session.api.call("POST", body=body), summary=f"Created the partner {origin}.")


@partner.command("list")
@list_options
@click.pass_obj
def list_all(session: Session, /, *, part: Part) -> None:
    """List partners, newest first."""
    session.show_entries(cursor="origin", part=part, columns=_COLUMNS)


@partner.command()
@click.argument("origin", type=Name())
@click.pass_obj
def show(session: Session, /, *, origin: str) -> None:
    """Show a partner."""
    session.show(session.api.call("GET", origin))


@partner.command()
@click.argument("origin", type=Name())
@click.option("--name", "display_name", help="What people call it.")
@click.option("--email", "contact_email", help="Whom to write to; none: nobody.")
@_budget
@_keep("webhook_bodies", "events of webhooks, and what they say,")
@_keep("attempts", "attempts of deliveries")
@_keep("evidence", "verifications of missions")
@click.pass_obj
def update(
    session: Session,
    /,
    *,
    origin: str,
    display_name: str | None,
    contact_email: str | None,
    budget: int | None,
    **days: int | None,
) -> None:
    """Change a partner's name, contact, budget of collections, or how long its rows are kept."""
    retention = {kind: number for kind, number in days.items() if number is not None} or None
    body = changes_given(
        {
            "display_name": display_name,
            "contact_email": contact_email,
            "collection_budget": budget,
            "retention": retention,
        }
    )
    if contact_email is not None:
        body["contact_email"] = none_or(contact_email)
    session.show(session.api.call("PATCH", origin, body=body), summary=f"Changed the partner {origin}.")


@partner.command()
@click.argument("origin", type=Name())
@click.pass_obj
def usage(session: Session, /, *, origin: str) -> None:
    """Show what happened at a partner's by day, and what mints, updates and changes cost."""
    show_usage(session, session.api.call("GET", origin, "usage"))
