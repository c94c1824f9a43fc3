"""What the API reference says of endpoints, events and deliveries."""

from typing import Annotated

from pydantic import Field

from chalicelib.core.errors import BadRequest, Forbidden, NotFound, TooManyRequests
from chalicelib.core.reference import (
    BOTH_WAYS,
    WRONG_PATH,
    CodedError,
    Hook,
    Operation,
    Parameter,
    Section,
    api_key,
    variable,
)
from chalicelib.partners.retention import DEFAULT_DAYS
from chalicelib.webhooks import event_bodies, routes
from chalicelib.webhooks.breaker import (
    DISABLED_AFTER,
    SECOND,
    STREAK_TO_OPEN,
    WINDOW_CALLS,
    WINDOW_FAILED_PERCENT,
    WINDOW_SECONDS,
)
from chalicelib.webhooks.domain import (
    ABORT,
    DISABLE,
    DISABLED_EVENT,
    EXHAUSTED_EVENT,
    FAILING_EVENT,
    INSTRUCTION_HEADER,
    MAX_ENDPOINTS,
    RECENT_ATTEMPTS,
    Status,
)
from chalicelib.webhooks.repository.consumers import KEPT_FOR
from chalicelib.webhooks.schemas import MOMENT
from chalicelib.webhooks.service.errors import BodyGone, DeliveryEnded, EndpointSilent, EventTypeUnknown, SpanReversed
from chalicelib.webhooks.service.missing import MOST_EVENTS
from chalicelib.webhooks.service.sent import OWN_VALUE_SHOWN, SIGNATURE_SHOWN
from chalicelib.webhooks.service.statistics import Statistics
from chalicelib.webhooks.service.stream import MOST_WAITING, SETTLED_SECONDS
from chalicelib.webhooks.signing import request_headers
from chalicelib.webhooks.stream_requests import LONGEST_WAIT_SECONDS

_ENDPOINT_ID, _DELIVERY_ID = "ep_01JXA8Z7Q2W4E6R8T0Y2", "dlv_01JXA8Z7Q2W4E6R8T0Y2"
_EVENT_ID = "evt_01JXA8Z7Q2W4E6R8T0Y2"
_CURSOR = "01JXA8Z7Q00A82W4E6R"
_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw1p4nE6d0mQ8="
_SINCE = Parameter("since", f"Only what was made from then on: {MOMENT}.")
_OF_ENDPOINT = Parameter("endpoint", "Only of this endpoint.")
_ENDPOINT = {
    "id": _ENDPOINT_ID,
    "url": "https://hooks.spacex.example/nft",
    "event_types": ["newBcNftMint"],
    "api_key_header": "mine",
    "headers": ["X-Tenant"],
    "filter": [[{"field": "contract", "in": ["0x5FbDB2315678afecb367f032d93F642f64180aa3"]}]],
    "schedule": "standard",
    "ordering": "none",
    "rate_limit": 50,
    "description": "Tells the shop about mints.",
    "enabled": True,
    "state": "healthy",
    "created": 1749413520,
}
_EVENT = {
    "id": _EVENT_ID,
    "type": "newBcNftMint",
    "test": False,
    "created": 1749413520,
    "content": {"success": True, "contract": "0x5FbDB2315678afecb367f032d93F642f64180aa3", "tokenId": "7"},
}
_FAILED = {
    "number": 1,
    "at": "2025-06-08T20:12:00Z",
    "status": 503,
    "latency_ms": 120,
    "error": None,
    "detail": None,
    "headers": {"content-type": "text/plain", "retry-after": "5"},
    "head": "busy",
    "instructions": [],
}
_REQUEST = {
    "url": "https://hooks.spacex.example/nft",
    "headers": {
        **request_headers(_EVENT_ID, timestamp=1749413525, signature=SIGNATURE_SHOWN, sequence=None),
        "x-api-key": OWN_VALUE_SHOWN,
    },
}
_DELIVERY = {
    "id": _DELIVERY_ID,
    "endpoint_id": _ENDPOINT_ID,
    "event_id": _EVENT_ID,
    "event_type": "newBcNftMint",
    "test": False,
    "sequence": None,
    "status": "delivered",
    "next_attempt_at": None,
    "request": None,
    "attempts": [
        _FAILED,
        {
            "number": 2,
            "at": "2025-06-08T20:12:05Z",
            "status": 200,
            "latency_ms": 35,
            "error": None,
            "detail": None,
            "headers": {"content-type": "text/plain", "server": "nginx"},
            "head": "ok",
            "instructions": [],
        },
    ],
}
_SHOWN = {**_DELIVERY, "request": _REQUEST}
_FIGURES = {
    "attempts": 200,
    "succeeded": 198,
    "failed": 2,
    "success_rate": 0.99,
    "latency_ms": {"p50": 35.0, "p95": 120.0, "p99": 480.0},
}

SECTIONS = (
    Section(
        name="Webhooks",
        slug="webhooks",
        description=(
            "Where a partner is told what happened. Every event and every attempt is kept and can be replayed. An "
            "endpoint that fails is tried again by its schedule, held back while it is in trouble, and disabled after "
            f"{DISABLED_AFTER} without one success, or at once by a 410. Your server may ask for more in its answer. "
            f"With `{INSTRUCTION_HEADER}: {ABORT}` a delivery that failed is not tried again and becomes `canceled`. "
            f"With `{INSTRUCTION_HEADER}: {DISABLE}` in any answer the endpoint is disabled as by a 410."
        ),
        surface=routes.surface,
        error=CodedError,
        security=api_key("webhooks"),
        refusals=(Forbidden("The API key lacks the scope webhooks."),),
        refusals_of_addresses=(WRONG_PATH, NotFound("You have no such endpoint.")),
        refusals_of_input=(BadRequest("url: must be an https address"),),
        variables=(variable("id", "The endpoint's id.", _ENDPOINT_ID),),
        operations={
            routes.create_endpoint: Operation(
                description=f"A partner may have {MAX_ENDPOINTS} endpoints.",
                sends={"url": "https://hooks.spacex.example/nft", "event_types": ["newBcNftMint"]},
                example={**_ENDPOINT, "secret": _SECRET},
            ),
            routes.list_endpoints: Operation(example=_ENDPOINT, parameters=(*BOTH_WAYS, _SINCE)),
            routes.get_endpoint: Operation(example=_ENDPOINT),
            routes.update_endpoint: Operation(sends={"enabled": False}, example=_ENDPOINT),
            routes.delete_endpoint: Operation(example=_ENDPOINT),
            routes.rotate_secret: Operation(sends={"keep_seconds": 86400}, example={"secret": _SECRET}),
            routes.test_endpoint: Operation(
                sends={"event_type": "newBcNftMint"},
                example={
                    **_DELIVERY,
                    "test": True,
                    "status": "scheduled",
                    "next_attempt_at": "2025-06-08T20:14:00Z",
                    "attempts": [],
                },
                refusals=(EventTypeUnknown("parcel", ("newBcInteraction", "newBcNftMint")), EndpointSilent()),
            ),
            routes.test_filter: Operation(
                sends={"filter": [[{"field": "success", "equals": True}]]},
                example={
                    "count": 2,
                    "passed": 1,
                    "events": [
                        {"id": _EVENT_ID, "type": "newBcNftMint", "passes": True},
                        {"id": "evt_01JXA8Z7Q2W4E6R8T0Y1", "type": "newBcNftMint", "passes": False},
                    ],
                },
            ),
            routes.recover_endpoint: Operation(
                sends={"since": "2025-06-08T00:00:00Z", "statuses": ["exhausted"], "dry_run": True},
                example={"count": 17},
                refusals=(SpanReversed(), EndpointSilent()),
            ),
            routes.replay_missing: Operation(
                description=(
                    "Events from before the endpoint was made, or that its types or filter left out then: those that "
                    "its types and filter want now become deliveries, one for each at most, however often this is "
                    "called. Samples do not. What it has a delivery of, whatever came of that, is for `recover`. One "
                    f"call looks at {MOST_EVENTS:,} events, or 20 MB of them, the oldest first; with `next_since` the "
                    "next call goes on."
                ),
                sends={"since": "2025-06-08T00:00:00Z", "event_types": ["newBcNftMint"], "dry_run": True},
                example={"count": 1204, "next_since": None},
                refusals=(SpanReversed(), EndpointSilent()),
            ),
            routes.cancel_pending: Operation(
                description=(
                    "What was scheduled at the time of the call is canceled: a first part before the answer, the rest "
                    "soon after it. Later events, and deliveries that are begun anew after the call, are sent as usual."
                ),
                sends={"event_types": ["newBcNftMint"], "dry_run": True},
                example={"count": 17},
                refusals=(SpanReversed(),),
            ),
            routes.get_statistics: Operation(
                parameters=(_OF_ENDPOINT,),
                answer=Statistics,
                example={
                    "endpoint": None,
                    "backlog": 3,
                    "hours": [{"hour": "2025-06-08T20:00:00Z", **_FIGURES}],
                    **_FIGURES,
                },
                refusals=(NotFound("You have no such endpoint."),),
            ),
            routes.list_events: Operation(
                description=(
                    f"Events are kept for {DEFAULT_DAYS} days, or as the operator has set it for you, and until their "
                    "deliveries have ended. What is kept no longer is in no list and cannot be sent again."
                ),
                parameters=(
                    *BOTH_WAYS,
                    _SINCE,
                    Parameter(
                        "type",
                        "Only events of this type.",
                        Annotated[str, Field(min_length=1, max_length=128)],
                    ),
                ),
                example=_EVENT,
            ),
            routes.get_event: Operation(
                parameters=(variable("id", "The event's id.", _EVENT_ID),),
                example=_EVENT,
                refusals=(NotFound("You have no such event."),),
            ),
            routes.read_stream: Operation(
                description=(
                    "Call it again and again, each time with the `cursor` of the answer before: every event is given "
                    "once, oldest first, whatever stops in between. It needs no endpoint. With `wait` the call is held "
                    f"until something happens; {MOST_WAITING} calls may wait at once, and a further one that finds "
                    "nothing is answered 429. An event is shown within 2 seconds, or after "
                    f"{SETTLED_SECONDS} where they are many. A consumer's stored cursor stands in for `after`; one "
                    "process at a time should read for a consumer. It is forgotten "
                    f"{KEPT_FOR.days} days after it was last stored."
                ),
                parameters=(
                    Parameter("after", "The cursor of the answer before."),
                    Parameter("consumer", "Goes on from the cursor that this consumer has stored.", example="billing"),
                    Parameter("since", f"Where there is no cursor yet, what was made from then on: {MOMENT}. [now]"),
                    Parameter("event_types", "Only events of these types, with commas between them."),
                    Parameter(
                        "wait",
                        "How many seconds to wait where there is nothing.",
                        Annotated[int, Field(ge=0, le=LONGEST_WAIT_SECONDS)],
                    ),
                ),
                example={"data": [_EVENT], "cursor": _CURSOR},
                refusals=(TooManyRequests(f"{MOST_WAITING} of your calls wait for events already. Please ask again."),),
            ),
            routes.store_cursor: Operation(
                sends={"consumer": "billing", "cursor": _CURSOR},
                example={"consumer": "billing", "cursor": _CURSOR},
                refusals=(BadRequest("cursor: is not a cursor of the stream"),),
            ),
            routes.list_deliveries: Operation(
                description=f"The attempts of a list are the last {RECENT_ATTEMPTS}, shortened, without headers.",
                parameters=(
                    *BOTH_WAYS,
                    _SINCE,
                    _OF_ENDPOINT,
                    Parameter("status", "Only in this state.", Status),
                ),
                example=_DELIVERY,
            ),
            routes.get_delivery: Operation(
                parameters=(variable("id", "The delivery's id.", _DELIVERY_ID),),
                example=_SHOWN,
                refusals=(NotFound("You have no such delivery."),),
            ),
            routes.cancel_delivery: Operation(
                description=(
                    "An attempt that is under way goes on: a success makes the delivery `delivered`, anything else is "
                    "shown as its last attempt. One that is canceled already stays so. A replay brings it back, and a "
                    "recovery that names the status `canceled`."
                ),
                parameters=(variable("id", "The delivery's id.", _DELIVERY_ID),),
                example={**_SHOWN, "status": "canceled", "attempts": [_FAILED]},
                refusals=(NotFound("You have no such delivery."), DeliveryEnded("delivered")),
            ),
            routes.replay_delivery: Operation(
                parameters=(variable("id", "The delivery's id.", _DELIVERY_ID),),
                example={**_SHOWN, "status": "scheduled", "next_attempt_at": "2025-06-08T21:00:00Z"},
                refusals=(NotFound("You have no such delivery."), EndpointSilent(), BodyGone()),
            ),
        },
    ),
)

_AT = 1749413520 * SECOND

HOOKS = (
    Hook(
        event_type=FAILING_EVENT,
        summary="An endpoint fails, and its deliveries wait",
        description=(
            f"Sent once when an endpoint failed {STREAK_TO_OPEN} times in a row, or {WINDOW_FAILED_PERCENT} percent of "
            f"at least {WINDOW_CALLS} calls within {WINDOW_SECONDS / 60:.0f} minutes. Its deliveries wait, and lose no "
            "attempt by that, until one call shows that it is back. If it fails as often after that, the event comes "
            "again."
        ),
        body=event_bodies.EndpointFailing,
        example=event_bodies.sample_of(FAILING_EVENT, at=_AT),
    ),
    Hook(
        event_type=DISABLED_EVENT,
        summary="An endpoint was disabled",
        description=(
            f"Sent once when an endpoint is disabled: after {DISABLED_AFTER} without one success, by a 410, or by "
            f"`{INSTRUCTION_HEADER}: {DISABLE}` in an answer. Not sent when you disable it yourself. Its events go on "
            "being recorded."
        ),
        body=event_bodies.EndpointDisabled,
        example=event_bodies.sample_of(DISABLED_EVENT, at=_AT),
    ),
    Hook(
        event_type=EXHAUSTED_EVENT,
        summary="A delivery has no tries left",
        description=(
            "Sent once when the last try of a delivery's schedule failed; again where the delivery is replayed and "
            "fails to the end once more. Deliveries of events about endpoints and deliveries make no such event "
            "themselves."
        ),
        body=event_bodies.DeliveryExhausted,
        example=event_bodies.sample_of(EXHAUSTED_EVENT, at=_AT),
    ),
)
