"""Events: stored, queued for delivery and audited in the transaction of their change."""

from chalicelib.core.errors import PayloadTooLarge
from chalicelib.core.transactions import Transaction
from chalicelib.partners.audits import audit
from chalicelib.spaces.domain import EVENT, MAX_GROWN_EVENT_BYTES, MAX_NEW_EVENT_BYTES, created_of
from chalicelib.spaces.models import EventRow
from chalicelib.spaces.repository import records
from chalicelib.spaces.service import identifiers
from chalicelib.spaces.service.objects import Object
from chalicelib.spaces.webhook_events import body_of
from chalicelib.webhooks.models.endpoints import EndpointRow
from chalicelib.webhooks.service import emit
from chalicelib.webhooks.service.errors import ContentTooLarge

_ACTIONS = {
    "created": "create",
    "updated": "update",
    "deleted": "delete",
    "paid": "pay",
    "shipped": "ship",
    "canceled": "cancel",
}


def record(
    transaction: Transaction,
    account: str,
    event_type: str,
    content: Object,
    *,
    before: Object | None = None,
    is_new: bool = False,
    endpoints: tuple[EndpointRow, ...] | None = None,
) -> None:
    """Adds an event, its deliveries and the audit entry of the change; `before` is the object before it.

    Raises `PayloadTooLarge` for a new object that is too large for its later events.

    The limits ensure that an accepted object fits into all its later events.
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
            endpoints=endpoints,
            max_bytes=MAX_NEW_EVENT_BYTES if is_new else MAX_GROWN_EVENT_BYTES,
        )
    except ContentTooLarge as error:
        raise PayloadTooLarge("The object is too large: its texts must come to less than 350 KB.") from error
    records.add_event(transaction, account, position=position, event_id=event_id, content=event)
    _audit(transaction, account, event_type, before=before, content=content)


def _audit(transaction: Transaction, account: str, event_type: str, *, before: Object | None, content: Object) -> None:
    """Adds an audit entry such as `invoice.pay`, with the changed fields; all fields of a new or deleted object."""
    kind, _, done = event_type.partition(".")
    shown = dict(content)
    change: tuple[Object | None, Object | None] = (None, shown)
    if done == "deleted":
        change = (shown, None)
    elif before is not None:
        changed = [name for name, value in shown.items() if before[name] != value]
        change = ({name: before[name] for name in changed}, {name: shown[name] for name in changed})
    action = f"{kind}.{_ACTIONS[done]}"
    audit(transaction, account, action=action, target=str(content["id"]), before=change[0], after=change[1])


def get_event(account: str, id: str) -> Object:
    """Shows an event.

    Raises `NotFound`.
    """
    return dict(identifiers.require_record(EventRow, account, id).content)
