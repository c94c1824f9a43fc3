"""What is wrong with a body, in our own words: every wrong field as the caller wrote it, and what would be right.

Pydantic's locations also hold words that the caller never wrote, such as the members of a union. So a location is
followed through the value that was sent, and what is not found there is left out.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, Final, NamedTuple, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from chalicelib.core.errors import BadRequest
from chalicelib.core.schemas import PATTERN_WORDS

MAX_FIELDS: Final = 20
_MOST_ERRORS = 200  # of pydantic's errors, of which no more are looked at
_SHOWN_NAME = 64
_UNKNOWN = "is not a field here"
_OF_OURS = ("value_error", "assertion_error")
# What a value must be, where it is of another type.
_KINDS: Final[Mapping[str, str]] = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "an array",
    "tuple_type": "an array",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "none_required": "null",
}
_SENTENCES: Final[Mapping[str, str]] = {
    "missing": "is required",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must be {words}",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "finite_number": "must be a finite number",
}

Place = tuple[int | str, ...]


class Problem(NamedTuple):
    """One error at one place; `kind` is pydantic's type of error."""

    place: Place
    kind: str
    reason: str


def named(place: Place, root: str = "") -> str:
    """A place as in JSON, such as `interaction.name` or `items[0]`; a name that the caller chose is cut."""
    text = root
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part[:_SHOWN_NAME]}" if text else part[:_SHOWN_NAME]
    return text


def named_in_form(place: Place, root: str = "") -> str:
    """A place as in a form, such as `items[0][quantity]`; a name that the caller chose is cut."""
    text = root
    for part in place:
        shown = str(part)[:_SHOWN_NAME]
        text += f"[{shown}]" if text else shown
    return text


def refusal_of(
    error: ValidationError,
    value: Any,
    schema: Any = None,
    *,
    name: str = "",
    spell: Callable[[Place, str], str] = named,
) -> BadRequest:
    """Names every wrong field, up to `MAX_FIELDS`, and quotes no value; the first is the refusal's `param`.

    `schema` has the names that are suggested for an unknown one; `name` is what the whole value is called, and `spell`
    writes a place as the caller did.
    """
    details = error.errors(include_url=False, include_input=False)
    problems = list(_problems(details[:_MOST_ERRORS], value, schema))
    wrong = [(spell(place, name), reason) for place, reason in _by_place(problems)]
    more = "; and more" if len(wrong) > MAX_FIELDS or len(details) > _MOST_ERRORS else ""
    named_here = wrong[:MAX_FIELDS]
    return BadRequest.of_fields(named_here, message="; ".join(_sentences(named_here)) + more)


def place_of(location: Iterable[int | str], value: Any, *, is_missing: bool = False) -> Place:
    """The part of an error's location that stands in the value, and the name of what is missing there."""
    place: list[int | str] = []
    parts = list(location)
    for number, part in enumerate(parts):
        if _holds(value, part):
            value = value[part]
        elif not (is_missing and number == len(parts) - 1):
            continue
        place.append(part)
    return tuple(place)


def _holds(value: Any, part: int | str) -> bool:
    if isinstance(value, list | tuple):
        return isinstance(part, int) and part < len(value)
    return isinstance(value, Mapping) and part in value


def _problems(details: list[ErrorDetails], value: Any, schema: Any) -> Iterator[Problem]:
    for detail in details:
        kind, location = detail["type"], detail["loc"]
        place = place_of(location, value, is_missing=kind == "missing")
        if kind in _OF_OURS:
            yield Problem(place, kind, detail["msg"].partition(", ")[2])
        elif kind == "extra_forbidden":
            yield Problem(place, kind, _unknown_name(str(location[-1]), _names_at(schema, place[:-1])))
        elif kind in _KINDS:
            yield Problem(place, kind, _KINDS[kind])
        else:
            yield Problem(place, kind, _sentence(kind, detail.get("ctx", {})))


def _by_place(problems: list[Problem]) -> Iterator[tuple[Place, str]]:
    """One reason for each place, in the order of the errors.

    Each member of a union reports its own error. A member for which more than the type was checked is the one meant.
    """
    places = dict.fromkeys(problem.place for problem in problems)
    for place in places:
        here = [problem for problem in problems if problem.place == place]
        further = [problem.reason for problem in here if problem.kind not in _KINDS]
        if further:
            yield place, further[0]
        elif not any(other != place and other[: len(place)] == place for other in places):
            yield place, f"must be {' or '.join(dict.fromkeys(problem.reason for problem in here))}"


def _sentences(wrong: list[tuple[str, str]]) -> Iterator[str]:
    """A sentence for each field, and one for several unknown fields in a row."""
    for reason, group in groupby(wrong, key=lambda each: each[1]):
        places = [where for where, _ in group]
        if reason == _UNKNOWN and len(places) > 1:
            yield f"{', '.join(places)}: are not fields here"
        else:
            yield from (f"{where}: {reason}" if where else _of_the_whole(reason) for where in places)


def _of_the_whole(reason: str) -> str:
    """What is wrong with a body as a whole; the reasons of a schema's own rules are whole sentences already."""
    return f"The body {reason}." if reason.startswith("must be ") else reason


def _sentence(kind: str, context: Mapping[str, Any]) -> str:
    if kind == "string_too_short" and context.get("min_length") == 1:
        return "must not be empty"
    words = PATTERN_WORDS.get(context.get("pattern", ""), "in another form")
    sentence = _SENTENCES.get(kind, "is not valid").format_map({**context, "words": words})
    return sentence.replace(" 1 characters", " 1 character").replace(" 1 entries", " 1 entry")


def _unknown_name(name: str, known: list[str]) -> str:
    from difflib import get_close_matches  # only for refusals

    near = get_close_matches(name[:_SHOWN_NAME], known, n=1)
    return f"{_UNKNOWN}; did you mean {near[0]}?" if near else _UNKNOWN


def _names_at(schema: Any, place: Place) -> list[str]:
    """The names of the fields that the schema knows at a place, as they are written there."""
    models = list(_models(schema))
    for part in place:
        if isinstance(part, str):
            found = [_fields(model).get(part) for model in models]
            models = [inner for field in found if field is not None for inner in _models(field.annotation)]
    return sorted({name for model in models for name in _fields(model)})


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that a type is made of: itself, the members of a union, the items of an array."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    else:
        for inner in get_args(annotation):
            yield from _models(inner)
