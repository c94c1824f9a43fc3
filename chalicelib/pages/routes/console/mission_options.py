"""The options of a mission's dialect as fields of a form: drawn from what each dialect declares."""

import json
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, get_args, get_origin

from pydantic.fields import FieldInfo

from chalicelib.core.errors import ApiError, BadRequest
from chalicelib.core.http.parse import parse_json
from chalicelib.pages.routes.console.forms import Form
from chalicelib.space3 import dialects

Kind = Literal["text", "choice", "choices", "json"]


class OptionField(NamedTuple):
    """One field: its name in the form, and how it is filled in."""

    name: str
    label: str
    help: str
    kind: Kind
    choices: tuple[str, ...] = ()

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The choices of a list, first the one that leaves it to the dialect."""
        return [("", "usual"), *((choice, choice) for choice in self.choices)]


class OptionGroup(NamedTuple):
    """The fields of one platform."""

    dialect: str
    title: str
    fields: tuple[OptionField, ...]


def groups() -> list[OptionGroup]:
    """Every platform that has options; loads all dialects."""
    spoken = {name: dialects.dialect(name) for name in dialects.names()}
    return [
        OptionGroup(name, each.title, tuple(_field(name, *pair) for pair in each.options.model_fields.items()))
        for name, each in spoken.items()
        if each.options is not None
    ]


def read(form: Form, dialect: str) -> dict[str, Any]:
    """The options that were filled in for a dialect; null where a field is empty. Raises `BadRequest`."""
    schema = dialects.dialect(dialect).options if dialect in dialects.names() else None
    fields = [_field(dialect, *pair) for pair in schema.model_fields.items()] if schema is not None else []
    return {field.name.partition("-")[2]: _value(form, field) for field in fields}


def shown(dialect: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a mission as values of the form."""
    values: dict[str, Any] = {}
    for name, value in options.items():
        if isinstance(value, list):
            values |= {f"{dialect}-{name}:{each}": "1" for each in value}
        else:
            values[f"{dialect}-{name}"] = json.dumps(value) if isinstance(value, dict) else value
    return values


def _field(dialect: str, name: str, declared: FieldInfo) -> OptionField:
    label = name.replace("_", " ").capitalize()
    kind, choices = _kind(declared)
    return OptionField(f"{dialect}-{name}", label, declared.description or "", kind, choices)


def _kind(declared: FieldInfo) -> tuple[Kind, tuple[str, ...]]:
    kind = declared.annotation
    for part in (kind, *get_args(kind)):
        if get_origin(part) is Literal:
            return ("choices" if get_origin(kind) is list else "choice"), get_args(part)
    is_object = any(get_origin(part) is dict for part in _parts(kind))
    return ("json" if is_object else "text"), ()


def _parts(kind: Any) -> list[Any]:
    """A type, and all that it is made of."""
    return [kind, *(each for part in get_args(kind) for each in _parts(part))]


def _value(form: Form, field: OptionField) -> Any:
    if field.kind == "choices":
        return form.ticked(field.name) or None
    text = form.optional(field.name)
    if field.kind != "json" or text is None:
        return text
    try:
        return parse_json(text.encode())
    except ApiError as error:
        raise BadRequest(f"{field.name}: {error.message}", param=field.name) from error
