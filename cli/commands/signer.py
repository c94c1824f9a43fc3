"""`spacegarden signer`."""

import click

from cli.parameters import Name
from cli.session import REFUSED, Group, Session

_COLUMNS = ("chain", "address", "key", "balance", "low", "next_nonce", "in_flight", "waits_for", "error")
_NODE_COLUMNS = ("host", "state", "head")


@click.group(cls=Group)
def signer() -> None:
    """Show the accounts that sign and pay, one per chain."""


@signer.command("list")
@click.pass_obj
def list_all(session: Session, /) -> None:
    """List every chain's signer with its balance."""
    session.show_list(session.api.signers(), columns=_COLUMNS)


@signer.command()
@click.argument("chain", type=Name())
@click.pass_obj
def nodes(session: Session, /, *, chain: str) -> None:
    """List a chain's nodes: which are used, and why the others are passed over."""
    found = {"object": "list", "has_more": False, "data": session.api.signers(chain)["nodes"]}
    session.show_list(found, columns=_NODE_COLUMNS)


@signer.command()
@click.argument("chain", type=Name())
@click.pass_obj
def balance(session: Session, /, *, chain: str) -> None:
    """Show the balance of a chain's signer; exit status 1 if the node does not answer."""
    found = session.api.signers(chain)
    low = " That is low: send it some." if found["low"] else ""
    waits = f" Its transactions wait: {found['waits_for']}." if found["waits_for"] else ""
    summary = (
        f"{found['balance']} on {found['address']}.{low}{waits}" if found["error"] is None else str(found["error"])
    )
    session.show(found, summary=summary)
    if found["error"] is not None:
        click.get_current_context().exit(REFUSED)
