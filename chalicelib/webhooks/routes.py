"""`/webhooks`: a partner's endpoints, events and deliveries."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Annotated

from chalicelib.core.errors import BadRequest
from chalicelib.core.http.key_views import KeyViews
from chalicelib.core.http.surfaces import Surface, render_coded
from chalicelib.core.http.views import id_reader
from chalicelib.core.pagination import Page
from chalicelib.partners.service import authenticate
from chalicelib.webhooks import stream_requests
from chalicelib.webhooks.domain import MISSED, STATUSES, Choice
from chalicelib.webhooks.models.deliveries import DeliveryRow
from chalicelib.webhooks.models.endpoints import EndpointRow
from chalicelib.webhooks.models.events import EventRow
from chalicelib.webhooks.schemas import (
    LONGEST_EVENT_TYPE,
    AttemptRead,
    ConsumerRead,
    CursorStore,
    DeliveryRead,
    EndpointCancelPending,
    EndpointCreate,
    EndpointCreated,
    EndpointRecover,
    EndpointReplayMissing,
    EndpointTest,
    EndpointUpdate,
    EventRead,
    EventTried,
    FilterTest,
    FilterTried,
    MissingReplayed,
    PendingCanceled,
    Recovered,
    RequestRead,
    SecretRotate,
    SecretRotated,
    StreamRead,
)
from chalicelib.webhooks.service import deliveries, endpoints, errors, events, showing
from chalicelib.webhooks.windows import parse_since, parse_window

SCOPE = "webhooks"
ENDPOINTS = "/webhooks/endpoints"
EVENTS = "/webhooks/events"
STATISTICS = "/webhooks/stats"
DELIVERIES = "/webhooks/deliveries"
STREAM = "/webhooks/stream"
EVENT_TYPES = "/webhooks/event_types"
_ENDPOINT_ID = re.compile(r"ep_[0-9A-Z]{20}")

WebhookViews = partial(KeyViews, authenticate=authenticate, scope=SCOPE, realm="Webhooks")
Query = Mapping[str, str]
EndpointId = Annotated[str, id_reader(_ENDPOINT_ID, errors.EndpointUnknown)]
EventId = Annotated[str, id_reader(events.EVENT_ID, errors.EventUnknown)]
DeliveryId = Annotated[str, id_reader(deliveries.DELIVERY_ID, errors.DeliveryUnknown)]

routes = WebhookViews(__name__)
surface = Surface(name="webhooks", render_error=render_coded)


@routes.post(ENDPOINTS)
def create_endpoint(origin: str, body: EndpointCreate) -> EndpointCreated:
    """Creates an endpoint; this answer alone shows its secret."""
    row, secret = endpoints.create_endpoint(origin, body)
    return EndpointCreated(**showing.shown(row).model_dump(), secret=secret)


@routes.get(ENDPOINTS, showing.shown)
def list_endpoints(origin: str, query: Query) -> Page[EndpointRow]:
    """Lists endpoints, newest first."""
    return endpoints.list_endpoints(origin, parse_window(query, cursor=_ENDPOINT_ID, prefix="ep_"))


@routes.get(ENDPOINTS + "/{id}", showing.shown)
def get_endpoint(origin: str, id: EndpointId) -> EndpointRow:
    """Shows an endpoint without its secrets."""
    return endpoints.get_endpoint(origin, id)


@routes.patch(ENDPOINTS + "/{id}", showing.shown)
def update_endpoint(origin: str, id: EndpointId, body: EndpointUpdate) -> EndpointRow:
    """Changes an endpoint."""
    return endpoints.update_endpoint(origin, id, body)


@routes.delete(ENDPOINTS + "/{id}", showing.shown)
def delete_endpoint(origin: str, id: EndpointId) -> EndpointRow:
    """Deletes an endpoint; its deliveries stay."""
    return endpoints.delete_endpoint(origin, id)


@routes.post(ENDPOINTS + "/{id}/rotate_secret", body_is_optional=True)
def rotate_secret(origin: str, id: EndpointId, body: SecretRotate) -> SecretRotated:
    """Gives an endpoint a new secret; the older ones go on signing for a while."""
    return SecretRotated(secret=endpoints.rotate_secret(origin, id, keep_seconds=body.keep_seconds))


@routes.post(ENDPOINTS + "/{id}/test", DeliveryRead)
def test_endpoint(origin: str, id: EndpointId, body: EndpointTest) -> DeliveryRow:
    """Sends a sample event to an endpoint."""
    return events.send_test(origin, id, body.event_type)


@routes.post(ENDPOINTS + "/{id}/filter_test", body_is_optional=True)
def test_filter(origin: str, id: EndpointId, body: FilterTest) -> FilterTried:
    """Tries an endpoint's filter, or another, on recent events or on samples; sends nothing."""
    from chalicelib.webhooks.service import trials

    groups = None if body.filter is None else body.model_dump()["filter"]
    tried = trials.try_endpoint(origin, id, groups=groups, event_types=body.event_types, samples=body.samples)
    shown = [EventTried(id=each.event_id, type=each.event_type, passes=each.passes) for each in tried]
    return FilterTried(count=len(shown), passed=sum(each.passes for each in shown), events=shown)


@routes.post(ENDPOINTS + "/{id}/recover")
def recover_endpoint(origin: str, id: EndpointId, body: EndpointRecover) -> Recovered:
    """Begins anew what an endpoint missed since a time, or counts it."""
    from chalicelib.webhooks.service import recoveries

    count = recoveries.recover(
        origin,
        id,
        since=parse_since(str(body.since)),
        until=_until(body.until),
        choice=Choice(body.statuses or MISSED, body.event_types),
        dry_run=body.dry_run,
    )
    return Recovered(count=count)


@routes.post(ENDPOINTS + "/{id}/replay_missing")
def replay_missing(origin: str, id: EndpointId, body: EndpointReplayMissing) -> MissingReplayed:
    """Delivers the events since a time that an endpoint never got, or counts them."""
    from chalicelib.webhooks.service import recoveries

    replayed = recoveries.replay_missing(
        origin,
        id,
        since=parse_since(str(body.since)),
        until=_until(body.until),
        event_types=body.event_types,
        dry_run=body.dry_run,
    )
    return MissingReplayed.model_validate(replayed)


@routes.post(ENDPOINTS + "/{id}/cancel_pending", body_is_optional=True)
def cancel_pending(origin: str, id: EndpointId, body: EndpointCancelPending) -> PendingCanceled:
    """Cancels the deliveries that an endpoint has scheduled, or counts them."""
    from chalicelib.webhooks.service import cancellations

    count = cancellations.cancel_pending(
        origin,
        id,
        since=None if body.since is None else parse_since(str(body.since)),
        until=_until(body.until),
        event_types=body.event_types,
        dry_run=body.dry_run,
    )
    return PendingCanceled(count=count)


@routes.get(STATISTICS)
def get_statistics(origin: str, query: Query) -> object:
    """Shows how the deliveries of the last day went, hour by hour."""
    from chalicelib.webhooks.service import statistics

    return statistics.statistics(origin, _endpoint_of(query))


@routes.get(EVENTS, EventRead)
def list_events(origin: str, query: Query) -> Page[EventRow]:
    """Lists events, newest first, perhaps of one type alone."""
    window = parse_window(query, cursor=events.EVENT_ID)
    event_type = query.get("type")
    if event_type is not None and not 1 <= len(event_type) <= LONGEST_EVENT_TYPE:
        raise BadRequest(f"type: must have 1 to {LONGEST_EVENT_TYPE} characters", param="type")
    try:
        return events.list_events(origin, window, event_type=event_type)
    except errors.EventUnknown as error:
        raise BadRequest("starting_after: is not an id of this list", param="starting_after") from error


@routes.get(EVENTS + "/{id}", EventRead)
def get_event(origin: str, id: EventId) -> EventRow:
    """Shows an event."""
    return events.get_event(origin, id)


@routes.get(STREAM)
def read_stream(origin: str, query: Query) -> StreamRead:
    """Gives what happened after a cursor, each event once, and may wait for it."""
    from chalicelib.webhooks.service import stream

    part = stream.read_stream(origin, stream_requests.parse_request(query))
    events = [EventRead.model_validate(row) for row in part.events]
    return StreamRead(data=events, cursor=part.cursor.text())


@routes.post(STREAM)
def store_cursor(origin: str, body: CursorStore) -> ConsumerRead:
    """Stores how far a consumer of the stream has come."""
    from chalicelib.webhooks.service import stream

    stream.store_cursor(origin, body.consumer, body.cursor)
    return ConsumerRead(consumer=body.consumer, cursor=body.cursor)


@routes.get(DELIVERIES, DeliveryRead)
def list_deliveries(origin: str, query: Query) -> Page[DeliveryRow]:
    """Lists deliveries, newest first, perhaps of one endpoint or one status alone."""
    window = parse_window(query, cursor=deliveries.DELIVERY_ID, prefix="dlv_")
    status, endpoint_id = query.get("status"), _endpoint_of(query)
    if status is not None and status not in STATUSES:
        raise BadRequest(f"status: must be one of {', '.join(STATUSES)}", param="status")
    return deliveries.list_deliveries(origin, window, endpoint_id=endpoint_id, status=status)


@routes.get(DELIVERIES + "/{id}")
def get_delivery(origin: str, id: DeliveryId) -> DeliveryRead:
    """Shows a delivery: what is sent, and each attempt with its answer."""
    return _whole(deliveries.get_delivery(origin, id))


@routes.post(DELIVERIES + "/{id}/replay")
def replay_delivery(origin: str, id: DeliveryId) -> DeliveryRead:
    """Delivers once more, from the start of the schedule, whatever came of it before."""
    return _whole(deliveries.replay(origin, id))


@routes.post(DELIVERIES + "/{id}/cancel")
def cancel_delivery(origin: str, id: DeliveryId) -> DeliveryRead:
    """Ends a scheduled delivery; no further attempt is begun."""
    return _whole(deliveries.cancel(origin, id))


def _until(until: str | int | None) -> datetime | None:
    return None if until is None else parse_since(str(until), param="until")


def _whole(found: deliveries.WholeDelivery) -> DeliveryRead:
    from chalicelib.webhooks.service.sent import request_of

    request = RequestRead.model_validate(request_of(found.row))
    attempts = [AttemptRead.model_validate(attempt) for attempt in found.attempts]
    return DeliveryRead.model_validate(found.row).model_copy(update={"attempts": attempts, "request": request})


def _endpoint_of(query: Query) -> str | None:
    """The endpoint that a list is asked for alone. Raises `BadRequest` for what is no id of one."""
    endpoint_id = query.get("endpoint")
    if endpoint_id is not None and not _ENDPOINT_ID.fullmatch(endpoint_id):
        raise BadRequest("endpoint: is not the id of an endpoint", param="endpoint")
    return endpoint_id
