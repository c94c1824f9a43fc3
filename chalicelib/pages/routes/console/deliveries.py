"""`/console/webhooks/deliveries`: deliveries with their attempts, and their restart."""

import json
from typing import Any

from chalice.app import Response

from chalicelib.core.errors import NotFound
from chalicelib.core.windows import Window
from chalicelib.pages.routes.console.calls import ConsoleCall, address, allowed_value, form, page
from chalicelib.pages.routes.console.forms import Form
from chalicelib.webhooks.domain import STATUSES
from chalicelib.webhooks.routes import DELIVERY_ID
from chalicelib.webhooks.service import deliveries, endpoints, events
from chalicelib.webhooks.windows import parse_window

DELIVERIES = "/console/webhooks/deliveries"
ONE = DELIVERIES + "/{id}"
_PAGE = "25"
_SHOWN_CONTENT = 20_000
KINDS = {"scheduled": "info", "delivered": "good", "exhausted": "bad", "disabled": "warn"}


@page(DELIVERIES, "webhooks")
def list_deliveries(call: ConsoleCall) -> Response:
    """Lists deliveries, newest first, optionally of one endpoint or status."""
    return call.show("deliveries.html", **_listed(call))


@page(DELIVERIES + "-live", "webhooks")
def show_list(call: ConsoleCall) -> Response:
    """The first page of the list, as a fragment that reloads itself."""
    return call.show("deliveries_list.html", **_listed(call))


@page(ONE, "webhooks")
def show_delivery(call: ConsoleCall, id: str) -> Response:
    """Shows a delivery with its body and every attempt."""
    shown = _delivery(call, id)
    event = events.get_event(call.origin, shown["delivery"].event_id)
    content = json.dumps(json.loads(event.content), ensure_ascii=False, indent=2)
    return call.show("delivery.html", event=event, content=content[:_SHOWN_CONTENT], **shown)


@page(ONE + "/live", "webhooks")
def show_attempts(call: ConsoleCall, id: str) -> Response:
    """The fragment of a delivery's page that reloads itself."""
    return call.show("delivery_state.html", **_delivery(call, id))


@form(ONE + "/replay", "webhooks")
def replay_delivery(call: ConsoleCall, fields: Form, id: str) -> Response:
    """Restarts a delivery from the beginning of its schedule."""
    del fields
    _require_id(id)
    deliveries.replay(call.origin, id)
    return call.done(address("webhooks", "deliveries", id), "replayed")


def _listed(call: ConsoleCall) -> dict[str, Any]:
    known = endpoints.all_endpoints(call.origin)
    endpoint_id = allowed_value(call.query.get("endpoint"), [row.id for row in known])
    status = allowed_value(call.query.get("status"), STATUSES)
    after = {"starting_after": call.query["after"]} if "after" in call.query else {}
    window: Window = parse_window({"limit": _PAGE, **after}, cursor=DELIVERY_ID, prefix="dlv_")
    found = deliveries.list_deliveries(call.origin, window, endpoint_id=endpoint_id, status=status)
    filters = {"endpoint": endpoint_id, "status": status}
    is_more = found.has_more and bool(found.items)
    return {
        "deliveries": found.items,
        "endpoints": known,
        "urls": {row.id: row.url for row in known},
        "endpoint_id": endpoint_id,
        "chosen_status": status,
        "statuses": STATUSES,
        "kinds": KINDS,
        "older": address("webhooks", "deliveries", after=found.items[-1].id, **filters) if is_more else None,
        "first": address("webhooks", "deliveries", **filters),
        "live": address("webhooks", "deliveries-live", **filters),
        "is_first": not after,
    }


def _delivery(call: ConsoleCall, delivery_id: str) -> dict[str, Any]:
    _require_id(delivery_id)
    row, attempts = deliveries.get_delivery(call.origin, delivery_id)
    known = {each.id: each for each in endpoints.all_endpoints(call.origin)}
    return {
        "delivery": row,
        "attempts": attempts[::-1],
        "endpoint": known.get(row.endpoint_id),
        "kind": KINDS[row.status],
    }


def _require_id(delivery_id: str) -> None:
    if not DELIVERY_ID.fullmatch(delivery_id):
        raise NotFound("You have no such delivery.")
