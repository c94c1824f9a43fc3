"""Form fields: read as typed values, and shown again with all their errors.

A value that cannot be read is noted, and refused together with what the schema finds wrong.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC
from decimal import Decimal
from typing import Any, Final, NamedTuple, TypeVar

from pydantic import BaseModel

from chalicelib.core.errors import ApiError, BadRequest
from chalicelib.core.http.parse import validated
from chalicelib.core.times import stored_time

M = TypeVar("M", bound=BaseModel)

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(\.[0-9]{1,12})?")
_LOCAL_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?")


class Problem(NamedTuple):
    """What was wrong with a submission: the form's field, its name, and the reason; both empty of the whole form."""

    field: str
    name: str
    reason: str


class Form(Mapping[str, str]):
    """A form's fields, and the error of the last submission if there was one."""

    def __init__(self, fields: Mapping[str, Any], error: ApiError | None = None) -> None:
        self._fields = {name: _typed(value) for name, value in fields.items()}
        self._error = error
        self._unread: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        return self._fields[name]

    def __iter__(self) -> Any:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def refused(self, error: ApiError) -> "Form":
        """The same fields with an error."""
        return Form(self._fields, error)

    def beside(self, stored: Mapping[str, Any]) -> "Form":
        """The same form with the stored values of fields that it lacks."""
        return Form({**stored, **self._fields}, self._error)

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows the form."""
        return 200 if self._error is None else self._error.status

    @property
    def problems(self) -> list[Problem]:
        """What was wrong with the last submission."""
        if self._error is None:
            return []
        wrong = [
            Problem(_field_of(name), name.capitalize(), _ended(reason)) for name, reason in _wrong_fields(self._error)
        ]
        return wrong or [Problem("", "", _sentence(self._error.message))]

    def error(self, name: str) -> str | None:
        """The error of a field, or None."""
        if self._error is None:
            return None
        for field, reason in _wrong_fields(self._error):
            if _is_at(field, name):
                return _sentence(reason)
        if not _is_at(self._error.param, name):
            return None
        return _sentence(self._error.message.partition(": ")[2] or self._error.message)

    def note(self, name: str, reason: str) -> None:
        """Notes that a field is wrong, which `check` and `validated` refuse; `reason` is such as "must be a number"."""
        self._unread.setdefault(name, reason)

    def check(self) -> None:
        """Raises `BadRequest` for what could not be read."""
        if self._unread:
            raise _refusal(list(self._unread.items()))

    def validated(self, schema: type[M], value: Any, *, called: Mapping[str, str] | None = None) -> M:
        """`value`, made of the fields, as the schema's model. `called` maps names of the schema to those of the form.

        Raises `BadRequest` naming every wrong field, and every field that could not be read.
        """
        names = called or {}
        try:
            model = validated(schema, value)
        except BadRequest as error:
            if not error.wrong:
                raise
            found = [(names.get(name, name), reason) for name, reason in error.wrong]
            others = [(name, reason) for name, reason in found if _field_of(name) not in self._unread]
            raise _refusal([*self._unread.items(), *others]) from error
        self.check()
        return model

    def text(self, name: str) -> str:
        """A field's text without surrounding whitespace; a line break is one character."""
        return self._fields.get(name, "").strip().replace("\r\n", "\n")

    def optional(self, name: str) -> str | None:
        """A field's text; None if it is empty."""
        return self.text(name) or None

    def flag(self, name: str) -> bool:
        """Whether a box is ticked."""
        return name in self._fields

    def number(self, name: str) -> int | float | None:
        """A number; None if the field is empty, or holds something else, which is noted."""
        text = self.text(name)
        if text and not _NUMBER.fullmatch(text):
            self.note(name, "must be a number, such as 5 or 2.5")
            return None
        if not text:
            return None
        return float(text) if "." in text else int(text)

    def whole(self, name: str) -> int | None:
        """An integer; None if the field is empty, or holds something else, which is noted."""
        value = self.number(name)
        if isinstance(value, float):
            self.note(name, "must be a whole number")
            return None
        return value

    def moment(self, name: str, *, stored: str | None = None) -> str | None:
        """A time in UTC, as ISO 8601; None if the field is empty, or holds something else, which is noted.

        An unchanged field returns the `stored` time, with its own offset and fraction.
        """
        text = self.text(name)
        if text and text == local_time(stored):
            return stored
        if text and not _LOCAL_TIME.fullmatch(text):
            self.note(name, "must be a date and a time, such as 2026-11-22T18:00")
            return None
        return f"{text}Z" if text else None

    def ticked(self, prefix: str) -> list[str]:
        """The ticked choices; a checkbox is named by the prefix, a colon and the choice."""
        return [name.removeprefix(f"{prefix}:") for name in self._fields if name.startswith(f"{prefix}:")]

    def headers(self) -> dict[str, str]:
        """The field `headers`: one `Name: value` a line; any other line is noted as wrong."""
        found: dict[str, str] = {}
        for line in filter(None, map(str.strip, self.text("headers").split("\n"))):
            name, colon, value = line.partition(":")
            if not colon or name.strip() in found:
                self.note("headers", "must be lines such as “x-tenant: one”, each name once")
            found[name.strip()] = value.strip()
        return found


EMPTY: Final = Form({})


def plain_number(number: int | float) -> str:
    """A number as decimal digits, without an exponent."""
    return format(Decimal(repr(number)), "f")


def _typed(value: Any) -> str:
    if isinstance(value, float):
        return plain_number(value)
    return "" if value is None else str(value)


def local_time(text: str | None) -> str:
    """A stored time as the value of a `datetime-local` field, in UTC, to the second."""
    return "" if text is None else stored_time(text).astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")


def _refusal(wrong: list[tuple[str, str]]) -> BadRequest:
    return BadRequest.of_fields(wrong, message="; ".join(f"{name}: {reason}" for name, reason in wrong))


def _wrong_fields(error: ApiError) -> Sequence[tuple[str, str]]:
    return error.wrong if isinstance(error, BadRequest) else ()


def _is_at(param: str | None, name: str) -> bool:
    """Whether a wrong `param` belongs to a form's field: by its last part, or as a part of a field that holds JSON."""
    return name in (_field_of(param), re.split(r"[.[]", param or "", maxsplit=1)[0])


def _field_of(param: str | None) -> str:
    return re.sub(r"\[[0-9]+\]", "", param or "").rpartition(".")[2]


def _sentence(text: str) -> str:
    return _ended(text[:1].upper() + text[1:])


def _ended(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."
