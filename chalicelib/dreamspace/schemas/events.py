"""Events: the common fields, and the fields of each type."""

from collections.abc import Mapping
from typing import Any, Literal, Self, Union, get_args, get_origin

from pydantic import Field, create_model, model_validator

from chalicelib.core.errors import BadRequest
from chalicelib.core.schemas import Read, Wire
from chalicelib.dreamspace.domain.models import EVENT_TYPES
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


class Plain(Wire):
    """A message."""

    message: Long
    """What was said."""


class Subscriber(Wire):
    """A subscription."""

    tier: Integer
    """The subscription's tier."""
    subscribed_length: Integer
    """How long the subscription has lasted."""
    message: Long | None = None


class Cheer(Wire):
    """Bits."""

    amount: Integer
    """How much; may be negative."""
    message: Long | None = None


class Raid(Wire):
    """Visitors of another channel."""

    visitor_count: Integer
    """How many visitors came along."""


# The fields of each type, as a client sends them. What changes one and what shows one follow from it.
_FIELDS: Mapping[str, type[Wire]] = dict(zip(EVENT_TYPES, (Plain, Subscriber, Cheer, Raid), strict=True))


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


def _create(event_type: str, fields: type[Wire]) -> type[EventCreate]:
    return _schema(fields, "Create", (fields, EventCreate), {"event_type": (Literal[event_type], ...)})


def _update(fields: type[Wire]) -> type[EventUpdate]:
    """Every field has a default, which is never read: a change uses the fields that were given."""
    kinds = {name: (kind, _nothing(kind)) for name, kind in fields.__annotations__.items()}
    return _schema(fields, "Update", (EventUpdate,), kinds)


def _read(event_type: str, fields: type[Wire]) -> type[EventRead]:
    kinds = {name: (_unlimited(kind), ...) for name, kind in fields.__annotations__.items()}
    return _schema(fields, "Read", (EventRead,), {"event_type": (Literal[event_type], ...), **kinds})


def _schema(fields: type[Wire], suffix: str, bases: tuple[type[Any], ...], values: dict[str, Any]) -> type[Any]:
    name = f"{fields.__name__}{suffix}"
    return create_model(name, __base__=bases, __doc__=fields.__doc__, __module__=__name__, **values)


def _unlimited(kind: Any) -> Any:
    """A field's type without its limits, such as `int` of `Integer`: a stored value was checked when it came."""
    if get_origin(kind) is Union:
        return _unlimited(get_args(kind)[0]) | None
    return get_args(kind)[0]


def _nothing(kind: Any) -> object:
    """A value of a field's type, for a default that is never read."""
    return None if get_origin(kind) is Union else _unlimited(kind)()


EVENT_FIELDS: Mapping[str, tuple[str, ...]] = {name: tuple(kind.model_fields) for name, kind in _FIELDS.items()}
CREATES: Mapping[str, type[EventCreate]] = {name: _create(name, kind) for name, kind in _FIELDS.items()}
UPDATES: Mapping[str, type[EventUpdate]] = {name: _update(kind) for name, kind in _FIELDS.items()}
READS: Mapping[str, type[EventRead]] = {name: _read(name, kind) for name, kind in _FIELDS.items()}


def create_schema(body: Any) -> type[EventCreate]:
    """The schema of a new event, by its `event_type`. Raises `BadRequest` for an unknown type."""
    if not isinstance(body, dict):
        return EventCreate
    event_type = body.get("event_type")
    if not isinstance(event_type, str) or event_type not in EVENT_TYPES:
        raise BadRequest(f"event_type: must be one of {', '.join(EVENT_TYPES)}", param="event_type")
    return CREATES[event_type]
