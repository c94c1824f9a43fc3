"""Turns requests into validated values; every refusal is a clear sentence.

The order of a body's refusals: size, encoding, depth, JSON form, characters that cannot be stored, then the schema.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import unquote

from pydantic import BaseModel, TypeAdapter, ValidationError

from chalicelib.core.errors import BadRequest, NotFound, PayloadTooLarge
from chalicelib.core.json_reader import NotJson, read_json

MAX_BODY_BYTES = 1024 * 1024
LONGEST_NAME = 128
MAX_QUERY_VALUE = 65_536  # the longest field that a filter can be compared with
WRITTEN_FOR: Final = "pydantic 2.14"
# API Gateway hands a body on as text, with U+FFFD in the place of what was not UTF-8.
_REPLACED = "\ufffd".encode()
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


def parse_json(raw: bytes, *, max_bytes: int = MAX_BODY_BYTES) -> Any:
    """The JSON value of a body. Raises `PayloadTooLarge` or `BadRequest`."""
    refuse_unreadable(raw, max_bytes=max_bytes)
    try:
        value = read_json(raw)
    except NotJson as error:
        raise BadRequest(f"The body {error}.") from error
    if b"\\u" in raw and any(_UNSTORABLE.search(string) for string in _strings(value)):
        raise BadRequest("The body holds a NUL or half a surrogate pair, which cannot be stored.")
    return value


def refuse_unreadable(raw: bytes, *, max_bytes: int) -> None:
    """Raises `PayloadTooLarge` or `BadRequest` for a body that is too long, or was not UTF-8 when it was sent.

    API Gateway puts U+FFFD in place of what is not UTF-8, so a deployed function cannot tell it from one that the
    caller wrote. So this character is refused everywhere, unless it is escaped.
    """
    if len(raw) > max_bytes:
        raise PayloadTooLarge(f"The body is larger than {max_bytes} bytes.")
    if _REPLACED in raw:
        raise BadRequest(
            "The body is not UTF-8 text, or holds the replacement character U+FFFD; write that as \\ufffd in JSON, or "
            "%EF%BF%BD in a form."
        )


def validated(schema: type[M], value: Any) -> M:
    """`value` as the schema's model. Raises `BadRequest` naming every wrong field."""
    try:
        return schema.model_validate(value)
    except ValidationError as error:
        raise _refusal_of(error, value, schema) from error


def validated_as(adapter: TypeAdapter[T], value: Any, *, name: str = "") -> T:
    """`value`, which is called `name`, as the adapter's type. Raises `BadRequest` naming every wrong field."""
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        raise _refusal_of(error, value, adapter._type, name=name) from error


def path_value(raw: str) -> str:
    """A path variable, decoded once; raises `BadRequest` for bytes that are not UTF-8 text or hold a NUL."""
    try:
        value = unquote(raw, errors="strict")
    except UnicodeDecodeError as error:
        raise BadRequest("The path is not UTF-8 text.") from error
    if _UNSTORABLE.search(value):
        raise BadRequest("The path holds a character that cannot be stored.")
    return value


def path_name(raw: str) -> str:
    """A path variable that names something. Raises `NotFound` for what can name nothing: no text, or too much."""
    name = path_value(raw)
    if not 1 <= len(name) <= LONGEST_NAME:
        raise NotFound("There is nothing at this address.")
    return name


def path_name_or_unknown(raw: str) -> str:
    """The same where there is no other refusal: raises `NotFound` for what is no text, too."""
    try:
        return path_name(raw)
    except BadRequest as error:
        raise NotFound("There is nothing at this address.") from error


def query_of(parameters: Any, *, repeatable: frozenset[str] = frozenset()) -> dict[str, str]:
    """Chalice's query parameters as a plain dict.

    Raises `BadRequest` where one is repeated, is longer than any field it could ask for, or cannot be stored.
    """
    query: dict[str, str] = {}
    for name in parameters or {}:
        values = parameters.getlist(name)
        if len(values) > 1 and name not in repeatable:
            raise BadRequest(f"The query parameter {name!r} is given more than once.", param=name)
        if any(len(value) > MAX_QUERY_VALUE for value in (name, *values)):
            raise BadRequest(f"The query holds a value of more than {MAX_QUERY_VALUE:,} characters.")
        if _UNSTORABLE.search(name) or any(_UNSTORABLE.search(value) for value in values):
            raise BadRequest("The query holds a character that cannot be stored.")
        query[name] = values[-1]
    return query


def content_type(headers: Mapping[str, str]) -> str:
    """The media type of the body, lower-case and without parameters; JSON where none is named."""
    return headers.get("content-type", "application/json").split(";")[0].strip().lower()


def _refusal_of(error: ValidationError, value: Any, schema: Any, *, name: str = "") -> BadRequest:
    from chalicelib.core.http.refusals import refusal_of  # loads with the first value that is refused

    return refusal_of(error, value, schema, name=name)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, child in value.items():
            yield name
            yield from _strings(child)
    elif isinstance(value, list):
        for child in value:
            yield from _strings(child)
