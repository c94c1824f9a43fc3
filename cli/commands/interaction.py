"""`spacegarden interaction`: interactions and their validity window. Partners create them by the API."""

import click

from cli.api import Part
from cli.parameters import Name, none_or
from cli.session import Group, Session, changes_given, list_options

_COLUMNS = ("id", "action_id", "name", "type", "xpIncrement", "valid_from", "valid_until")


@click.group(cls=Group)
def interaction() -> None:
    """Show a collection's interactions and set their validity."""


@interaction.command("list")
@click.argument("origin", type=Name())
@click.argument("contract_id", type=Name())
@list_options
@click.pass_obj
def list_all(session: Session, /, *, origin: str, contract_id: str, part: Part) -> None:
    """List a collection's interactions, oldest first."""
    path = (origin, "collections", contract_id, "interactions")
    session.show_entries(*path, cursor="id", part=part, columns=_COLUMNS)


@interaction.command()
@click.argument("origin", type=Name())
@click.argument("contract_id", type=Name())
@click.argument("interaction_id", metavar="ID", type=Name())
@click.pass_obj
def show(session: Session, /, *, origin: str, contract_id: str, interaction_id: str) -> None:
    """Show an interaction, named by its id or its action_id."""
    found = session.api.call("GET", origin, "collections", contract_id, "interactions", interaction_id)
    session.show(found)


@interaction.command()
@click.argument("origin", type=Name())
@click.argument("contract_id", type=Name())
@click.argument("interaction_id", metavar="ID", type=Name())
@click.option(
    "--from", "valid_from", metavar="TIME", help="First moment, in ISO 8601, UTC if it names no zone; none: always."
)
@click.option("--until", "valid_until", metavar="TIME", help="End; this moment is outside already. none: for ever.")
@click.option("--clear", is_flag=True, help="Lift both.")
@click.pass_obj
def window(
    session: Session,
    /,
    *,
    origin: str,
    contract_id: str,
    interaction_id: str,
    valid_from: str | None,
    valid_until: str | None,
    clear: bool,
) -> None:
    """Set the validity window of an interaction, named by its id or its action_id; an omitted end stays unchanged."""
    if clear and (valid_from is not None or valid_until is not None):
        raise click.UsageError("--clear stands alone.")
    given = (
        {"valid_from": "none", "valid_until": "none"}
        if clear
        else {"valid_from": valid_from, "valid_until": valid_until}
    )
    body = {name: none_or(value) for name, value in changes_given(given).items()}
    changed = session.api.call("PATCH", origin, "collections", contract_id, "interactions", interaction_id, body=body)
    session.show(changed, summary=f"Changed the window of {changed['action_id']}.")
