"""`spacegarden webhooks endpoints`: where events are sent to."""

import json
from collections.abc import Mapping
from typing import Any

import click

from cli.api import Part
from cli.commands.webhook_deliveries import RECOVERABLE, show_delivery
from cli.moments import iso_of_seconds
from cli.parameters import Header, JsonList, Name, none_or
from cli.session import PartnerGroup, Session, changes_given, confirm, confirmed, list_options, options

ENDPOINTS = ("webhooks", "endpoints")
_COLUMNS = ("id", "url", "event_types", "state", "created")
SCHEDULES = ("standard", "hourly")
ORDERINGS = ("none", "per_subject")


@click.group(cls=PartnerGroup)
def endpoints() -> None:
    """Manage the addresses that events are sent to."""


_settings = options(
    click.option("--event", "event_types", multiple=True, help="An event type; may be repeated.  [all of them]"),
    click.option("--filter", "filter", type=JsonList(), help='Which bodies: [[{"field": "a.b", "equals": 1}]].'),
    click.option("--header", "headers", type=Header(), multiple=True, help="Sent too; may be repeated."),
    click.option("--api-key-header", help="Sent as X-API-key with every delivery."),
    click.option("--schedule", type=click.Choice(SCHEDULES), help="When failed deliveries are tried again."),
    click.option("--ordering", type=click.Choice(ORDERINGS), help="Whether in order for each NFT or customer."),
    click.option("--rate-limit", type=click.IntRange(1, 1000), help="Deliveries a second at most."),
    click.option("--description", help="What the endpoint is for."),
)


@endpoints.command("list")
@list_options
@click.pass_obj
def list_endpoints(session: Session, /, *, part: Part) -> None:
    """List endpoints, newest first."""
    answer = session.api.read_partner_list(*ENDPOINTS, part=part)
    session.show_list(answer, columns=_COLUMNS, readable=_readable)


@endpoints.command()
@click.argument("address", metavar="URL", type=Name())
@_settings
@click.option("--disabled", is_flag=True, help="Record its events, and send nothing.")
@click.pass_obj
def add(
    session: Session,
    /,
    *,
    address: str,
    event_types: tuple[str, ...],
    headers: tuple[tuple[str, str], ...],
    disabled: bool,
    **settings: Any,
) -> None:
    """Add an endpoint and show its secret once."""
    given = {name: value for name, value in settings.items() if value is not None}
    if headers:
        given["headers"] = dict(headers)
    body = {"url": address, "event_types": list(event_types), "enabled": not disabled, **given}
    created = session.api.call_as_partner("POST", *ENDPOINTS, body=body)
    session.show(created, summary=f"Added the endpoint {address}.", readable=_readable(created))
    session.say_shown_once("secret")


@endpoints.command()
@click.argument("endpoint_id", metavar="ID", type=Name())
@click.pass_obj
def show(session: Session, /, *, endpoint_id: str) -> None:
    """Show an endpoint without its secret."""
    found = session.api.call_as_partner("GET", *ENDPOINTS, endpoint_id)
    session.show(found, readable=_readable(found))


@endpoints.command()
@click.argument("endpoint_id", metavar="ID", type=Name())
@click.option("--address", metavar="URL", help="Where to send from now on.")
@_settings
@click.option("--no-headers", is_flag=True, help="Send no headers of its own any more.")
@click.option("--enable/--disable", "enabled", default=None, help="Whether anything is sent.")
@click.pass_obj
def update(
    session: Session,
    /,
    *,
    endpoint_id: str,
    address: str | None,
    event_types: tuple[str, ...],
    headers: tuple[tuple[str, str], ...],
    no_headers: bool,
    **settings: Any,
) -> None:
    """Change an endpoint; `--event all` asks for all types, `none` removes X-API-key or a description.

    The headers given replace all that there are; `--filter []` lets everything pass.
    """
    types = None if not event_types else [] if event_types == ("all",) else list(event_types)
    replaced = dict(headers) if headers or no_headers else None
    given = changes_given({"url": address, "event_types": types, "headers": replaced, **settings})
    body = {name: none_or(value) if isinstance(value, str) else value for name, value in given.items()}
    changed = session.api.call_as_partner("PATCH", *ENDPOINTS, endpoint_id, body=body)
    summary = f"Changed the endpoint {endpoint_id}."
    session.show(changed, summary=summary, readable=_readable(changed))


@endpoints.command()
@click.argument("endpoint_id", metavar="ID", type=Name())
@click.option("--keep-seconds", type=click.IntRange(0, 7 * 86_400), help="How long older secrets sign too.  [a day]")
@click.pass_obj
def rotate(session: Session, /, *, endpoint_id: str, keep_seconds: int | None) -> None:
    """Give an endpoint a new secret and show it once."""
    body = {} if keep_seconds is None else {"keep_seconds": keep_seconds}
    rotated = session.api.call_as_partner("POST", *ENDPOINTS, endpoint_id, "rotate_secret", body=body)
    session.show(rotated, summary=f"{endpoint_id} has a new secret.")
    session.say_shown_once("secret")


@endpoints.command()
@click.argument("endpoint_id", metavar="ID", type=Name())
@click.argument("event_type", type=Name())
@click.pass_obj
def test(session: Session, /, *, endpoint_id: str, event_type: str) -> None:
    """Send a sample event to an endpoint."""
    send_sample(session, endpoint_id, event_type)


@endpoints.command("filter-test")
@click.argument("endpoint_id", metavar="ID", type=Name())
@click.option("--filter", "groups", type=JsonList(), help="Another filter than the endpoint's.")
@click.option("--event", "event_types", multiple=True, help="An event type; may be repeated.  [all that it wants]")
@click.option("--samples", is_flag=True, help="Try it on a sample of each type.")
@click.pass_obj
def filter_test(
    session: Session, /, *, endpoint_id: str, groups: list[Any] | None, event_types: tuple[str, ...], samples: bool
) -> None:
    """Try a filter on recent events; nothing is sent."""
    body = {"filter": groups, "event_types": event_types or None, "samples": samples}
    tried = session.api.call_as_partner("POST", *ENDPOINTS, endpoint_id, "filter_test", body=body)
    passing = [each["type" if samples else "id"] for each in tried["events"] if each["passes"]]
    summary = f"{tried['passed']} of the {tried['count']} {'samples' if samples else 'newest events'} pass."
    session.show(tried, summary=summary, readable={"events": ", ".join(passing) or "none"})


@endpoints.command()
@click.argument("endpoint_id", metavar="ID", type=Name())
@click.option("--since", metavar="TIME", required=True, help="From this time on: ISO 8601 or unix seconds.")
@click.option("--until", metavar="TIME", help="Until before this time.  [now]")
@click.option("--event", "event_types", multiple=True, help="An event type; may be repeated.  [all of them]")
@click.option(
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice(RECOVERABLE),
    help="What became of them; may be repeated.  [exhausted and disabled]",
)
@click.option("--dry-run", is_flag=True, help="Count them, and send nothing.")
@click.pass_obj
def recover(
    session: Session,
    /,
    *,
    endpoint_id: str,
    since: str,
    until: str | None,
    event_types: tuple[str, ...],
    statuses: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Send again what an endpoint missed."""
    body = {"since": since, "until": until, "event_types": event_types, "statuses": statuses, "dry_run": dry_run}
    answer = session.api.call_as_partner("POST", *ENDPOINTS, endpoint_id, "recover", body=body)
    words = "would begin anew" if dry_run else "begin anew"
    session.show(answer, summary=f"{answer['count']} deliveries {words}.")


@endpoints.command("replay-missing")
@click.argument("endpoint_id", metavar="ID", type=Name())
@click.option("--since", metavar="TIME", required=True, help="From this time on: ISO 8601 or unix seconds.")
@click.option("--until", metavar="TIME", help="Until before this time.  [now]")
@click.option("--event", "event_types", multiple=True, help="An event type; may be repeated.  [all that it wants]")
@click.option("--dry-run", is_flag=True, help="Count them, and send nothing.")
@click.pass_obj
def replay_missing(
    session: Session, /, *, endpoint_id: str, since: str, until: str | None, event_types: tuple[str, ...], dry_run: bool
) -> None:
    """Send the events that an endpoint never got: it is newer than they are, or wanted less then.

    It gets those that its types and filter want now, each once, however often this is called.
    """
    body = {"since": since, "until": until, "event_types": event_types, "dry_run": dry_run}
    count, next_since = 0, since
    while next_since is not None:  # a call looks at a limited number of events; the next one goes on from there
        body["since"] = next_since
        answer = session.api.call_as_partner("POST", *ENDPOINTS, endpoint_id, "replay_missing", body=body)
        count, next_since = count + answer["count"], answer["next_since"]
    words = "would be delivered" if dry_run else "are delivered"
    session.show({"count": count}, summary=f"{count} events {words}.")


@endpoints.command("cancel-pending")
@click.argument("endpoint_id", metavar="ID", type=Name())
@click.option("--since", metavar="TIME", help="Those made from then on: ISO 8601 or unix seconds.  [all]")
@click.option("--until", metavar="TIME", help="Those made before then.  [now]")
@click.option("--event", "event_types", multiple=True, help="An event type; may be repeated.  [all of them]")
@click.option("--dry-run", is_flag=True, help="Count them, and cancel nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def cancel_pending(
    session: Session,
    /,
    *,
    endpoint_id: str,
    since: str | None,
    until: str | None,
    event_types: tuple[str, ...],
    dry_run: bool,
    yes: bool,
) -> None:
    """Cancel the deliveries that an endpoint has scheduled."""
    confirm(f"Cancel what {endpoint_id} has scheduled?", yes=yes or dry_run)
    body = {"since": since, "until": until, "event_types": event_types, "dry_run": dry_run}
    answer = session.api.call_as_partner("POST", *ENDPOINTS, endpoint_id, "cancel_pending", body=body)
    words = "would be canceled" if dry_run else "are canceled"
    session.show(answer, summary=f"{answer['count']} deliveries {words}.")


@endpoints.command()
@click.argument("endpoint_id", metavar="ID", type=Name())
@confirmed("Delete the endpoint {endpoint_id}? Nothing is sent there any more.")
@click.pass_obj
def delete(session: Session, /, *, endpoint_id: str) -> None:
    """Delete an endpoint; its deliveries stay in the list."""
    deleted = session.api.call_as_partner("DELETE", *ENDPOINTS, endpoint_id)
    summary = f"Deleted the endpoint {endpoint_id}."
    session.show(deleted, summary=summary, readable=_readable(deleted))


def send_sample(session: Session, endpoint_id: str, event_type: str) -> None:
    """Sends a sample event to an endpoint and says how to follow it."""
    sent = session.api.call_as_partner("POST", *ENDPOINTS, endpoint_id, "test", body={"event_type": event_type})
    show_delivery(session, sent, summary=f"A sample of {event_type} goes to {endpoint_id}.")
    click.echo(f"Follow it: spacegarden webhooks deliveries show {sent['id']}", err=True)


def _readable(row: Mapping[str, Any]) -> dict[str, Any]:
    words: dict[str, Any] = {"created": iso_of_seconds(row["created"])}
    if "event_types" in row:
        words["event_types"] = ", ".join(row["event_types"]) or "all"
    if "headers" in row:
        words["headers"] = ", ".join(row["headers"]) or "none"
        words["filter"] = json.dumps(row["filter"]) if row["filter"] else "none"
    return words
