"""Events: stored with the change that they tell of, and laid out for delivery, in one transaction."""

from chalicelib.core.errors import PayloadTooLarge
from chalicelib.core.transactions import Transaction
from chalicelib.spaces.domain import EVENT, MAX_GROWN_EVENT_BYTES, MAX_NEW_EVENT_BYTES, created_of
from chalicelib.spaces.models import EventRow
from chalicelib.spaces.repository import records
from chalicelib.spaces.service import identifiers
from chalicelib.spaces.service.objects import Object
from chalicelib.spaces.service.refusals import unknown
from chalicelib.spaces.webhook_events import body_of
from chalicelib.webhooks.models import EndpointRow
from chalicelib.webhooks.service import emit
from chalicelib.webhooks.service.errors import ContentTooLarge

OWNER = "spaces"


def record(
    transaction: Transaction,
    account: str,
    event_type: str,
    content: Object,
    *,
    is_new: bool = False,
    endpoints: tuple[EndpointRow, ...] | None = None,
) -> None:
    """Adds an event and its deliveries. Raises `PayloadTooLarge` for a new object without room for its later events.

    The sizes are such that an object which was accepted when it was new fits into each of its events.
    """
    event_id, position = identifiers.new_id(account, EVENT)
    event = body_of(event_id, event_type, created=created_of(position), content=content)
    try:
        emit(
            transaction,
            origin=account,
            event_type=event_type,
            content=event,
            event_id=event_id,
            owner=OWNER,
            endpoints=endpoints,
            max_bytes=MAX_NEW_EVENT_BYTES if is_new else MAX_GROWN_EVENT_BYTES,
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
