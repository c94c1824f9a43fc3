"""REST hooks: webhooks that a client subscribes to, one event each."""

from chalicelib.core.errors import BadRequest
from chalicelib.core.transactions import Transaction
from chalicelib.idempotency.service import Guard
from chalicelib.spaces.domain import EVENT_TYPES, HOOK
from chalicelib.spaces.schemas import HookCreate
from chalicelib.spaces.service import identifiers
from chalicelib.spaces.service.lists import hook_object
from chalicelib.spaces.service.objects import Object
from chalicelib.webhooks.domain import MAX_ENDPOINTS
from chalicelib.webhooks.service import endpoints
from chalicelib.webhooks.service.errors import EndpointUnknown, TooManyEndpoints


def create_hook(account: str, body: HookCreate, guard: Guard) -> Object:
    """Subscribes an address to an event; this answer alone shows the secret.

    Raises `BadRequest` for an unknown event or too many hooks.
    """
    if body.event not in EVENT_TYPES:
        raise BadRequest(f"event: must be one of {', '.join(EVENT_TYPES)}", param="event")
    transaction = Transaction()
    row, secret = endpoints.add_hook(transaction, account, url=body.target_url, event_type=body.event)
    shown = {**hook_object(account, row), "secret": secret}
    guard.seal(transaction, shown)
    try:
        transaction.commit()
    except TooManyEndpoints as error:
        raise BadRequest(f"An account may have {MAX_ENDPOINTS} webhook endpoints and hooks.") from error
    endpoints.forget_endpoints(account)
    return shown


def get_hook(account: str, id: str) -> Object:
    """Shows a subscription to an event.

    Raises `NotFound`.
    """
    try:
        return hook_object(account, endpoints.get_endpoint(account, _endpoint_id(account, id)))
    except EndpointUnknown as error:
        raise identifiers.unknown_in_path("resource subscription") from error


def delete_hook(account: str, id: str) -> Object:
    """Ends a subscription to an event.

    Its pending deliveries are not sent. Raises `NotFound`.
    """
    try:
        endpoints.delete_endpoint(account, _endpoint_id(account, id))
    except EndpointUnknown as error:
        raise identifiers.unknown_in_path("resource subscription") from error
    return {"id": id, "object": "resource_subscription", "deleted": True}


def _endpoint_id(account: str, hook_id: str) -> str:
    position = identifiers.position_of(account, HOOK, hook_id)
    if position is None:
        raise EndpointUnknown
    return HOOK + position
