"""Form-encoded bodies: flat ones (RFC 6749), nested ones as Stripe's clients do (`items[0][quantity]=2`)."""

import re
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError

from chalicelib.core.errors import BadRequest
from chalicelib.core.http.parse import MAX_BODY_BYTES, refuse_unreadable
from chalicelib.core.http.refusals import Place, named_in_form, place_of, refusal_of
from chalicelib.core.json_reader import MAX_DEPTH
from chalicelib.core.numbers import read_whole

FORM_TYPE = "application/x-www-form-urlencoded"
MAX_FIELDS = 10_000
_NAME = re.compile(r"[^\[\]]+")
_PARTS = re.compile(r"\[([^\[\]]*)\]")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,3}")
_SHOWN_NAME = 64

M = TypeVar("M", bound=BaseModel)


def form_pairs(raw: bytes, *, max_bytes: int = MAX_BODY_BYTES) -> list[tuple[str, str]]:
    """The fields of a form in their order. Raises `PayloadTooLarge` or `BadRequest`.

    Characters that should have been percent-encoded, such as a space or `[`, are taken as they are. Line breaks before
    and after the form, which files and editors add, are dropped.
    """
    refuse_unreadable(raw, max_bytes=max_bytes)
    try:
        text = raw.decode("utf-8").strip("\r\n")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS, separator="&")
    except ValueError as error:  # not UTF-8, or too many fields
        raise BadRequest(f"The body is not a form of at most {MAX_FIELDS} fields in UTF-8.") from error
    if any("\x00" in text for pair in pairs for text in pair):
        raise BadRequest("The body holds a NUL, which cannot be stored.")
    return pairs


def flat_form(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """A form without nesting. Raises `BadRequest` for a field that stands twice."""
    fields: dict[str, str] = {}
    for name, value in pairs:
        if name in fields:
            raise BadRequest(f"The field {name[:_SHOWN_NAME]!r} is given more than once.", param=name[:_SHOWN_NAME])
        fields[name] = value
    return fields


def validated_form(schema: type[M], pairs: list[tuple[str, str]]) -> M:
    """A nested form as the schema's model. Raises `BadRequest` naming every wrong field.

    A form has only texts, so the schema decides what each means. Where it wants a whole number, a text that is one in
    JSON is that number. Where it refuses the empty text, that is null, if the schema takes null. Where it wants an
    array, an object numbered from 0 is one.
    """
    value = nested_form(pairs)
    kept: set[Place] = set()
    while True:
        try:
            return schema.model_validate(value)
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
            changed = [_reread(value, place_of(each["loc"], value), each["type"], kept) for each in details]
            if not any(changed):
                raise refusal_of(error, value, schema, spell=named_in_form) from error


def nested_form(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """A nested form as objects of texts, and arrays where `[]` says so.

    `a[b]=1` and `a[0]=x` are objects; the schema decides later whether the second is an array. Raises `BadRequest`
    for names of another form, and for fields that contradict each other.
    """
    root: dict[str, Any] = {}
    for name, value in pairs:
        *parents, last = _path(name)
        place: Any = root
        for depth, part in enumerate(parents, start=1):
            is_appended = last == "" and depth == len(parents)
            place = place.setdefault(part, _Appended() if is_appended else {})
            if not isinstance(place, dict) or isinstance(place, _Appended) is not is_appended:
                raise _contradiction(name)
        last = last or str(len(place))
        if last in place:
            raise _contradiction(name)
        place[last] = value
    return {part: _with_appended(child) for part, child in root.items()}


class _Appended(dict[str, Any]):
    """A field that was written with `[]`: an array whatever the schema says."""


def _with_appended(value: Any) -> Any:
    if isinstance(value, _Appended):
        return list(value.values())
    return {part: _with_appended(child) for part, child in value.items()} if isinstance(value, dict) else value


def _reread(root: dict[str, Any], place: Place, kind: str, kept: set[Place]) -> bool:
    """Replaces what stands at a place by what the schema may want; False where there is no other reading.

    `kept` are the places of empty texts for which null was refused as well.
    """
    if not place or place in kept:
        return False
    parent: Any = root
    for part in place[:-1]:
        parent = parent[part]
    text = parent[place[-1]]
    if text is None:
        kept.add(place)
        reading: Any = ""
    elif text == "":
        reading = None
    elif kind == "int_type" and isinstance(text, str):
        reading = read_whole(text)
    elif kind == "list_type" and isinstance(text, dict) and all(_NUMBER.fullmatch(part) for part in text):
        reading = _array(text, named_in_form(place))
    else:
        return False
    if reading is None and text != "":
        return False
    parent[place[-1]] = reading
    return True


def _array(numbered: dict[str, Any], name: str) -> list[Any]:
    if set(numbered) != {str(number) for number in range(len(numbered))}:
        raise BadRequest(f"The array {name!r} must be numbered from 0 without a gap.", param=name)
    return [numbered[str(number)] for number in range(len(numbered))]


def _path(name: str) -> list[str]:
    head = _NAME.match(name)
    if head is None:
        raise BadRequest(f"The field name {name[:_SHOWN_NAME]!r} is not understood.")
    rest = name[head.end() :]
    parts = _PARTS.findall(rest)
    if sum(len(part) + 2 for part in parts) != len(rest) or "" in parts[:-1] or len(parts) >= MAX_DEPTH:
        raise BadRequest(f"The field name {name[:_SHOWN_NAME]!r} is not understood.")
    return [head[0], *parts]


def _contradiction(name: str) -> BadRequest:
    return BadRequest(
        f"The field {name[:_SHOWN_NAME]!r} is given more than once, or contradicts another.", param=name[:_SHOWN_NAME]
    )
