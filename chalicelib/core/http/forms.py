"""Form-encoded bodies: flat ones as OAuth sends them, nested ones as Stripe's clients do (`items[0][quantity]=2`)."""

import re
from typing import Any
from urllib.parse import parse_qsl

from chalicelib.core.errors import BadRequest, PayloadTooLarge
from chalicelib.core.http.parse import MAX_BODY_BYTES
from chalicelib.core.json_reader import MAX_DEPTH

FORM_TYPE = "application/x-www-form-urlencoded"
MAX_FIELDS = 10_000
_NAME = re.compile(r"[^\[\]]+")
_PARTS = re.compile(r"\[([^\[\]]*)\]")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,3}")
_SHOWN_NAME = 64


def form_pairs(raw: bytes, *, max_bytes: int = MAX_BODY_BYTES) -> list[tuple[str, str]]:
    """The fields of a form in their order. Raises `PayloadTooLarge` or `BadRequest`.

    Characters that need not have been written as they are, such as a space or `[`, stand for themselves; a line break
    at the end, which files and editors add, is no part of the form.
    """
    if len(raw) > max_bytes:
        raise PayloadTooLarge(f"The body is larger than {max_bytes} bytes.")
    try:
        text = raw.decode("utf-8").rstrip("\r\n")
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


def nested_form(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """A nested form as the JSON value that it means; what has no value is null.

    `a[b]=1` is an object, `a[0]=x` and `a[]=x` are arrays, whose numbers must run from 0 without a gap. Raises
    `BadRequest` for names of another form, and for fields that contradict each other.
    """
    root: dict[str, Any] = {}
    for name, value in pairs:
        path = _path(name)
        place = root
        for part in path[:-1]:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise _contradiction(name)
        last = str(len(place)) if path[-1] == "" else path[-1]
        if last in place:
            raise _contradiction(name)
        place[last] = value if value != "" else None
    return {name: _with_arrays(child, name) for name, child in root.items()}


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


def _with_arrays(value: Any, name: str) -> Any:
    if not isinstance(value, dict):
        return value
    children = {part: _with_arrays(child, f"{name}[{part}]") for part, child in value.items()}
    if not all(_NUMBER.fullmatch(part) for part in children):
        return children
    if set(children) != {str(number) for number in range(len(children))}:
        raise BadRequest(f"The array {name[:_SHOWN_NAME]!r} must be numbered from 0 without a gap.")
    return [children[str(number)] for number in range(len(children))]
