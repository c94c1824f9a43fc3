"""The events about changes: their bodies' schemas are made from what the API answers."""

from collections.abc import Iterator, Mapping
from functools import reduce
from operator import or_
from typing import (
    Annotated,
    Any,
    NotRequired,  # as pydantic reads them before Python 3.12
)

from pydantic import BaseModel, Field, WithJsonSchema
from typing_extensions import TypedDict

from chalicelib.core.clock import MOMENT_SCHEMA
from chalicelib.core.descriptions import description_of
from chalicelib.core.reference import Hook
from chalicelib.dreamspace.domain.changes import KINDS, Kind
from chalicelib.dreamspace.domain.models import Model
from chalicelib.dreamspace.event_bodies import LONG, LONGEST_TEXT_BYTES, shown_fields
from chalicelib.dreamspace.examples import sample_body
from chalicelib.dreamspace.schemas.listed import listed_schemas

_AT = 1_749_413_520_000_000
_WHEN = {
    "created": "Sent once for each that a call makes, also within the body of another.",
    "updated": "Sent once for each call that changes it.",
    "deleted": "Sent once when it is removed, with what it was.",
}
_WITH_DOCUMENT = (
    " Stamps that a document brings, replaces or takes along are told by the document's event, which has them."
)
_WITH_USER = " What is removed with a user is told by the user's event."


class Changed(TypedDict):
    """What happened to an object."""

    actionType: str
    """The event's type."""
    at: Annotated[dict[str, int], WithJsonSchema(MOMENT_SCHEMA)]
    """When that happened."""
    omitted: Annotated[
        list[str],
        Field(
            description="The object's fields that are left out: a document's data, and texts of more than "
            f"{LONGEST_TEXT_BYTES // 1024} KB. A GET of the object answers them."
        ),
    ]
    test: NotRequired[bool]
    """True of samples that were asked for by `…/test`."""


def _hooks() -> Iterator[Hook]:
    objects = {model: reduce(or_, map(_object, listed_schemas(model))) for model in Model}
    for kind in KINDS.values():
        yield Hook(
            event_type=kind.event_type,
            summary=_summary(kind),
            description=_WHEN[kind.verb] + _beside(kind),
            body=_body(kind, objects[kind.model]),
            example=sample_body(kind, at=_AT),
        )


def _summary(kind: Kind) -> str:
    if kind.is_of_several:
        return "Stamps were added to documents"
    return f"{'An' if kind.model is Model.EVENTS else 'A'} {kind.model.noun} was {kind.verb}"


def _beside(kind: Kind) -> str:
    if kind.model in (Model.STAMPS, Model.DOCUMENTS):
        return _WITH_DOCUMENT
    return _WITH_USER if kind.verb == "deleted" and kind.model in (Model.USERS, Model.SPECIMENS) else ""


def _body(kind: Kind, of: Any) -> Any:
    name = f"{kind.model.noun.capitalize()}{kind.verb.capitalize()}"
    content = (
        {"objects": Annotated[list[of], Field(description="What one call has made.")]}
        if kind.is_of_several
        else {"object": Annotated[of, Field(description="The object, without those that it refers to.")]}
    )
    return _made(name, f"{_summary(kind)}.", {**Changed.__annotations__, **content})


def _object(schema: type[BaseModel]) -> Any:
    """An answer's schema with the fields that an event may have."""
    fields: dict[str, Any] = {}
    for name in shown_fields(schema):
        kind = schema.model_fields[name].annotation
        described: Any = Annotated[kind, Field(description=description_of(schema, name))]
        fields[name] = NotRequired[described] if name in LONG else described
    return _made(f"Changed{schema.__name__.removesuffix('Read')}", schema.__doc__, fields)


def _made(name: str, text: str | None, fields: Mapping[str, Any]) -> Any:
    make: Any = TypedDict  # whose fields are not known to a checker of types
    made = make(name, dict(fields))
    made.__module__, made.__doc__ = __name__, text
    return made


HOOKS = tuple(_hooks())
