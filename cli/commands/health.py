"""`spacegarden health`."""

import click

from cli.api import Refused
from cli.session import REFUSED, PublicCommand, Session


@click.command(cls=PublicCommand)
@click.option("--deep", is_flag=True, help="Ask the tables, the queues and the storage as well.")
@click.pass_context
def health(ctx: click.Context, *, deep: bool) -> None:
    """Show the platform's health; needs no key."""
    session = ctx.ensure_object(Session)
    try:
        answer = session.api.health(deep=deep)
    except Refused as refusal:
        if "status" not in refusal.body:
            raise
        session.show(refusal.body)
        ctx.exit(REFUSED)
    session.show(answer)
