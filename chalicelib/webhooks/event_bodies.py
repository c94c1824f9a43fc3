"""The bodies of the events about endpoints and deliveries themselves, for sending, for the reference and for samples.

A body is made by `endpoint_failing`, `endpoint_disabled` and `delivery_exhausted` alone.
"""

from typing import (
    Annotated,
    NotRequired,  # as pydantic reads them before Python 3.12
)

from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from chalicelib.core.clock import MOMENT_SCHEMA, epoch_micros, moment_of, now
from chalicelib.webhooks.breaker import SECOND
from chalicelib.webhooks.domain import DISABLED_EVENT, DISABLED_REASONS, EXHAUSTED_EVENT, FAILING_EVENT, DisabledCode

Moment = Annotated[dict[str, int], WithJsonSchema(MOMENT_SCHEMA)]


class _Happened(TypedDict):
    actionType: str
    """The event's type."""
    at: Moment
    """When that happened."""
    endpointId: str
    """The endpoint that it is about."""
    test: NotRequired[bool]
    """True of samples that were asked for by `…/test`."""


class EndpointFailing(_Happened):
    """An endpoint failed so often that its deliveries wait."""

    url: str
    """Where the endpoint's deliveries go."""
    failingSince: Moment
    """Its first failure after the last success."""
    nextCallAt: Moment
    """When it is called again, to see whether it is back."""


class EndpointDisabled(_Happened):
    """An endpoint is no longer called until you enable it again."""

    url: str
    code: DisabledCode
    """Why, as a code; codes may be added."""
    reason: str
    """Why, in words."""


class DeliveryExhausted(_Happened):
    """A delivery has no tries left."""

    deliveryId: str
    """The delivery, which can be replayed."""
    eventId: str
    """Its event, the `webhook-id`."""
    eventType: str
    """The event's type."""
    attempts: int
    """How many attempts were made."""
    lastStatus: int | None
    """The HTTP status of the last attempt; null where there was no answer."""
    lastError: str | None
    """What went wrong with the last attempt, as deliveries show it; null where there was an answer."""


Body = EndpointFailing | EndpointDisabled | DeliveryExhausted


def endpoint_failing(endpoint_id: str, *, url: str, at: int, since: int, next_call: int) -> EndpointFailing:
    """An endpoint is called less from now on; times in microseconds."""
    return {
        "actionType": FAILING_EVENT,
        "at": moment_of(at),
        "endpointId": endpoint_id,
        "url": url,
        "failingSince": moment_of(since),
        "nextCallAt": moment_of(next_call),
    }


def endpoint_disabled(endpoint_id: str, *, url: str, at: int, code: DisabledCode) -> EndpointDisabled:
    """An endpoint is called no more."""
    return {
        "actionType": DISABLED_EVENT,
        "at": moment_of(at),
        "endpointId": endpoint_id,
        "url": url,
        "code": code,
        "reason": DISABLED_REASONS[code],
    }


def delivery_exhausted(
    endpoint_id: str,
    *,
    at: int,
    delivery_id: str,
    event_id: str,
    event_type: str,
    attempts: int,
    last_status: int | None,
    last_error: str | None,
) -> DeliveryExhausted:
    """A delivery is given up."""
    return {
        "actionType": EXHAUSTED_EVENT,
        "at": moment_of(at),
        "endpointId": endpoint_id,
        "deliveryId": delivery_id,
        "eventId": event_id,
        "eventType": event_type,
        "attempts": attempts,
        "lastStatus": last_status,
        "lastError": last_error,
    }


_ENDPOINT_ID, _DELIVERY_ID, _EVENT_ID = (f"{prefix}_01JXA8Z7Q2W4E6R8T0Y2" for prefix in ("ep", "dlv", "evt"))
_URL = "https://hooks.spacex.example/nft"


def sample_of(event_type: str, *, at: int | None = None) -> Body:
    """A sample, about an endpoint that does not exist; `at` is in microseconds, None for now."""
    moment = epoch_micros(now()) if at is None else at
    if event_type == FAILING_EVENT:
        since, next_call = moment - 40 * SECOND, moment + 60 * SECOND
        return endpoint_failing(_ENDPOINT_ID, url=_URL, at=moment, since=since, next_call=next_call)
    if event_type == DISABLED_EVENT:
        return endpoint_disabled(_ENDPOINT_ID, url=_URL, at=moment, code="failures")
    return delivery_exhausted(
        _ENDPOINT_ID,
        at=moment,
        delivery_id=_DELIVERY_ID,
        event_id=_EVENT_ID,
        event_type="newBcNftMint",
        attempts=10,
        last_status=503,
        last_error=None,
    )
