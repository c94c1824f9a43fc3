"""Events: recorded with the change that they tell of, and laid out for delivery in the same transaction."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from chalicelib.core.clock import epoch_micros, now
from chalicelib.core.errors import existing
from chalicelib.core.ids import EVENT_PREFIX, sortable_id
from chalicelib.core.pagination import Page
from chalicelib.core.queues import Queue
from chalicelib.core.transactions import Transaction
from chalicelib.core.windows import Window
from chalicelib.partners.retention import retention_of
from chalicelib.webhooks.domain import PER_SUBJECT
from chalicelib.webhooks.filters import passes
from chalicelib.webhooks.models.deliveries import DeliveryRow
from chalicelib.webhooks.models.endpoints import EndpointRow
from chalicelib.webhooks.models.events import EventRow
from chalicelib.webhooks.queues import FAST, SLOW, deliver_message, sweep_grace
from chalicelib.webhooks.repository import deliveries as delivery_rows
from chalicelib.webhooks.repository import events as repository
from chalicelib.webhooks.service import audits
from chalicelib.webhooks.service.bodies import keep_body
from chalicelib.webhooks.service.endpoints import all_endpoints, get_endpoint
from chalicelib.webhooks.service.errors import ContentTooLarge, DeliveryExists, EventExists, EventUnknown
from chalicelib.webhooks.service.event_types import (
    check_event_type,
    endpoint_of,
    is_wanted,
    owner_of,
    sample_content,
    subject_of,
)

MAX_CONTENT_BYTES = 350_000
# What a row can hold beside its keys and other attributes, of DynamoDB's 409,600 bytes.
LARGEST_CONTENT_BYTES = 400_000
# It becomes the header `webhook-id` and the first part, up to a full stop, of what is signed.
EVENT_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


def emit(
    transaction: Transaction,
    *,
    origin: str,
    event_type: str,
    content: Any,
    event_id: str | None = None,
    endpoints: tuple[EndpointRow, ...] | None = None,
    max_bytes: int = MAX_CONTENT_BYTES,
    keeps_id: bool = False,
) -> str:
    """Adds an event, and its delivery to each endpoint that wants it, to the transaction of a change.

    `content` is the JSON value that receivers get. With an `event_id` of the caller's own the commit raises
    `EventExists` where an event of that id was recorded already, and then writes nothing; with `keeps_id`, at a write
    more, also after that event has expired. Without `endpoints` it reads the partner's, in one request, since no event
    may miss an endpoint that exists; a caller that tells of several changes reads them once, by `all_endpoints`.
    `max_bytes`, at most `LARGEST_CONTENT_BYTES`, is for what was accepted once and has grown since. An event about an
    endpoint is not sent to that one. Returns the event's id, which is the `webhook-id`.

    Raises `EventTypeUnknown` or `ContentTooLarge`.
    """
    check_event_type(event_type)
    event = _event(origin, event_type=event_type, content=content, event_id=event_id, max_bytes=max_bytes)
    transaction.create(event, otherwise=EventExists(event.id))
    if keeps_id:
        repository.add_taken_id(transaction, event, otherwise=EventExists(event.id))
    for endpoint in all_endpoints(origin) if endpoints is None else endpoints:
        if is_wanted(endpoint.event_types, event_type) and _takes(endpoint, event_type, content):
            _add_delivery(transaction, event, endpoint)
    return event.id


def emit_named(
    transaction: Transaction,
    *,
    origin: str,
    bodies: Mapping[str, Callable[[], Any]],
    event_id: str | None,
    keeps_id: bool,
) -> None:
    """Adds the events whose types an endpoint names; `telling.add_named` asks the memory first."""
    endpoints = all_endpoints(origin)
    named = {name for endpoint in endpoints for name in endpoint.event_types}
    for event_type, body in bodies.items():
        if event_type in named:
            emit(
                transaction,
                origin=origin,
                event_type=event_type,
                content=body(),
                event_id=event_id,
                endpoints=endpoints,
                keeps_id=keeps_id,
            )


def writes_of(endpoints: tuple[EndpointRow, ...]) -> int:
    """How many writes `emit` adds at most, for these endpoints and without `keeps_id`."""
    return 1 + sum(1 if endpoint.enabled and endpoint.ordering != PER_SUBJECT else 2 for endpoint in endpoints)


def send_test(origin: str, endpoint_id: str, event_type: str) -> DeliveryRow:
    """Records a sample event for one endpoint, of a type it need not have asked for, whatever its filter.

    Raises `EndpointUnknown` or `EventTypeUnknown`.
    """
    endpoint = get_endpoint(origin, endpoint_id)
    content = sample_content(event_type)
    event = _event(origin, event_type=event_type, content=content, test=True)
    transaction = Transaction()
    transaction.create(event, otherwise=EventExists(event.id))
    delivery = _add_delivery(transaction, event, endpoint)
    audits.ENDPOINTS.add(transaction, endpoint, "test", after={"event_type": event_type, "delivery": delivery.id})
    transaction.commit()
    return delivery


def is_for(endpoint: EndpointRow, event: EventRow) -> bool:
    """Whether the endpoint, as it is now, would get a delivery of the event if that happened now."""
    if event.test or not is_wanted(endpoint.event_types, event.event_type):
        return False
    return _takes(endpoint, event.event_type, content_of(event))


def subject_for(endpoint: EndpointRow, event: EventRow) -> str | None:
    """What the event is about, where the endpoint gets deliveries about that in order."""
    return subject_of(event.event_type, content_of(event)) if endpoint.ordering == PER_SUBJECT else None


def content_of(event: EventRow) -> Any:
    """The JSON value that receivers get."""
    return json.loads(event.content)


def get_event(origin: str, event_id: str) -> EventRow:
    """Raises `EventUnknown`."""
    return existing(find_event(origin, event_id), otherwise=EventUnknown())


def find_event(origin: str, event_id: str) -> EventRow | None:
    """An event; None also of one that has expired."""
    row = repository.find_event(origin, event_id)
    return None if row is None or row.is_past(now()) else row


def list_events(origin: str, window: Window, *, event_type: str | None) -> Page[EventRow]:
    """Newest first; the window's positions are ids of events. Raises `EventUnknown` for one that is none."""
    positions = window._replace(
        after=_position(origin, window.after) if window.after else None,
        before=_position(origin, window.before) if window.before else None,
    )
    return repository.list_events(origin, positions, event_type=event_type)


def _position(origin: str, event_id: str) -> str:
    """Where an event stands in the list, also one that has expired since a page ended with it."""
    row = existing(repository.find_event(origin, event_id), otherwise=EventUnknown())
    return str(row.list_sort)


def _takes(endpoint: EndpointRow, event_type: str, content: Any) -> bool:
    """Whether the endpoint is sent an event of a type that it wants: by its filter, and never one about itself."""
    return endpoint_of(event_type, content) != endpoint.id and passes(endpoint.filter or (), content)


def _event(
    origin: str,
    *,
    event_type: str,
    content: Any,
    event_id: str | None = None,
    test: bool = False,
    max_bytes: int = MAX_CONTENT_BYTES,
) -> EventRow:
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    if len(text.encode()) > max_bytes:
        raise ContentTooLarge(f"an event's JSON text has at most {max_bytes} bytes")
    moment = now()
    event_id = event_id or sortable_id(EVENT_PREFIX, at=moment)
    if not EVENT_ID.fullmatch(event_id):
        raise ValueError("an event's id has 1 to 100 letters, digits, hyphens and underscores")
    return repository.event_row(
        origin,
        event_id,
        event_type=event_type,
        content=text,
        created_at=moment,
        test=test,
        days=retention_of(origin).webhook_bodies,
    )


def add_late_delivery(transaction: Transaction, event: EventRow, endpoint: EndpointRow) -> None:
    """Adds the delivery of an older event, due now; the commit raises `DeliveryExists` where there is one.

    Raises `EventUnknown` where the event has expired meanwhile.
    """
    moment = now()
    delivery = _new_delivery(event, endpoint, at=moment)
    if endpoint.enabled and not keep_body(delivery, at=moment):
        raise EventUnknown
    _lay_out(transaction, delivery, at=moment, lane=SLOW, otherwise=DeliveryExists())


def _add_delivery(transaction: Transaction, event: EventRow, endpoint: EndpointRow) -> DeliveryRow:
    # What is in trouble or slow must not hold up the first tries of others.
    is_slow = endpoint.known_health.in_trouble or endpoint.is_slow(at=epoch_micros(event.created_at))
    delivery = _new_delivery(event, endpoint, at=event.created_at)
    _lay_out(transaction, delivery, at=event.created_at, lane=SLOW if is_slow else FAST)
    return delivery


def _new_delivery(event: EventRow, endpoint: EndpointRow, *, at: datetime) -> DeliveryRow:
    delivery = delivery_rows.delivery_row(
        event,
        endpoint,
        at=at,
        due_at=at + sweep_grace() if endpoint.enabled else None,
        owner=None if event.test else owner_of(event.event_type),
        attempt_days=retention_of(event.origin).attempts,
    )
    delivery.subject = subject_for(endpoint, event)
    return delivery


def _lay_out(
    transaction: Transaction, row: DeliveryRow, *, at: datetime, lane: Queue, otherwise: Exception | None = None
) -> None:
    delivery_rows.add_delivery(transaction, row, at=at, otherwise=otherwise)
    if row.status == delivery_rows.SCHEDULED:
        message = deliver_message(row.origin, row.id, endpoint_id=row.endpoint_id, event_id=row.event_id)
        transaction.enqueue(lane, message)
