"""The wire of endpoints, events and deliveries."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from chalicelib.core.schemas import Read, Wire
from chalicelib.webhooks.domain import (
    HEAD_BYTES,
    SCHEDULES,
    SHORT_HEAD_CHARACTERS,
    WHOLE_HEADS,
    Schedule,
    Status,
    schedule_text,
)
from chalicelib.webhooks.signing import DEFAULT_KEEP_SECONDS, MAX_KEEP_SECONDS

LONGEST_EVENT_TYPE = 128
MOMENT = "an ISO 8601 time, or unix seconds of 9 to 11 digits"
_SCHEDULES = ", ".join(f"`{name}` {schedule_text(name)}" for name in SCHEDULES)

Url = Annotated[str, StringConstraints(min_length=1, max_length=2048)]
EventType = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_EVENT_TYPE)]
EventTypes = Annotated[list[EventType], Field(max_length=50)]
HeaderName = Annotated[str, StringConstraints(min_length=1, max_length=128)]
HeaderValue = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
Headers = Annotated[dict[HeaderName, HeaderValue], Field(max_length=10)]
RateLimit = Annotated[int, Field(ge=1, le=1000, description="deliveries a second")]
Description = Annotated[str, StringConstraints(max_length=500)]
State = Literal["healthy", "failing", "open", "disabled"]


class EndpointCreate(Wire):
    """POST /webhooks/endpoints. No event types: all of them."""

    url: Url
    """Where deliveries are sent: https, on a port that is allowed."""
    event_types: EventTypes = Field(default_factory=list)
    """The types of events that are sent; empty: all of them."""
    api_key_header: HeaderValue | None = None
    """Sent as `X-API-key` with every delivery."""
    headers: Headers = Field(default_factory=dict)
    """Sent with every delivery beside ours, by name; stored encrypted. A change replaces all of them."""
    schedule: Schedule = Field(default="standard", description=f"When a failed delivery is tried again: {_SCHEDULES}.")
    rate_limit: RateLimit | None = None
    """Deliveries a second at most; null: no limit."""
    description: Description | None = None
    """What the endpoint is for."""
    enabled: bool = True
    """False: events are recorded and not sent."""


class EndpointUpdate(EndpointCreate):
    """PATCH /webhooks/endpoints/{id}: the given fields change; null removes an optional one."""

    url: Url = ""


class EndpointRead(Read):
    """An endpoint. `created` is in unix seconds."""

    id: str
    """Names it in addresses."""
    url: str
    event_types: list[str]
    api_key_header: str | None
    headers: list[str]
    """The names of the headers that are sent with every delivery."""
    schedule: Schedule
    rate_limit: int | None
    description: str | None
    enabled: bool
    state: State
    """How deliveries go: `failing` after a failure, `open` while they are held back."""
    created: int
    """When it was made, in unix seconds."""


class EndpointCreated(EndpointRead):
    """The one answer that holds the secret of a new endpoint."""

    secret: str
    """What deliveries are signed with. It is shown here and never again."""


class SecretRotate(Wire):
    """POST …/rotate_secret: how long the older secrets go on signing."""

    keep_seconds: Annotated[int, Field(ge=0, le=MAX_KEEP_SECONDS)] = DEFAULT_KEEP_SECONDS
    """How long the older secrets go on signing beside the new one."""


class SecretRotated(Read):
    """The one answer that holds the new secret."""

    secret: str


class EndpointTest(Wire):
    """POST …/test: a sample of which type to send."""

    event_type: EventType
    """The event's type, such as `newBcNftMint`."""


class EndpointRecover(Wire):
    """POST …/recover: since when, in ISO 8601 or unix seconds."""

    since: Annotated[str, Field(min_length=1, max_length=64)] | Annotated[int, Field(ge=0, le=99_999_999_999)] = Field(
        description=f"From when on: {MOMENT}."
    )


class Recovered(Read):
    """How many deliveries begin anew."""

    count: int
    """How many deliveries begin anew."""


class EventRead(Read):
    """An event. `content` is what receivers get; `created` is in unix seconds."""

    id: str
    type: str = Field(validation_alias="event_type")
    """The event's type, such as `newBcNftMint`."""
    test: bool
    """True of samples."""
    created: int
    content: Annotated[Any, BeforeValidator(json.loads)]
    """The body that is sent, byte for byte the same in each attempt."""


class AttemptRead(Read):
    """An attempt: the answer's HTTP status and the head of its body, or how it failed."""

    number: int
    """Counts the attempts from 1."""
    at: datetime
    """When the attempt was made."""
    status: int | None
    """The answer's HTTP status; null where there was none."""
    latency_ms: int
    """How long the exchange took."""
    error: str | None
    """How it failed: `refused`, `reset`, `timeout`, `dns`, `tls`, `blocked_address`, `redirect`, `too_slow`,
    `protocol`, or null."""
    head: str = Field(
        description=(
            f"The beginning of the answer's body: {HEAD_BYTES // 1024} KiB in the last {WHOLE_HEADS} attempts, "
            f"{SHORT_HEAD_CHARACTERS} characters in older ones and in lists."
        )
    )


class DeliveryRead(Read):
    """A delivery: one event for one endpoint. In a list `attempts` are the newest, their heads shortened."""

    id: str
    endpoint_id: str
    """The endpoint that it is for."""
    event_id: str
    """The event that is delivered; sent as `webhook-id`."""
    event_type: str
    test: bool
    status: Status
    """What has become of it."""
    next_attempt_at: datetime | None
    """When it is tried next; null where nothing follows."""
    attempts: list[AttemptRead] = Field(validation_alias="recent_attempts")
    """The attempts, oldest first."""
