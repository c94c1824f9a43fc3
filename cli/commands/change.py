"""`spacegarden collection change`."""

from typing import Any

import click

from cli.api import Part
from cli.parameters import Name
from cli.session import Group, Session, list_options, options

_COLUMNS = ("id", "kind", "token_id", "state", "transaction_hash", "code", "created_at")


@click.group(cls=Group)
def change() -> None:
    """Change a deployed contract of version 2: royalties, metadata, locks of tokens."""


_addressed = options(*(click.argument(name, type=Name()) for name in ("origin", "contract_id")))
_once = click.option("--idempotency-key", "once", help="Makes the call safe to repeat: the same key changes once.")


@change.command()
@_addressed
@click.option("--receiver", "royalty_receiver", help="Who is to receive a share of each sale.")
@click.option(
    "--basis-points",
    "royalty_basis_points",
    type=click.IntRange(0, 10_000),
    help="The share, in hundredths of a percent: 250 is 2.5 %.",
)
@click.option("--none", "nobody", is_flag=True, help="End the royalties.")
@_once
@click.pass_obj
def royalties(
    session: Session,
    /,
    *,
    origin: str,
    contract_id: str,
    royalty_receiver: str | None,
    royalty_basis_points: int | None,
    nobody: bool,
    once: str | None,
) -> None:
    """Set who receives how much of each sale."""
    if nobody and (royalty_receiver is not None or royalty_basis_points is not None):
        raise click.UsageError("--none ends the royalties: give nothing else.")
    if not nobody and (royalty_receiver is None or royalty_basis_points is None):
        raise click.UsageError("Give --receiver and --basis-points, or --none.")
    fields = {"royalty_receiver": royalty_receiver, "royalty_basis_points": royalty_basis_points or 0}
    _change(session, origin, contract_id, {"kind": "royalties", **fields}, once)


@change.command()
@_addressed
@click.option("--description", help="What wallets and marketplaces say of the collection.")
@click.option("--img-url", "imgUrl", help="The collection's picture.")
@click.option("--external-url", help="The collection's own page.")
@click.option("--contract-uri", help="Where your own metadata is, in place of the others.")
@_once
@click.pass_obj
def metadata(session: Session, /, *, origin: str, contract_id: str, once: str | None, **fields: str | None) -> None:
    """Set what the collection's metadata says; what is not given is left out from then on."""
    given = {name: value for name, value in fields.items() if value is not None}
    if not given:
        raise click.UsageError("Give --description, --img-url or --external-url, or --contract-uri.")
    _change(session, origin, contract_id, {"kind": "metadata", **given}, once)


@change.command()
@_addressed
@click.argument("token_id", type=Name())
@_once
@click.pass_obj
def lock(session: Session, /, *, origin: str, contract_id: str, token_id: str, once: str | None) -> None:
    """Keep a token from being transferred, where its contract has locks by token."""
    _change(session, origin, contract_id, {"kind": "lock", "token_id": token_id}, once)


@change.command()
@_addressed
@click.argument("token_id", type=Name())
@_once
@click.pass_obj
def unlock(session: Session, /, *, origin: str, contract_id: str, token_id: str, once: str | None) -> None:
    """Let a locked token be transferred again."""
    _change(session, origin, contract_id, {"kind": "unlock", "token_id": token_id}, once)


@change.command("list")
@_addressed
@list_options
@click.pass_obj
def list_all(session: Session, /, *, origin: str, contract_id: str, part: Part) -> None:
    """List a contract's changes, newest first."""
    path = (origin, "collections", contract_id, "changes")
    session.show_entries(*path, cursor="id", part=part, columns=_COLUMNS)


@change.command()
@_addressed
@click.argument("change_id", type=Name())
@click.pass_obj
def show(session: Session, /, *, origin: str, contract_id: str, change_id: str) -> None:
    """Show a change, and what became of it."""
    found = session.api.call("GET", origin, "collections", contract_id, "changes", change_id)
    session.show(found)


def _change(session: Session, origin: str, contract_id: str, body: dict[str, Any], once: str | None) -> None:
    asked = session.api.call("POST", origin, "collections", contract_id, "changes", body=body, once=once)
    look = f"`spacegarden collection change show {origin} {contract_id} {asked['id']}`"
    session.show(asked, summary=f"The change is on its way to the chain: {look} looks again.")
