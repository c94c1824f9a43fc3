"""`/console/webhooks/deliveries`: what was sent, how it was answered, and once more."""

import json
from typing import Any

from chalice.app import Response

from chalicelib.core.errors import NotFound
from chalicelib.core.windows import Window
from chalicelib.pages.routes.console.desk import Desk, address, chosen, form, page
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
def list_deliveries(desk: Desk) -> Response:
    """Lists deliveries, newest first, perhaps of one endpoint or status alone."""
    return desk.show("deliveries.html", **_listed(desk))


@page(DELIVERIES + "-live", "webhooks")
def show_list(desk: Desk) -> Response:
    """The first page of the list, which moves."""
    return desk.show("deliveries_list.html", **_listed(desk))


@page(ONE, "webhooks")
def show_delivery(desk: Desk, id: str) -> Response:
    """Shows a delivery, what was sent, and every attempt."""
    shown = _delivery(desk, id)
    event = events.get_event(desk.origin, shown["delivery"].event_id)
    content = json.dumps(json.loads(event.content), ensure_ascii=False, indent=2)
    return desk.show("delivery.html", event=event, content=content[:_SHOWN_CONTENT], **shown)


@page(ONE + "/live", "webhooks")
def show_attempts(desk: Desk, id: str) -> Response:
    """The part of a delivery's page that moves."""
    return desk.show("delivery_state.html", **_delivery(desk, id))


@form(ONE + "/replay", "webhooks")
def replay_delivery(desk: Desk, fields: Form, id: str) -> Response:
    """Delivers once more, from the start of the schedule."""
    del fields
    _require_id(id)
    deliveries.replay(desk.origin, id)
    return desk.done(address("webhooks", "deliveries", id), "replayed")


def _listed(desk: Desk) -> dict[str, Any]:
    known = endpoints.all_endpoints(desk.origin)
    endpoint_id = chosen(desk.query.get("endpoint"), [row.id for row in known])
    status = chosen(desk.query.get("status"), STATUSES)
    after = {"starting_after": desk.query["after"]} if "after" in desk.query else {}
    window: Window = parse_window({"limit": _PAGE, **after}, cursor=DELIVERY_ID, prefix="dlv_")
    found = deliveries.list_deliveries(desk.origin, window, endpoint_id=endpoint_id, status=status)
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


def _delivery(desk: Desk, delivery_id: str) -> dict[str, Any]:
    _require_id(delivery_id)
    row, attempts = deliveries.get_delivery(desk.origin, delivery_id)
    known = {each.id: each for each in endpoints.all_endpoints(desk.origin)}
    return {
        "delivery": row,
        "attempts": attempts[::-1],
        "endpoint": known.get(row.endpoint_id),
        "kind": KINDS[row.status],
    }


def _require_id(delivery_id: str) -> None:
    if not DELIVERY_ID.fullmatch(delivery_id):
        raise NotFound("You have no such delivery.")
