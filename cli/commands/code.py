"""`spacegarden code`: QR codes and passwords of interactions."""

from typing import Any

import click

from cli.api import Part
from cli.parameters import Name
from cli.session import Group, Session, confirmed, list_options

_COLUMNS = ("id", "name", "url", "password", "used", "max_uses", "expires_at", "revoked_at")


@click.group(cls=Group)
def code() -> None:
    """Manage QR codes and passwords with which holders apply an interaction."""


@code.command()
@click.argument("origin", type=Name())
@click.argument("contract_id", type=Name())
@click.argument("interaction_id", metavar="INTERACTION", type=Name())
@click.option("--name", help="What it is for; only you see it.")
@click.option("--password", help="Text that holders may type instead, of at least 8 characters.")
@click.option("--until", "expires_at", metavar="TIME", help="End, in ISO 8601. Default: in 30 days.")
@click.option("--max-uses", type=int, help="How often all holders together may use it. Default: 1000.")
@click.option("--per-holder", type=int, help="How often one holder may. Default: 1; 0: as the interaction allows.")
@click.pass_obj
def create(
    session: Session, /, *, origin: str, contract_id: str, interaction_id: str, per_holder: int | None, **given: Any
) -> None:
    """Create a code; the QR code contains its address."""
    body = {name: value for name, value in given.items() if value is not None}
    if per_holder is not None:
        body["per_holder"] = per_holder or None
    created = session.api.call("POST", *_path(origin, contract_id, interaction_id), body=body)
    session.show(created, summary=f"Made a code: {created['url']}")


@code.command("list")
@click.argument("origin", type=Name())
@click.argument("contract_id", type=Name())
@click.argument("interaction_id", metavar="INTERACTION", type=Name())
@list_options
@click.pass_obj
def list_all(
    session: Session,
    /,
    *,
    origin: str,
    contract_id: str,
    interaction_id: str,
    part: Part,
) -> None:
    """List an interaction's codes, newest first."""
    path = _path(origin, contract_id, interaction_id)
    session.show_entries(*path, cursor="id", part=part, columns=_COLUMNS)


@code.command()
@click.argument("origin", type=Name())
@click.argument("contract_id", type=Name())
@click.argument("interaction_id", metavar="INTERACTION", type=Name())
@click.argument("code_id", metavar="ID", type=Name())
@click.pass_obj
def show(session: Session, /, *, origin: str, contract_id: str, interaction_id: str, code_id: str) -> None:
    """Show a code and the number of its uses."""
    found = session.api.call("GET", *_path(origin, contract_id, interaction_id), code_id)
    session.show(found)


@code.command()
@click.argument("origin", type=Name())
@click.argument("contract_id", type=Name())
@click.argument("interaction_id", metavar="INTERACTION", type=Name())
@click.argument("code_id", metavar="ID", type=Name())
@confirmed("Revoke the code {code_id} of {origin}?")
@click.pass_obj
def revoke(session: Session, /, *, origin: str, contract_id: str, interaction_id: str, code_id: str) -> None:
    """Revoke a code for good; applied interactions stay."""
    revoked = session.api.call("DELETE", *_path(origin, contract_id, interaction_id), code_id)
    session.show(revoked, summary=f"Revoked the code {code_id}.")


def _path(origin: str, contract_id: str, interaction_id: str) -> tuple[str, ...]:
    return origin, "collections", contract_id, "interactions", interaction_id, "codes"
