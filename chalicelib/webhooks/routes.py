"""`/webhooks`: a partner's endpoints, events and deliveries."""

import re
from typing import Any, TypeVar

from chalice.app import Blueprint, Request, Response

from chalicelib.core.credentials import Accepted, CredentialRefused, presented, require_scope
from chalicelib.core.errors import BadRequest
from chalicelib.core.http.credentials import forbidden
from chalicelib.core.http.parse import path_value, query_of, validated
from chalicelib.core.http.request import json_body, raw_body
from chalicelib.core.http.respond import answer, read_many
from chalicelib.core.http.surfaces import Surface, render_coded
from chalicelib.core.pagination import Page, envelope
from chalicelib.partners.service import authenticate
from chalicelib.webhooks.domain import STATUSES
from chalicelib.webhooks.schemas import (
    LONGEST_EVENT_TYPE,
    AttemptRead,
    DeliveryRead,
    EndpointCreate,
    EndpointCreated,
    EndpointRecover,
    EndpointTest,
    EndpointUpdate,
    EventRead,
    Recovered,
    SecretRotate,
    SecretRotated,
)
from chalicelib.webhooks.service import deliveries, endpoints, errors, events, sealed
from chalicelib.webhooks.windows import parse_since, parse_window

T = TypeVar("T")
SCOPE = "webhooks"
ENDPOINTS = "/webhooks/endpoints"
EVENTS = "/webhooks/events"
STATISTICS = "/webhooks/stats"
DELIVERIES = "/webhooks/deliveries"
_ENDPOINT_ID = re.compile(r"ep_[0-9A-Z]{20}")
DELIVERY_ID = re.compile(r"dlv_[0-9A-Z]{20}")
EVENT_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")

_ACCEPTED = Accepted("API key", key_header=True)

routes = Blueprint(__name__)
surface = Surface(name="webhooks", render_error=render_coded)


def partner_of(request: Request) -> str:
    """The origin whose key the request carries, as `Authorization: Bearer` or `X-API-KEY`.

    Raises `Forbidden` without a valid key that has the scope `webhooks`.
    """
    try:
        credential = authenticate(presented(request.headers, _ACCEPTED))
        require_scope(credential, SCOPE, what="API key")
    except CredentialRefused as error:
        raise forbidden(error, realm="Webhooks") from error
    return credential.origin


@routes.route(ENDPOINTS, methods=["POST"])
def create_endpoint() -> Response:
    """Creates an endpoint; this answer alone shows its secret."""
    origin = partner_of(routes.current_request)
    body = validated(EndpointCreate, json_body(routes.current_request))
    row, secret = endpoints.create_endpoint(origin, body)
    return answer(EndpointCreated(**sealed.shown(row).model_dump(), secret=secret))


@routes.route(ENDPOINTS, methods=["GET"])
def list_endpoints() -> Response:
    """Lists endpoints, newest first."""
    origin = partner_of(routes.current_request)
    window = parse_window(query_of(routes.current_request.query_params), cursor=_ENDPOINT_ID, prefix="ep_")
    page = endpoints.list_endpoints(origin, window)
    return answer(envelope(Page([sealed.shown(row) for row in page.items], page.has_more), url=ENDPOINTS))


@routes.route(ENDPOINTS + "/{id}", methods=["GET"])
def get_endpoint(id: str) -> Response:
    """Shows an endpoint without its secrets."""
    origin = partner_of(routes.current_request)
    return answer(sealed.shown(endpoints.get_endpoint(origin, _endpoint_id(id))))


@routes.route(ENDPOINTS + "/{id}", methods=["PATCH"])
def update_endpoint(id: str) -> Response:
    """Changes an endpoint."""
    origin = partner_of(routes.current_request)
    body = validated(EndpointUpdate, json_body(routes.current_request))
    row = endpoints.update_endpoint(origin, _endpoint_id(id), body)
    return answer(sealed.shown(row))


@routes.route(ENDPOINTS + "/{id}", methods=["DELETE"])
def delete_endpoint(id: str) -> Response:
    """Deletes an endpoint; its deliveries stay."""
    origin = partner_of(routes.current_request)
    return answer(sealed.shown(endpoints.delete_endpoint(origin, _endpoint_id(id))))


@routes.route(ENDPOINTS + "/{id}/rotate_secret", methods=["POST"])
def rotate_secret(id: str) -> Response:
    """Gives an endpoint a new secret; the older ones go on signing for a while."""
    origin = partner_of(routes.current_request)
    request = routes.current_request
    body = validated(SecretRotate, json_body(request) if raw_body(request) else {})
    secret = endpoints.rotate_secret(origin, _endpoint_id(id), keep_seconds=body.keep_seconds)
    return answer(SecretRotated(secret=secret))


@routes.route(ENDPOINTS + "/{id}/test", methods=["POST"])
def test_endpoint(id: str) -> Response:
    """Sends a sample event to an endpoint."""
    origin = partner_of(routes.current_request)
    body = validated(EndpointTest, json_body(routes.current_request))
    row = events.send_test(origin, _endpoint_id(id), body.event_type)
    return answer(DeliveryRead.model_validate(row))


@routes.route(ENDPOINTS + "/{id}/recover", methods=["POST"])
def recover_endpoint(id: str) -> Response:
    """Begins anew everything that an endpoint missed since a time."""
    from chalicelib.webhooks.service import recoveries

    origin = partner_of(routes.current_request)
    body = validated(EndpointRecover, json_body(routes.current_request))
    since = parse_since(str(body.since))
    return answer(Recovered(count=recoveries.recover(origin, _endpoint_id(id), since=since)))


@routes.route(STATISTICS, methods=["GET"])
def get_statistics() -> Response:
    """Shows how the deliveries of the last day went, hour by hour."""
    from chalicelib.webhooks.service import statistics

    origin = partner_of(routes.current_request)
    endpoint_id = query_of(routes.current_request.query_params).get("endpoint")
    if endpoint_id is not None and not _ENDPOINT_ID.fullmatch(endpoint_id):
        raise BadRequest("endpoint: is not the id of an endpoint", param="endpoint")
    return answer(statistics.statistics(origin, endpoint_id))


@routes.route(EVENTS, methods=["GET"])
def list_events() -> Response:
    """Lists events, newest first, perhaps of one type alone."""
    origin = partner_of(routes.current_request)
    query = query_of(routes.current_request.query_params)
    window = parse_window(query, cursor=EVENT_ID)
    event_type = query.get("type")
    if event_type is not None and not 1 <= len(event_type) <= LONGEST_EVENT_TYPE:
        raise BadRequest(f"type: must have 1 to {LONGEST_EVENT_TYPE} characters", param="type")
    try:
        page = events.list_events(origin, window, event_type=event_type)
    except errors.EventUnknown as error:
        raise BadRequest("starting_after: is not an id of this list", param="starting_after") from error
    return _listed(EVENTS, page, EventRead)


@routes.route(EVENTS + "/{id}", methods=["GET"])
def get_event(id: str) -> Response:
    """Shows an event."""
    origin = partner_of(routes.current_request)
    return answer(EventRead.model_validate(events.get_event(origin, _event_id(id))))


@routes.route(DELIVERIES, methods=["GET"])
def list_deliveries() -> Response:
    """Lists deliveries, newest first, perhaps of one endpoint or one status alone."""
    origin = partner_of(routes.current_request)
    query = query_of(routes.current_request.query_params)
    window = parse_window(query, cursor=DELIVERY_ID, prefix="dlv_")
    status, endpoint_id = query.get("status"), query.get("endpoint")
    if endpoint_id is not None and not _ENDPOINT_ID.fullmatch(endpoint_id):
        raise BadRequest("endpoint: is not the id of an endpoint", param="endpoint")
    if status is not None and status not in STATUSES:
        raise BadRequest(f"status: must be one of {', '.join(STATUSES)}", param="status")
    page = deliveries.list_deliveries(origin, window, endpoint_id=endpoint_id, status=status)
    return _listed(DELIVERIES, page, DeliveryRead)


@routes.route(DELIVERIES + "/{id}", methods=["GET"])
def get_delivery(id: str) -> Response:
    """Shows a delivery and its attempts."""
    origin = partner_of(routes.current_request)
    return answer(_shown_whole(deliveries.get_delivery(origin, _delivery_id(id))))


@routes.route(DELIVERIES + "/{id}/replay", methods=["POST"])
def replay_delivery(id: str) -> Response:
    """Delivers once more, from the start of the schedule, whatever came of it before."""
    origin = partner_of(routes.current_request)
    return answer(_shown_whole(deliveries.replay(origin, _delivery_id(id))))


def _shown_whole(found: deliveries.WholeDelivery) -> DeliveryRead:
    attempts = [AttemptRead.model_validate(attempt) for attempt in found.attempts]
    return DeliveryRead.model_validate(found.row).model_copy(update={"attempts": attempts})


def _endpoint_id(raw: str) -> str:
    """A path variable that may name an endpoint: what cannot is unknown without asking."""
    if not _ENDPOINT_ID.fullmatch(path_value(raw)):
        raise errors.EndpointUnknown
    return path_value(raw)


def _event_id(raw: str) -> str:
    """The same of an event."""
    if not EVENT_ID.fullmatch(path_value(raw)):
        raise errors.EventUnknown
    return path_value(raw)


def _delivery_id(raw: str) -> str:
    """The same of a delivery."""
    if not DELIVERY_ID.fullmatch(path_value(raw)):
        raise errors.DeliveryUnknown
    return path_value(raw)


def _listed(path: str, page: Page[Any], model: type[Any]) -> Response:
    return answer(envelope(Page(read_many(model, page.items), page.has_more), url=path))
