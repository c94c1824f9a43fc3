"""`/console/webhooks`: endpoints, their secrets, and how their deliveries go."""

from datetime import timedelta
from typing import Any

from chalice.app import Response

from chalicelib.core.clock import now
from chalicelib.core.errors import ApiError, BadRequest
from chalicelib.core.http.parse import validated
from chalicelib.pages.routes.console.charts import Chart
from chalicelib.pages.routes.console.desk import Desk, address, form, page
from chalicelib.pages.routes.console.forms import Form
from chalicelib.webhooks.domain import SCHEDULES, schedule_text
from chalicelib.webhooks.schemas import EndpointCreate, EndpointRead, EndpointTest, EndpointUpdate, SecretRotate
from chalicelib.webhooks.service import endpoints, events, recoveries, sealed, statistics
from chalicelib.webhooks.service.event_types import known_event_types
from chalicelib.webhooks.signing import MAX_KEEP_SECONDS
from chalicelib.webhooks.windows import parse_since

WEBHOOKS = "/console/webhooks"
ENDPOINTS = WEBHOOKS + "/endpoints"
ONE = ENDPOINTS + "/{id}"
_NEW = {"schedule": "standard", "enabled": "1"}
_HOUR_LENGTH = len("2026-11-22T02")


@page(WEBHOOKS, "webhooks")
def show_webhooks(desk: Desk) -> Response:
    """Shows the partner's endpoints and how the last day's deliveries went."""
    return desk.show("webhooks.html", **_figures(desk))


@page(WEBHOOKS + "/figures", "webhooks")
def show_figures(desk: Desk) -> Response:
    """The part of the page that moves."""
    return desk.show("webhooks_figures.html", **_figures(desk))


@page(ENDPOINTS, "webhooks")
def new_endpoint(desk: Desk) -> Response:
    """Asks for a new endpoint."""
    return _endpoint_form(desk, Form(_NEW), None)


@form(ENDPOINTS, "webhooks")
def create_endpoint(desk: Desk, fields: Form) -> Response:
    """Adds an endpoint, and shows its secret this once."""
    try:
        body = validated(EndpointCreate, _fields(fields))
        row, secret = endpoints.create_endpoint(desk.origin, body)
    except ApiError as error:
        return _endpoint_form(desk, fields.refused(error), None, status=error.status)
    shown = sealed.shown(row)
    return desk.show("endpoint_secret.html", endpoint=shown, secret=secret, is_new=True)


@page(ONE, "webhooks")
def show_endpoint(desk: Desk, id: str) -> Response:
    """Shows an endpoint to be changed, tested and ended."""
    shown = _endpoint(desk, id)
    ticked = {f"type:{name}": "1" for name in shown.event_types}
    known = {name: getattr(shown, name) for name in ("url", "schedule", "rate_limit", "description", "api_key_header")}
    return _endpoint_form(desk, Form({**known, **ticked}), shown)


@form(ONE, "webhooks")
def update_endpoint(desk: Desk, fields: Form, id: str) -> Response:
    """Changes an endpoint."""
    shown = _endpoint(desk, id)
    try:
        body = validated(EndpointUpdate, _fields(fields))
        endpoints.update_endpoint(desk.origin, id, body)
    except ApiError as error:
        return _endpoint_form(desk, fields.refused(error), shown, status=error.status)
    return desk.done(address("webhooks", "endpoints", id), "saved")


@form(ONE + "/enabled", "webhooks")
def enable_endpoint(desk: Desk, fields: Form, id: str) -> Response:
    """Enables or disables an endpoint."""
    enabled = fields.text("to") == "enabled"
    _endpoint(desk, id)
    endpoints.update_endpoint(desk.origin, id, validated(EndpointUpdate, {"enabled": enabled}))
    return desk.done(address("webhooks", "endpoints", id), "enabled" if enabled else "disabled")


@form(ONE + "/delete", "webhooks")
def delete_endpoint(desk: Desk, fields: Form, id: str) -> Response:
    """Deletes an endpoint."""
    del fields
    _endpoint(desk, id)
    endpoints.delete_endpoint(desk.origin, id)
    return desk.done(WEBHOOKS, "endpoint-deleted")


@form(ONE + "/secret", "webhooks")
def rotate_secret(desk: Desk, fields: Form, id: str) -> Response:
    """Gives an endpoint a new secret, and shows it this once."""
    hours = fields.whole("keep_hours")
    try:
        body = validated(SecretRotate, {} if hours is None else {"keep_seconds": hours * 3600})
    except BadRequest as error:
        most = MAX_KEEP_SECONDS // 3600
        raise BadRequest(f"The older secret can go on signing for 0 to {most} hours.", param="keep_hours") from error
    shown = _endpoint(desk, id)
    secret = endpoints.rotate_secret(desk.origin, id, keep_seconds=body.keep_seconds)
    return desk.show("endpoint_secret.html", endpoint=shown, secret=secret, is_new=False)


@form(ONE + "/test", "webhooks")
def test_endpoint(desk: Desk, fields: Form, id: str) -> Response:
    """Sends a sample event, and shows what comes of it."""
    body = validated(EndpointTest, {"event_type": fields.text("event_type")})
    _endpoint(desk, id)
    row = events.send_test(desk.origin, id, body.event_type)
    return desk.done(address("webhooks", "deliveries", row.id), "sent")


@form(ONE + "/recover", "webhooks")
def recover_endpoint(desk: Desk, fields: Form, id: str) -> Response:
    """Begins anew everything that an endpoint missed since a time."""
    since = parse_since(fields.moment("since") or "")
    _endpoint(desk, id)
    recoveries.recover(desk.origin, id, since=since)
    return desk.done(address("webhooks", "deliveries", endpoint=id), "recovering")


def _endpoint(desk: Desk, endpoint_id: str) -> EndpointRead:
    return sealed.shown(endpoints.get_endpoint(desk.origin, endpoint_id))


def _endpoint_form(desk: Desk, fields: Form, shown: EndpointRead | None, *, status: int = 200) -> Response:
    schedules = [(name, f"{name.capitalize()}: {schedule_text(name)}") for name in SCHEDULES]
    known = known_event_types()
    return desk.show(
        "endpoint.html", status=status, form=fields, endpoint=shown, event_types=known, schedules=schedules
    )


def _fields(fields: Form) -> dict[str, Any]:
    return {
        "url": fields.text("url"),
        "event_types": fields.ticked("type"),
        "api_key_header": fields.optional("api_key_header"),
        "schedule": fields.text("schedule") or "standard",
        "rate_limit": fields.whole("rate_limit"),
        "description": fields.optional("description"),
    }


def _figures(desk: Desk) -> dict[str, Any]:
    found = statistics.statistics(desk.origin, None)
    counts = {hour.hour[:_HOUR_LENGTH]: (hour.succeeded, hour.failed) for hour in found.hours}
    hours = [now() - timedelta(hours=ago) for ago in range(statistics.HOURS - 1, -1, -1)]
    columns = [(f"{hour:%H}:00", counts.get(f"{hour:%Y-%m-%dT%H}", (0, 0))) for hour in hours]
    chart = Chart("hours", "Attempts by hour", ("delivered", "failed"), columns, unit="hour", latest="this hour")
    rows = [row for row in endpoints.all_endpoints(desk.origin) if row.id.startswith("ep_")]
    return {"endpoints": rows, "statistics": found, "chart": chart}
