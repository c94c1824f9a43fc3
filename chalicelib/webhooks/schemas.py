"""The wire of endpoints, events and deliveries."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from chalicelib.core.schemas import Read, Wire
from chalicelib.webhooks.domain import Schedule, Status
from chalicelib.webhooks.signing import DEFAULT_KEEP_SECONDS, MAX_KEEP_SECONDS

LONGEST_EVENT_TYPE = 128

Url = Annotated[str, StringConstraints(min_length=1, max_length=2048)]
EventType = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_EVENT_TYPE)]
EventTypes = Annotated[list[EventType], Field(max_length=50)]
HeaderValue = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
RateLimit = Annotated[int, Field(ge=1, le=1000, description="deliveries a second")]
Description = Annotated[str, StringConstraints(max_length=500)]
State = Literal["healthy", "failing", "open", "disabled"]


class EndpointCreate(Wire):
    """POST /webhooks/endpoints. No event types: all of them."""

    url: Url
    event_types: EventTypes = Field(default_factory=list)
    api_key_header: HeaderValue | None = None
    schedule: Schedule = "standard"
    rate_limit: RateLimit | None = None
    description: Description | None = None
    enabled: bool = True


class EndpointUpdate(EndpointCreate):
    """PATCH /webhooks/endpoints/{id}: the given fields change; null removes an optional one."""

    url: Url = ""


class EndpointRead(Read):
    """An endpoint. `created` is in unix seconds."""

    id: str
    url: str
    event_types: list[str]
    api_key_header: str | None
    schedule: Schedule
    rate_limit: int | None
    description: str | None
    enabled: bool
    state: State
    created: int


class EndpointCreated(EndpointRead):
    """The one answer that holds the secret of a new endpoint."""

    secret: str


class SecretRotate(Wire):
    """POST …/rotate_secret: how long the older secrets go on signing."""

    keep_seconds: Annotated[int, Field(ge=0, le=MAX_KEEP_SECONDS)] = DEFAULT_KEEP_SECONDS


class SecretRotated(Read):
    """The one answer that holds the new secret."""

    secret: str


class EndpointTest(Wire):
    """POST …/test: a sample of which type to send."""

    event_type: EventType


class EndpointRecover(Wire):
    """POST …/recover: since when, in ISO 8601 or unix seconds."""

    since: Annotated[str, Field(min_length=1, max_length=64)] | Annotated[int, Field(ge=0, le=99_999_999_999)]


class Recovered(Read):
    """How many deliveries begin anew."""

    count: int


class EventRead(Read):
    """An event. `content` is what receivers get; `created` is in unix seconds."""

    id: str
    type: str = Field(validation_alias="event_type")
    test: bool
    created: int
    content: Annotated[Any, BeforeValidator(json.loads)]


class AttemptRead(Read):
    """An attempt: the answer's HTTP status and the head of its body, or how it failed."""

    number: int
    at: datetime
    status: int | None
    latency_ms: int
    error: str | None
    head: str


class DeliveryRead(Read):
    """A delivery: one event for one endpoint. In a list `attempts` are the last 25, their heads shortened."""

    id: str
    endpoint_id: str
    event_id: str
    event_type: str
    test: bool
    status: Status
    next_attempt_at: datetime | None
    attempts: list[AttemptRead] = Field(validation_alias="recent_attempts")
