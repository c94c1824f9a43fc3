"""`spacegarden webhooks deliveries`: what came of each event at each endpoint."""

from collections.abc import Mapping
from typing import Any

import click

from cli.api import Part
from cli.parameters import Name
from cli.session import PartnerGroup, Session, list_options

_DELIVERIES = ("webhooks", "deliveries")
_COLUMNS = ("id", "event_type", "state", "last_answer", "last_attempt_at", "next_attempt_at")
_ATTEMPT_COLUMNS = ("number", "at", "answer", "latency_ms", "head")
RECOVERABLE = ("exhausted", "disabled", "canceled")
STATUSES = ("scheduled", "delivered", *RECOVERABLE)


@click.group(cls=PartnerGroup)
def deliveries() -> None:
    """Follow deliveries and send them again."""


@deliveries.command("list")
@click.option("--status", type=click.Choice(STATUSES), help="Those in this status alone.")
@click.option("--endpoint", metavar="ID", help="Those to this endpoint alone.")
@click.option("--since", metavar="TIME", help="Those from this time on: ISO 8601 or unix seconds.")
@list_options
@click.pass_obj
def list_deliveries(
    session: Session, /, *, status: str | None, endpoint: str | None, since: str | None, part: Part
) -> None:
    """List deliveries, newest first."""
    answer = session.api.read_partner_list(*_DELIVERIES, part=part, status=status, endpoint=endpoint, since=since)
    session.show_list(answer, columns=_COLUMNS, readable=_readable)


@deliveries.command()
@click.argument("delivery_id", metavar="ID", type=Name())
@click.pass_obj
def show(session: Session, /, *, delivery_id: str) -> None:
    """Show a delivery, each of its attempts, and the body that is sent."""
    found = session.api.call_as_partner("GET", *_DELIVERIES, delivery_id)
    show_delivery(session, found, summary="")


@deliveries.command()
@click.argument("delivery_id", metavar="ID", type=Name())
@click.pass_obj
def replay(session: Session, /, *, delivery_id: str) -> None:
    """Send a delivery once more, whatever came of it before; its event's id stays."""
    replayed = session.api.call_as_partner("POST", *_DELIVERIES, delivery_id, "replay")
    show_delivery(session, replayed, summary=f"{delivery_id} begins anew.")


@deliveries.command()
@click.argument("delivery_id", metavar="ID", type=Name())
@click.pass_obj
def cancel(session: Session, /, *, delivery_id: str) -> None:
    """Cancel a delivery that is scheduled; `replay` brings it back."""
    canceled = session.api.call_as_partner("POST", *_DELIVERIES, delivery_id, "cancel")
    show_delivery(session, canceled, summary=f"{delivery_id} is canceled.")


def state_of(delivery: Mapping[str, Any]) -> str:
    """What has become of a delivery, in words."""
    attempts = delivery["attempts"]
    made = attempts[-1]["number"] if attempts else 0
    times = f"{made} attempt{'' if made == 1 else 's'}"
    is_aborted = bool(attempts) and "abort-message" in attempts[-1]["instructions"]
    words = {
        "scheduled": f"retrying, {made} failed" if made else "not tried yet",
        "delivered": "delivered" if made <= 1 else f"delivered after {times}",
        "exhausted": f"given up after {times}",
        "disabled": "not sent: the endpoint is disabled",
        "canceled": f"canceled{' by the receiver' if is_aborted else ''}{f' after {times}' if made else ''}",
    }
    return words.get(delivery["status"], str(delivery["status"]))


def show_delivery(session: Session, delivery: Mapping[str, Any], *, summary: str) -> None:
    """Prints a delivery, and each of its attempts."""
    if session.as_json:
        session.show(delivery)
        return
    fields = {name: value for name, value in delivery.items() if name not in ("attempts", "request")}
    session.show({**fields, "state": state_of(delivery)}, summary=summary)
    attempts = [{**each, "answer": each["detail"] or _answer(each)} for each in delivery["attempts"]]
    if attempts:
        session.show_list({"data": attempts, "has_more": False}, columns=_ATTEMPT_COLUMNS)


def _readable(delivery: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "state": state_of(delivery),
        "last_answer": _last_answer(delivery),
        "last_attempt_at": _last_attempt_at(delivery),
    }


def _last_answer(delivery: Mapping[str, Any]) -> str:
    attempts = delivery["attempts"]
    return _answer(attempts[-1]) if attempts else ""


def _last_attempt_at(delivery: Mapping[str, Any]) -> str | None:
    attempts = delivery["attempts"]
    return str(attempts[-1]["at"]) if attempts else None


def _answer(attempt: Mapping[str, Any]) -> str:
    return str(attempt["error"] or attempt["status"])
