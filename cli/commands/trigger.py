"""`spacegarden trigger`."""

import click

from cli.api import Part
from cli.commands.webhook_endpoints import ENDPOINTS, send_sample
from cli.parameters import Name
from cli.session import PartnerCommand, Session


@click.command(cls=PartnerCommand)
@click.argument("event_type", type=Name())
@click.option("--endpoint", metavar="ID", help="Where to send it.  [the partner's one endpoint]")
@click.pass_obj
def trigger(session: Session, /, *, event_type: str, endpoint: str | None) -> None:
    """Send a sample event, such as newBcNftMint; `listen` shows it too.

    Every type is on the page /docs/events of the stage.
    """
    send_sample(session, endpoint or _only_endpoint(session), event_type)


def _only_endpoint(session: Session) -> str:
    found = session.api.read_partner_list(*ENDPOINTS, part=Part())["data"]
    if not found:
        raise click.UsageError(
            "There is no endpoint to send it to. `spacegarden webhooks endpoints add URL` adds one; with --disabled it "
            "gets nothing, and `spacegarden listen` shows its events."
        )
    if len(found) > 1:
        names = "\n".join(f"  {each['id']}  {each['url']}" for each in found)
        raise click.UsageError(f"There are several endpoints: name one with --endpoint.\n{names}")
    return str(found[0]["id"])
