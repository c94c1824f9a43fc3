"""Events: the common fields, and the fields of each type."""

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from chalicelib.core.errors import BadRequest
from chalicelib.core.schemas import Read, Wire
from chalicelib.dreamspace.domain.models import EVENT_FIELDS
from chalicelib.dreamspace.schemas.documents import DocumentCreate, DocumentRead
from chalicelib.dreamspace.schemas.fields import Integer, Long, Moment, Short
from chalicelib.dreamspace.schemas.users import UserCreate, UserRead, refuse_null, require_one


class EventCreate(Wire):
    """POST /events, without the fields of the type."""

    document_id: Integer | None = None
    """The document that belongs to it. Not beside `document`."""
    document: DocumentCreate | None = None
    """A new document that belongs to it, with its stamps. Not beside `document_id`."""
    user_id: Integer = Field(default_factory=int)  # never read: it or `user` is given
    """The user who acted. This or `user`."""
    user: UserCreate | None = None
    """The user who acted, made or updated by `twitch_id`. This or `user_id`."""
    user_name: Short | None
    """The name under which the user acted; it stays when the user is gone."""
    occurred_at: Moment
    """When it happened, with the offset that the client gave."""
    event_type: str
    """The type, which decides the fields beside it."""

    @model_validator(mode="before")
    @classmethod
    def _no_null(cls, value: Any) -> Any:
        return refuse_null(value, "user")

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        require_one(self, "user_id", "user")
        if self.document_id is not None and self.document is not None:
            raise ValueError("document_id and document: only one of them may be given")
        return self


class PlainCreate(EventCreate):
    """A message."""

    event_type: Literal["plain"]
    message: Long
    """What was said."""


class SubscriberCreate(EventCreate):
    """A subscription."""

    event_type: Literal["subscriber"]
    tier: Integer
    """The subscription's tier."""
    subscribed_length: Integer
    """How long the subscription has lasted."""
    message: Long | None = None


class CheerCreate(EventCreate):
    """Bits."""

    event_type: Literal["cheer"]
    amount: Integer
    """How much; may be negative."""
    message: Long | None = None


class RaidCreate(EventCreate):
    """Visitors of another channel."""

    event_type: Literal["raid"]
    visitor_count: Integer
    """How many visitors came along."""


class EventUpdate(Wire):
    """PATCH /events/{id}, without the fields of the type: only the given fields are used, never the defaults."""

    user_id: Integer = 0
    """The user."""
    document_id: Integer | None = None
    """The document."""
    user_name: Short | None = None
    occurred_at: Moment | None = None

    @model_validator(mode="before")
    @classmethod
    def _no_null(cls, value: Any) -> Any:
        return refuse_null(value, "occurred_at")


class PlainUpdate(EventUpdate):
    """A message."""

    message: Long = ""


class SubscriberUpdate(EventUpdate):
    """A subscription."""

    tier: Integer = 0
    subscribed_length: Integer = 0
    message: Long | None = None


class CheerUpdate(EventUpdate):
    """Bits."""

    amount: Integer = 0
    message: Long | None = None


class RaidUpdate(EventUpdate):
    """Visitors of another channel."""

    visitor_count: Integer = 0


class EventRead(Read):
    """An event, without the fields of its type."""

    event_id: int
    """The event's id."""
    document_id: int | None
    """The document."""
    document: DocumentRead | None
    """The document with its stamps; null where there is none."""
    user_id: int | None
    """The user."""
    user: UserRead | None
    """The user; null where it is gone."""
    user_name: str | None
    occurred_at: str
    created_at: str
    """When the server made it."""
    event_type: str


class PlainRead(EventRead):
    """A message."""

    event_type: Literal["plain"]
    message: str


class SubscriberRead(EventRead):
    """A subscription."""

    event_type: Literal["subscriber"]
    tier: int
    subscribed_length: int
    message: str | None


class CheerRead(EventRead):
    """Bits."""

    event_type: Literal["cheer"]
    amount: int
    message: str | None


class RaidRead(EventRead):
    """Visitors of another channel."""

    event_type: Literal["raid"]
    visitor_count: int


CREATES: Mapping[str, type[EventCreate]] = {
    "plain": PlainCreate,
    "subscriber": SubscriberCreate,
    "cheer": CheerCreate,
    "raid": RaidCreate,
}
UPDATES: Mapping[str, type[EventUpdate]] = {
    "plain": PlainUpdate,
    "subscriber": SubscriberUpdate,
    "cheer": CheerUpdate,
    "raid": RaidUpdate,
}
READS: Mapping[str, type[EventRead]] = {
    "plain": PlainRead,
    "subscriber": SubscriberRead,
    "cheer": CheerRead,
    "raid": RaidRead,
}


def create_schema(body: Any) -> type[EventCreate]:
    """The schema of a new event, by its `event_type`. Raises `BadRequest` for an unknown type."""
    if not isinstance(body, dict):
        return EventCreate
    event_type = body.get("event_type")
    if not isinstance(event_type, str) or event_type not in EVENT_FIELDS:
        raise BadRequest(f"event_type: must be one of {', '.join(EVENT_FIELDS)}", param="event_type")
    return CREATES[event_type]
