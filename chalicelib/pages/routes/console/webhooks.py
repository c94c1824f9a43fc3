"""`/console/webhooks`: endpoints, their secrets, and the figures of their deliveries."""

import json
from datetime import datetime, timedelta
from typing import Any

from chalice.app import Response

from chalicelib.core.clock import now
from chalicelib.core.errors import ApiError, BadRequest
from chalicelib.core.http.parse import validated
from chalicelib.core.json_reader import NotJson, read_json
from chalicelib.pages.routes.console.calls import ConsoleCall, address, allowed_value, form, fragment, page
from chalicelib.pages.routes.console.charts import RANGES, Chart, of_attempts
from chalicelib.pages.routes.console.deliveries import STATES
from chalicelib.pages.routes.console.forms import Form
from chalicelib.partners.retention import retention_of
from chalicelib.webhooks.domain import MISSED, PER_SUBJECT, RECOVERABLE, SCHEDULES, Choice, schedule_text
from chalicelib.webhooks.schemas import (
    EndpointCreate,
    EndpointRead,
    EndpointRecover,
    EndpointReplayMissing,
    EndpointTest,
    EndpointUpdate,
    FilterTest,
    SecretRotate,
)
from chalicelib.webhooks.service import cancellations, endpoints, events, recoveries, showing, statistics, trials
from chalicelib.webhooks.service.event_types import is_wanted, known_event_types
from chalicelib.webhooks.signing import MAX_KEEP_SECONDS
from chalicelib.webhooks.windows import parse_since

WEBHOOKS = "/console/webhooks"
ENDPOINTS = WEBHOOKS + "/endpoints"
ONE = ENDPOINTS + "/{id}"
_NEW = Form({"schedule": "standard", "enabled": "1"})
_TRY = "try"  # a button of the form sends it on, and says on which events
_ORDERINGS = [("none", "None: side by side"), (PER_SUBJECT, "One at a time for each NFT or customer")]
_HOUR_LENGTH = len("2026-11-22T02")


@page(WEBHOOKS, "webhooks")
def show_webhooks(call: ConsoleCall) -> Response:
    """Shows the partner's endpoints and the attempts of the last day, or of as many days as `days` says."""
    return call.show("webhooks.html", retention=retention_of(call.origin), **_figures(call))


def _endpoint(call: ConsoleCall, endpoint_id: str) -> EndpointRead:
    return showing.shown(endpoints.get_endpoint(call.origin, endpoint_id))


def _known(shown: EndpointRead) -> dict[str, Any]:
    """The fields of an endpoint's form, as they are stored."""
    names = ("url", "schedule", "ordering", "rate_limit", "description", "api_key_header")
    known = {name: getattr(shown, name) for name in names}
    known["filter"] = json.dumps(shown.filter, ensure_ascii=False) if shown.filter else ""
    return known | {f"type:{name}": "1" for name in shown.event_types}


def _endpoint_form(call: ConsoleCall, fields: Form, shown: EndpointRead | None, **outcome: Any) -> Response:
    """The form, with the `outcome` of an action: a sentence as `told`, or a filter's trial as `tried`."""
    schedules = [(name, f"{name.capitalize()}: {schedule_text(name)}") for name in SCHEDULES]
    choices: dict[str, Any] = {
        "event_types": known_event_types(),
        "usual_types": [name for name in known_event_types() if is_wanted((), name)],
        "by_name_only": [name for name in known_event_types() if not is_wanted((), name)],
        "schedules": schedules,
        "orderings": _ORDERINGS,
        "recoverable": [(status, STATES[status]) for status in RECOVERABLE],
        "usual": MISSED,
    }
    return call.show("endpoint.html", form=fields, endpoint=shown, **choices, **outcome)


@page(ENDPOINTS, "webhooks")
def new_endpoint(call: ConsoleCall, fields: Form = _NEW) -> Response:
    """Shows the form for a new endpoint."""
    return _endpoint_form(call, fields, None)


@form(ENDPOINTS, "webhooks", refused=new_endpoint)
def create_endpoint(call: ConsoleCall, fields: Form) -> Response:
    """Adds an endpoint and shows its secret once; or only tries its filter."""
    if _TRY in call.query:
        return _tried(call, fields, None)
    row, secret = endpoints.create_endpoint(call.origin, fields.validated(EndpointCreate, _fields(fields)))
    return call.show("endpoint_secret.html", endpoint=showing.shown(row), secret=secret, is_new=True)


@page(ONE, "webhooks")
def show_endpoint(call: ConsoleCall, id: str, fields: Form | None = None) -> Response:
    """Shows an endpoint with its forms."""
    shown = _endpoint(call, id)
    return _endpoint_form(call, Form(_known(shown)) if fields is None else fields, shown)


@form(ONE, "webhooks", refused=show_endpoint)
def update_endpoint(call: ConsoleCall, fields: Form, id: str) -> Response:
    """Changes an endpoint; without new headers, the stored ones stay. Or only tries a filter for it."""
    shown = _endpoint(call, id)
    if _TRY in call.query:
        return _tried(call, fields, shown)
    endpoints.update_endpoint(call.origin, id, fields.validated(EndpointUpdate, _fields(fields)))
    return call.done(address("webhooks", "endpoints", id), "saved")


@form(ONE + "/enabled", "webhooks")
def enable_endpoint(call: ConsoleCall, fields: Form, id: str) -> Response:
    """Enables or disables an endpoint."""
    enabled = fields.text("to") == "enabled"
    _endpoint(call, id)
    endpoints.update_endpoint(call.origin, id, validated(EndpointUpdate, {"enabled": enabled}))
    return call.done(address("webhooks", "endpoints", id), "enabled" if enabled else "disabled")


@form(ONE + "/delete", "webhooks")
def delete_endpoint(call: ConsoleCall, id: str) -> Response:
    """Deletes an endpoint."""
    _endpoint(call, id)
    endpoints.delete_endpoint(call.origin, id)
    return call.done(WEBHOOKS, "endpoint-deleted")


@form(ONE + "/secret", "webhooks")
def rotate_secret(call: ConsoleCall, fields: Form, id: str) -> Response:
    """Rotates an endpoint's secret and shows the new one once."""
    hours = fields.whole("keep_hours")
    fields.check()
    try:
        body = fields.validated(SecretRotate, {} if hours is None else {"keep_seconds": hours * 3600})
    except BadRequest as error:
        most = MAX_KEEP_SECONDS // 3600
        raise BadRequest(f"The older secret can go on signing for 0 to {most} hours.", param="keep_hours") from error
    shown = _endpoint(call, id)
    secret = endpoints.rotate_secret(call.origin, id, keep_seconds=body.keep_seconds)
    return call.show("endpoint_secret.html", endpoint=shown, secret=secret, is_new=False)


@form(ONE + "/test", "webhooks")
def test_endpoint(call: ConsoleCall, fields: Form, id: str) -> Response:
    """Sends a sample event and shows its delivery."""
    body = fields.validated(EndpointTest, {"event_type": fields.text("event_type")})
    _endpoint(call, id)
    row = events.send_test(call.origin, id, body.event_type)
    return call.done(address("webhooks", "deliveries", row.id), "sent")


@form(ONE + "/recover", "webhooks")
def recover_endpoint(call: ConsoleCall, fields: Form, id: str) -> Response:
    """Restarts the failed deliveries of an endpoint in a span of time, or counts them."""
    shown, dry_run = _endpoint(call, id), fields.flag("dry_run")
    filled = _filled(fields, shown)
    try:
        since, until = _span(fields)
        body = fields.validated(EndpointRecover, {**_chosen(fields), "statuses": fields.ticked("status")})
        choice = Choice(body.statuses or MISSED, body.event_types)
        count = recoveries.recover(call.origin, id, since=since, until=until, choice=choice, dry_run=dry_run)
    except ApiError as error:
        return _endpoint_form(call, filled.refused(error), shown)
    if dry_run:
        told = f"{count:,} {'delivery' if count == 1 else 'deliveries'} would be delivered again."
        return _endpoint_form(call, filled, shown, told=told)
    return call.done(address("webhooks", "deliveries", endpoint=id), "recovering")


@form(ONE + "/replay_missing", "webhooks")
def replay_missing(call: ConsoleCall, fields: Form, id: str) -> Response:
    """Delivers the events of a span of time that an endpoint never got, or counts them."""
    shown, dry_run = _endpoint(call, id), fields.flag("dry_run")
    filled = _filled(fields, shown)
    try:
        since, until = _span(fields)
        types = fields.validated(EndpointReplayMissing, _chosen(fields)).event_types
        replayed = recoveries.replay_missing(
            call.origin, id, since=since, until=until, event_types=types, dry_run=dry_run
        )
    except ApiError as error:
        return _endpoint_form(call, filled.refused(error), shown)
    if not dry_run and replayed.next_since is None:
        return call.done(address("webhooks", "deliveries", endpoint=id), "replaying")
    told = f"{replayed.count:,} {'event' if replayed.count == 1 else 'events'} that it never got "
    told += "would be delivered." if dry_run else f"{'is' if replayed.count == 1 else 'are'} being delivered."
    if replayed.next_since is not None:
        filled = Form({**filled, "since": f"{replayed.next_since:%Y-%m-%dT%H:%M:%S}"})
        told += " More events follow than are looked at at once: do the same from the time that is filled in now."
    return _endpoint_form(call, filled, shown, told=told)


def _span(fields: Form) -> tuple[datetime, datetime | None]:
    begins, ends = fields.moment("since"), fields.moment("until")
    fields.check()
    return parse_since(begins or ""), None if ends is None else parse_since(ends, param="until")


def _chosen(fields: Form) -> dict[str, Any]:
    """What the form of a recovery says for its schema; the span has been read by then."""
    return {"since": fields.text("since"), "event_types": fields.ticked("missed")}


def _filled(fields: Form, shown: EndpointRead) -> Form:
    """The endpoint's form, with what was typed and ticked for a recovery."""
    ticks = [f"{prefix}:{each}" for prefix in ("missed", "status") for each in fields.ticked(prefix)]
    names = ("since", "until", "dry_run", *ticks)
    return Form({**_known(shown), **{name: fields[name] for name in names if name in fields}})


@form(ONE + "/cancel", "webhooks")
def cancel_pending(call: ConsoleCall, id: str) -> Response:
    """Cancels what an endpoint has scheduled."""
    _endpoint(call, id)
    cancellations.cancel_pending(call.origin, id)
    return call.done(address("webhooks", "deliveries", endpoint=id), "pending-canceled")


def _tried(call: ConsoleCall, fields: Form, shown: EndpointRead | None) -> Response:
    samples = call.query.get(_TRY) == "samples"
    given = {"filter": _filter(fields), "event_types": fields.ticked("type"), "samples": samples}
    body = fields.validated(FilterTest, given)
    groups = body.model_dump()["filter"] or []
    found = trials.try_filter(call.origin, groups, body.event_types or (), samples=samples)
    return _endpoint_form(call, fields, shown, tried=found, on_samples=samples)


def _fields(fields: Form) -> dict[str, Any]:
    headers = fields.headers()
    given = {"headers": headers} if headers or fields.flag("no_headers") else {}
    return {
        **given,
        "url": fields.text("url"),
        "event_types": fields.ticked("type"),
        "api_key_header": fields.optional("api_key_header"),
        "filter": _filter(fields),
        "schedule": fields.text("schedule") or "standard",
        "ordering": fields.text("ordering") or "none",
        "rate_limit": fields.whole("rate_limit"),
        "description": fields.optional("description"),
    }


def _filter(fields: Form) -> Any:
    text = fields.text("filter")
    try:
        return read_json(text.encode()) if text else []
    except NotJson:
        fields.note("filter", "must be JSON")
        return []


@fragment(WEBHOOKS + "/figures", "webhooks", "webhooks_figures.html")
def _figures(call: ConsoleCall) -> dict[str, Any]:
    """The endpoints, and the attempts by hour or by day."""
    known = endpoints.all_endpoints(call.origin)
    found = statistics.statistics(call.origin, None, known=known)
    days = allowed_value(call.query.get("days"), [str(each) for each in RANGES])
    return {
        "endpoints": [row for row in known if row.id.startswith("ep_")],
        "statistics": found,
        "chart": _hours_chart(found) if days is None else _days_chart(call.origin, int(days)),
        "ranges": RANGES,
        "days": days,
        "live": address("webhooks", "figures", days=days),
    }


def _hours_chart(found: statistics.Statistics) -> Chart:
    counts = {hour.hour[:_HOUR_LENGTH]: (hour.succeeded, hour.failed) for hour in found.hours}
    hours = [now() - timedelta(hours=ago) for ago in range(statistics.HOURS - 1, -1, -1)]
    columns = [(f"{hour:%H}:00", counts.get(f"{hour:%Y-%m-%dT%H}", (0, 0))) for hour in hours]
    return Chart("attempts", "Attempts by hour", ("delivered", "failed"), columns, unit="hour", latest="this hour")


def _days_chart(origin: str, days: int) -> Chart:
    found = statistics.by_day(origin, days=max(RANGES))
    return of_attempts("attempts", "Attempts by day", dict(list(found.items())[-days:]))
