"""`spacegarden webhooks events`: what happened."""

from collections.abc import Mapping
from typing import Any

import click

from cli import output
from cli.api import Part
from cli.moments import iso_of_seconds
from cli.parameters import Name
from cli.session import PartnerGroup, Session, list_options

EVENTS = ("webhooks", "events")
_COLUMNS = ("id", "type", "test", "created")


@click.group(cls=PartnerGroup)
def events() -> None:
    """Look at what happened."""


@events.command("list")
@click.option("--type", "event_type", help="Events of this type alone.")
@list_options
@click.pass_obj
def list_events(session: Session, /, *, event_type: str | None, part: Part) -> None:
    """List events, newest first."""
    answer = session.api.read_partner_list(*EVENTS, part=part, type=event_type)
    session.show_list(answer, columns=_COLUMNS, readable=_readable)


@events.command("show")
@click.argument("event_id", metavar="ID", type=Name())
@click.pass_obj
def show_event(session: Session, /, *, event_id: str) -> None:
    """Show an event and its body."""
    found = session.api.call_as_partner("GET", *EVENTS, event_id)
    body = found if session.as_json else {name: value for name, value in found.items() if name != "content"}
    session.show(body, readable=_readable(found))
    if not session.as_json:
        output.show_body(found["content"])


def _readable(event: Mapping[str, Any]) -> dict[str, str]:
    return {"created": iso_of_seconds(event["created"])}
