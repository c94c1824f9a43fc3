"""`spacegarden code`: QR codes and passwords of interactions."""

from typing import Any

import click

from cli import output
from cli.parameters import Name
from cli.session import Group, Session, confirm, entries_wanted, list_options

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
    output.show(created, as_json=session.as_json, summary=f"Made a code: {created['url']}")


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
    limit: int | None,
    everything: bool,
    after: str | None,
) -> None:
    """List an interaction's codes, newest first."""
    wanted = entries_wanted(limit=limit, everything=everything)
    path = _path(origin, contract_id, interaction_id)
    answer = session.api.read_list(*path, cursor="id", limit=wanted, after=after)
    output.show_list(answer, as_json=session.as_json, columns=_COLUMNS)


@code.command()
@click.argument("origin", type=Name())
@click.argument("contract_id", type=Name())
@click.argument("interaction_id", metavar="INTERACTION", type=Name())
@click.argument("code_id", metavar="ID", type=Name())
@click.pass_obj
def show(session: Session, /, *, origin: str, contract_id: str, interaction_id: str, code_id: str) -> None:
    """Show a code and the number of its uses."""
    found = session.api.call("GET", *_path(origin, contract_id, interaction_id), code_id)
    output.show(found, as_json=session.as_json)


@code.command()
@click.argument("origin", type=Name())
@click.argument("contract_id", type=Name())
@click.argument("interaction_id", metavar="INTERACTION", type=Name())
@click.argument("code_id", metavar="ID", type=Name())
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def revoke(session: Session, /, *, origin: str, contract_id: str, interaction_id: str, code_id: str, yes: bool) -> None:
    """Revoke a code for good; applied interactions stay."""
    confirm(f"Revoke the code {code_id} of {origin}?", yes=yes)
    revoked = session.api.call("DELETE", *_path(origin, contract_id, interaction_id), code_id)
    output.show(revoked, as_json=session.as_json, summary=f"Revoked the code {code_id}.")


def _path(origin: str, contract_id: str, interaction_id: str) -> tuple[str, ...]:
    return origin, "collections", contract_id, "interactions", interaction_id, "codes"
