"""Events: stored with the change that they tell of, and laid out for delivery, in one transaction."""

from typing import Any

from chalicelib.core.clock import now
from chalicelib.core.errors import PayloadTooLarge
from chalicelib.core.ids import sortable_id
from chalicelib.core.transactions import Transaction
from chalicelib.spaces.domain import EVENT, EVENT_TYPES, created_of
from chalicelib.spaces.models import EventRow
from chalicelib.spaces.repository import records
from chalicelib.spaces.service import identifiers
from chalicelib.spaces.service.objects import Object
from chalicelib.spaces.service.refusals import unknown
from chalicelib.webhooks.models import EndpointRow
from chalicelib.webhooks.service import emit, register_event_types
from chalicelib.webhooks.service.errors import ContentTooLarge

OWNER = "spaces"


def record(
    transaction: Transaction,
    account: str,
    event_type: str,
    content: Object,
    *,
    endpoints: tuple[EndpointRow, ...] | None = None,
) -> None:
    """Adds an event and its deliveries. Raises `PayloadTooLarge` for an object that fits no row."""
    event_id, position = identifiers.new_id(account, EVENT)
    event = _event(event_id, event_type, created_of(position), content)
    try:
        emit(
            transaction,
            origin=account,
            event_type=event_type,
            content=event,
            event_id=event_id,
            owner=OWNER,
            endpoints=endpoints,
        )
    except ContentTooLarge as error:
        raise PayloadTooLarge("The object is too large: its texts must come to less than 350 KB.") from error
    records.add_event(transaction, account, position=position, event_id=event_id, content=event)


def get_event(account: str, event_id: str) -> Object:
    """Raises `NotFound`."""
    position = identifiers.position_of(account, EVENT, event_id)
    row = records.find_record(EventRow, account, position) if position else None
    if row is None:
        raise unknown("event")
    return dict(row.content)


def _event(event_id: str, event_type: str, created: int, content: Object) -> Object:
    shown = {**content, "token": content["id"]} if content["object"] == "customer" else content
    return {"object": "event", "id": event_id, "type": event_type, "created": created, "data": {"object": shown}}


def _sample(event_type: str) -> dict[str, Any]:
    kind, _, _ = event_type.partition(".")
    created = int(now().timestamp())
    return _event(f"{EVENT}{sortable_id()}", event_type, created, {"object": kind, "id": "sample", "created": created})


register_event_types(*EVENT_TYPES, sample=_sample)
