"""`spacegarden webhooks events`: what happened."""

import click

from cli import output
from cli.moments import iso_of_seconds
from cli.parameters import Name
from cli.session import PartnerGroup, Session, entries_wanted, list_options

EVENTS = ("webhooks", "events")
_COLUMNS = ("id", "type", "test", "created")


@click.group(cls=PartnerGroup)
def events() -> None:
    """Look at what happened."""


@events.command("list")
@click.option("--type", "event_type", help="Events of this type alone.")
@list_options
@click.pass_obj
def list_events(
    session: Session, /, *, event_type: str | None, limit: int | None, everything: bool, after: str | None
) -> None:
    """List events, newest first."""
    wanted = entries_wanted(limit=limit, everything=everything)
    query = {} if event_type is None else {"type": event_type}
    answer = session.api.read_partner_list(*EVENTS, query=query, limit=wanted, after=after)
    readable = [{**row, "created": iso_of_seconds(row["created"])} for row in answer["data"]]
    output.show_list(answer, as_json=session.as_json, columns=_COLUMNS, readable=readable)


@events.command("show")
@click.argument("event_id", metavar="ID", type=Name())
@click.pass_obj
def show_event(session: Session, /, *, event_id: str) -> None:
    """Show an event and its body."""
    found = session.api.call_as_partner("GET", *EVENTS, event_id)
    body = found if session.as_json else {name: value for name, value in found.items() if name != "content"}
    output.show(body, as_json=session.as_json, readable={"created": iso_of_seconds(found["created"])})
    if not session.as_json:
        output.show_body(found["content"])
