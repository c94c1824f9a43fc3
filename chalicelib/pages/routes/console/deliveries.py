"""`/console/webhooks/deliveries`: deliveries with their attempts, their restart and their end; and their events."""

import json
from datetime import datetime
from typing import Any, NamedTuple

from chalice.app import Response

from chalicelib.core.windows import Window
from chalicelib.pages.routes.console.calls import ConsoleCall, address, allowed_value, form, fragment, page
from chalicelib.webhooks.domain import ABORT, DISABLE, STATUSES
from chalicelib.webhooks.models.deliveries import DeliveryRow
from chalicelib.webhooks.models.events import EventRow
from chalicelib.webhooks.service import deliveries, endpoints, errors, events
from chalicelib.webhooks.service.sent import sent_request
from chalicelib.webhooks.windows import parse_window

DELIVERIES = "/console/webhooks/deliveries"
ONE = DELIVERIES + "/{id}"
EVENT = "/console/webhooks/events/{id}"
_PAGE = "25"
_SHOWN_CONTENT = 20_000
STATES = {
    "scheduled": "On its way or retrying",
    "delivered": "Delivered",
    "exhausted": "Given up",
    "disabled": "Not sent, endpoint disabled",
    "canceled": "Canceled",
}
# What a receiver asked for.
INSTRUCTIONS = {
    ABORT: "The receiver asked for no further attempt.",
    DISABLE: "The receiver asked for nothing more to be sent: the endpoint was disabled.",
}
# What happened where there was no answer, or none that could be read.
FAILURES = {
    "refused": "The connection was refused.",
    "reset": "The connection broke.",
    "timeout": "No answer came in time.",
    "dns": "The host's name could not be resolved.",
    "tls": "No secure connection could be made.",
    "blocked_address": "The address is one that is never called.",
    "redirect": "The answer was a redirect, which is not followed.",
    "too_slow": "The answer was not complete in time.",
    "protocol": "The answer was not HTTP.",
}


class State(NamedTuple):
    """What has become of a delivery: in words, and the badge's kind. `next_at` is when an open one is tried again."""

    words: str
    kind: str
    next_at: datetime | None = None
    is_open: bool = False

    @classmethod
    def of(cls, row: DeliveryRow) -> "State":
        """The state of a delivery's row; attempts are those of this run of its schedule."""
        tries, words = int(row.tries), STATES[row.status]
        attempts = f"{tries} attempt{'' if tries == 1 else 's'}"
        if row.status == "scheduled":
            if tries:
                return cls(f"Retrying, {tries} failed", "warn", row.next_attempt_at, is_open=True)
            return cls("On its way", "info", is_open=True)
        if row.status == "delivered":
            return cls(words if tries < 2 else f"{words} after {attempts}", "good")
        if row.status == "exhausted":
            return cls(f"{words} after {attempts}", "bad")
        if row.status == "canceled":
            by = " by the receiver" if _is_aborted(row) else ""
            return cls(f"{words}{by} after {attempts}" if tries else words, "warn")
        return cls(f"Ended after {attempts}, endpoint disabled" if tries else words, "warn")


@fragment(DELIVERIES + "-live", "webhooks", "deliveries_list.html")
def _listed(call: ConsoleCall) -> dict[str, Any]:
    """A page of deliveries, optionally of one endpoint or status."""
    known = endpoints.all_endpoints(call.origin)
    endpoint_id = allowed_value(call.query.get("endpoint"), [row.id for row in known])
    status = allowed_value(call.query.get("status"), STATUSES)
    after = {"starting_after": call.query["after"]} if "after" in call.query else {}
    window: Window = parse_window({"limit": _PAGE, **after}, cursor=deliveries.DELIVERY_ID, prefix="dlv_")
    found = deliveries.list_deliveries(call.origin, window, endpoint_id=endpoint_id, status=status)
    filters = {"endpoint": endpoint_id, "status": status}
    last = found.items[-1].id if found.has_more and found.items else None
    return {
        "deliveries": found.items,
        "endpoints": known,
        "urls": {row.id: row.url for row in known},
        "endpoint_id": endpoint_id,
        "chosen_status": status,
        "statuses": [(status, STATES[status]) for status in STATUSES],
        "states": {row.id: State.of(row) for row in found.items},
        "live": address("webhooks", "deliveries-live", **filters),
        **call.links_after(last, "webhooks", "deliveries", **filters),
    }


@fragment(ONE + "/live", "webhooks", "delivery_state.html")
def _delivery(call: ConsoleCall, id: str) -> dict[str, Any]:
    """A delivery with its attempts, the latest first."""
    _require_id(id)
    row, attempts = deliveries.get_delivery(call.origin, id)
    known = {each.id: each for each in endpoints.all_endpoints(call.origin)}
    return {
        "delivery": row,
        "attempts": attempts[::-1],
        "failures": FAILURES,
        "instructions": INSTRUCTIONS,
        "endpoint": known.get(row.endpoint_id),
        "state": State.of(row),
    }


@page(DELIVERIES, "webhooks")
def list_deliveries(call: ConsoleCall) -> Response:
    """Lists deliveries, newest first, optionally of one endpoint or status."""
    return call.show("deliveries.html", **_listed(call))


@page(ONE, "webhooks")
def show_delivery(call: ConsoleCall, id: str) -> Response:
    """Shows a delivery with its body and every attempt."""
    shown = _delivery(call, id)
    event = events.find_event(call.origin, shown["delivery"].event_id)
    request = sent_request(shown["delivery"], shown["endpoint"])
    return call.show("delivery.html", event=event, content=event and readable(event), request=request, **shown)


@page(EVENT, "webhooks")
def show_event(call: ConsoleCall, id: str) -> Response:
    """Shows an event with its body, and where it was sent."""
    if not events.EVENT_ID.fullmatch(id):
        raise errors.EventUnknown
    event = events.get_event(call.origin, id)
    sent = deliveries.deliveries_of(event)
    return call.show(
        "event.html",
        event=event,
        content=readable(event),
        deliveries=sent,
        states={row.id: State.of(row) for row in sent},
        urls={row.id: row.url for row in endpoints.all_endpoints(call.origin)},
    )


@form(ONE + "/replay", "webhooks")
def replay_delivery(call: ConsoleCall, id: str) -> Response:
    """Restarts a delivery from the beginning of its schedule."""
    _require_id(id)
    deliveries.replay(call.origin, id)
    return call.done(address("webhooks", "deliveries", id), "replayed")


@form(ONE + "/cancel", "webhooks")
def cancel_delivery(call: ConsoleCall, id: str) -> Response:
    """Ends a scheduled delivery."""
    _require_id(id)
    deliveries.cancel(call.origin, id)
    return call.done(address("webhooks", "deliveries", id), "canceled")


def readable(event: EventRow) -> str:
    """The beginning of an event's body, with line breaks."""
    return json.dumps(json.loads(event.content), ensure_ascii=False, indent=2)[:_SHOWN_CONTENT]


def _is_aborted(row: DeliveryRow) -> bool:
    """Whether the receiver asked for no further attempt in its last answer."""
    return bool(row.recent_attempts) and ABORT in row.recent_attempts[-1].get("instructions", ())


def _require_id(delivery_id: str) -> None:
    if not deliveries.DELIVERY_ID.fullmatch(delivery_id):
        raise errors.DeliveryUnknown
