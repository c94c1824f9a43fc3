"""The wire of endpoints, events and deliveries."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_serializer, model_validator

from chalicelib.core.schemas import DOTTED, PLAIN_NAME, Read, Wire
from chalicelib.webhooks.domain import (
    API_KEY_HEADER,
    HEAD_BYTES,
    HEADER_CHARACTERS,
    INSTRUCTION_HEADER,
    MISSED,
    MOST_STREAMED,
    RECOVERABLE,
    SCHEDULES,
    SHORT_HEAD_CHARACTERS,
    WHOLE_HEADS,
    Ordering,
    RecoverableStatus,
    Schedule,
    Status,
    schedule_text,
)
from chalicelib.webhooks.filters import FIELD, TESTS
from chalicelib.webhooks.named import check_declared
from chalicelib.webhooks.signing import DEFAULT_KEEP_SECONDS, MAX_KEEP_SECONDS
from chalicelib.webhooks.targets import Url

LONGEST_EVENT_TYPE = 128
MAX_HEADERS_LENGTH = 4096  # of names and values together: whoever records an event reads every endpoint's row
MOMENT = "an ISO 8601 time, or unix seconds of 9 to 11 digits"
_SCHEDULES = ", ".join(f"`{name}` {schedule_text(name)}" for name in SCHEDULES)

Since = Annotated[str, Field(min_length=1, max_length=64)] | Annotated[int, Field(ge=0, le=99_999_999_999)]
EventType = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_EVENT_TYPE)]
EventTypes = Annotated[list[EventType], Field(max_length=50)]
HeaderName = Annotated[str, StringConstraints(min_length=1, max_length=128)]
HeaderValue = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
RateLimit = Annotated[int, Field(ge=1, le=1000, description="deliveries a second")]
Description = Annotated[str, StringConstraints(max_length=500)]
MAX_CONDITIONS = 20
FieldPath = Annotated[str, StringConstraints(max_length=200, pattern=DOTTED)]
Text = Annotated[str, StringConstraints(max_length=256)]
Scalar = Text | bool | int | float | None
Instruction = Literal["abort-message", "disable"]
State = Literal["healthy", "failing", "open", "disabled"]


# The guard of outgoing calls loads with the first endpoint that is made.
def _allowed_api_key(value: str) -> str:
    from chalicelib.core.egress.headers import check_header

    check_header(API_KEY_HEADER, value)
    return value


def _allowed_headers(headers: dict[str, str]) -> dict[str, str]:
    from chalicelib.core.egress.headers import check_headers

    check_headers(headers, ours=("content-type", "user-agent", API_KEY_HEADER.lower()))
    if sum(len(name) + len(value) for name, value in headers.items()) > MAX_HEADERS_LENGTH:
        raise ValueError(f"are longer than {MAX_HEADERS_LENGTH} characters together")
    return headers


ApiKey = Annotated[HeaderValue, AfterValidator(_allowed_api_key)]
Headers = Annotated[dict[HeaderName, HeaderValue], Field(max_length=10), AfterValidator(_allowed_headers)]


class Condition(Wire):
    """One test of what an event's body says."""

    field: FieldPath
    """Where the value lies in the body, such as `user.level`; an array's places are numbers from 0. A name
    that itself holds a dot cannot be written here."""
    equals: Scalar = None
    """The value is this one."""
    one_of: Annotated[list[Scalar], Field(min_length=1, max_length=50)] | None = Field(
        default=None, alias="in", description="The value is one of these."
    )
    exists: bool | None = None
    """True: there is a value, null included; false: there is none."""
    gte: int | float | Text | None = None
    """The value is this number or more, or a text that sorts so."""
    lte: int | float | Text | None = None
    """The value is this number or less, or a text that sorts so."""
    prefix: Text | None = None
    """The value is a text that begins so."""

    @model_validator(mode="after")
    def _has_one_test(self) -> "Condition":
        tests = self._given().keys() - {FIELD}
        if len(tests) != 1 or any(getattr(self, name) is None for name in self.model_fields_set - {"equals"}):
            raise ValueError(f"must have a field and one of {', '.join(TESTS)}")
        return self

    @model_serializer
    def _given(self) -> dict[str, Any]:
        """What was given, by the names on the wire."""
        fields = type(self).model_fields
        return {fields[name].alias or name: getattr(self, name) for name in fields if name in self.model_fields_set}


def _few(groups: list[list[Condition]]) -> list[list[Condition]]:
    if sum(map(len, groups)) > MAX_CONDITIONS:
        raise ValueError(f"must have at most {MAX_CONDITIONS} conditions")
    return groups


Groups = Annotated[list[Annotated[list[Condition], Field(min_length=1)]], AfterValidator(_few)]


class EndpointCreate(Wire):
    """POST /webhooks/endpoints. No event types: all of them."""

    url: Url
    """Where deliveries are sent: https, on a port that is allowed."""
    event_types: Annotated[EventTypes, AfterValidator(check_declared)] = Field(default_factory=list)
    """The types of events that are sent; empty: all but those that an endpoint must name."""
    api_key_header: ApiKey | None = None
    """Sent as `X-API-key` with every delivery."""
    headers: Headers = Field(default_factory=dict)
    """Sent with every delivery beside ours, by name; stored encrypted. A change replaces all of them."""
    filter: Groups = Field(default_factory=list)
    """Which events are sent, by their bodies: those of which, in each group, one condition holds. Empty: all."""
    schedule: Schedule = Field(default="standard", description=f"When a failed delivery is tried again: {_SCHEDULES}.")
    ordering: Ordering = "none"
    """`per_subject`: one delivery at a time and in order for each NFT or customer, numbered by `webhook-sequence`."""
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
    filter: list[list[dict[str, Any]]]
    """Which events are sent, by their bodies."""
    schedule: Schedule
    ordering: Ordering
    """Whether deliveries about the same NFT or customer go out one at a time and in order."""
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


class FilterTest(Wire):
    """POST …/filter_test: another filter than the endpoint's own, and what to try it on."""

    filter: Groups | None = None
    """The filter to try; null: the endpoint's."""
    event_types: EventTypes | None = None
    """The types of events that it is tried on, empty: all of them; null: the endpoint's."""
    samples: bool = False
    """True: it is tried on a sample of each type, as `…/test` sends it, and not on recent events."""


class EventTried(Read):
    """An event and whether it passes."""

    id: str | None
    """The event's id; null of a sample."""
    type: str
    """The event's type, such as `newBcNftMint`."""
    passes: bool
    """True of what would be sent."""


class FilterTried(Read):
    """What a filter does to those of the newest hundred events whose types the endpoint wants, or to samples."""

    count: int
    """How many events it was tried on."""
    passed: int
    """How many of them pass."""
    events: list[EventTried]
    """Each of them, newest first; samples by their types."""


class EndpointRecover(Wire):
    """POST …/recover: since when, in ISO 8601 or unix seconds."""

    since: Since = Field(description=f"From when on: {MOMENT}.")
    until: Since | None = Field(default=None, description=f"Until before when: {MOMENT}; null: until now.")
    event_types: EventTypes = Field(default_factory=list)
    """The types of events that are delivered again; empty: all of them."""
    statuses: Annotated[list[RecoverableStatus], Field(max_length=len(RECOVERABLE))] = Field(
        default_factory=list,
        description=f"What has become of the deliveries that begin anew; empty: {' and '.join(MISSED)}.",
    )
    dry_run: bool = False
    """True: they are counted and not delivered."""


class Recovered(Read):
    """How many deliveries begin anew, or would."""

    count: int
    """How many deliveries begin anew, or would."""


class EndpointReplayMissing(Wire):
    """POST …/replay_missing: since when, in ISO 8601 or unix seconds."""

    since: Since = Field(description=f"From when on: {MOMENT}.")
    until: Since | None = Field(default=None, description=f"Until before when: {MOMENT}; null: until now.")
    event_types: EventTypes = Field(default_factory=list)
    """The types of events that are delivered; empty: all that the endpoint wants."""
    dry_run: bool = False
    """True: they are counted and not delivered."""


class MissingReplayed(Read):
    """How many events are delivered that the endpoint never got, or would be."""

    count: int
    """How many events are delivered, or would be."""
    next_since: datetime | None
    """The `since` of the next call, where more events follow than one call looks at; else null."""


class EndpointCancelPending(Wire):
    """POST …/cancel_pending: which of the scheduled deliveries; by nothing, all."""

    since: Since | None = Field(default=None, description=f"Those made from then on: {MOMENT}; null: all.")
    until: Since | None = Field(default=None, description=f"Those made before then: {MOMENT}; null: until now.")
    event_types: EventTypes = Field(default_factory=list)
    """The types of events whose deliveries are canceled; empty: all of them."""
    dry_run: bool = False
    """True: they are counted and not canceled."""


class PendingCanceled(Read):
    """How many deliveries are canceled, or would be."""

    count: int
    """How many deliveries were scheduled when the call came, and are canceled unless they end meanwhile."""


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


class StreamRead(Read):
    """A part of the stream: events, oldest first, and the cursor with which the next call goes on behind them."""

    data: list[EventRead] = Field(description=f"At most {MOST_STREAMED} events; fewer where they are large.")
    cursor: str
    """What the next call gives as `after`; there too where there are no events."""


class CursorStore(Wire):
    """How far a consumer has come."""

    consumer: Annotated[str, StringConstraints(pattern=PLAIN_NAME)]
    """A name of your choice for one reader of the stream."""
    cursor: Annotated[str, StringConstraints(min_length=1, max_length=8192)]
    """The `cursor` of an answer of the stream whose events you have dealt with."""


class ConsumerRead(Read):
    """A consumer of the stream."""

    consumer: str
    """The name that it was given."""
    cursor: str
    """The stored cursor."""


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
    detail: str | None = None
    """What is known of that, such as `certificate: certificate has expired`; null in lists."""
    headers: Annotated[dict[str, str], BeforeValidator(lambda given: given or {})] = Field(
        default_factory=dict,
        description=(
            f"The answer's headers by lower-case name, {HEADER_CHARACTERS} characters of them at most; cookies, and "
            "others whose names tell of a secret, are not kept. Empty in lists."
        ),
    )
    head: str = Field(
        description=(
            f"The beginning of the answer's body: {HEAD_BYTES // 1024} KiB in the last {WHOLE_HEADS} attempts, "
            f"{SHORT_HEAD_CHARACTERS} characters in older ones and in lists."
        )
    )

    instructions: Annotated[list[Instruction], BeforeValidator(lambda given: given or [])] = Field(
        default_factory=list,
        description=f"What the receiver asked for by the header `{INSTRUCTION_HEADER}`.",
    )


class RequestRead(Read):
    """What is sent, as the endpoint is set now. The body is the event's `content`."""

    url: str | None
    """Where it is sent; of a deleted endpoint, where it was. Null where nobody knows any more."""
    headers: dict[str, str]
    """Its headers by lower-case name, the time that of the last attempt. Left out are the signature, and the values of
    the endpoint's own."""


class DeliveryRead(Read):
    """A delivery: one event for one endpoint. In a list `attempts` are the newest, their heads shortened."""

    id: str
    endpoint_id: str
    """The endpoint that it is for."""
    event_id: str
    """The event that is delivered; sent as `webhook-id`."""
    event_type: str
    test: bool
    sequence: int | None
    """Its number among those about the same subject, sent as `webhook-sequence`, from its first attempt on; null where
    the endpoint's `ordering` was `none`."""
    status: Status
    """What has become of it."""
    next_attempt_at: datetime | None
    """When it is tried next; null where nothing follows."""
    request: RequestRead | None = None
    """What is sent; null in lists and of a test that was just begun."""
    attempts: list[AttemptRead] = Field(validation_alias="recent_attempts")
    """The attempts, oldest first."""
