"""Form fields: read as typed values, and shown again with their errors."""

import re
from collections.abc import Mapping
from datetime import UTC
from decimal import Decimal
from typing import Any

from chalicelib.core.errors import ApiError, BadRequest
from chalicelib.core.times import stored_time

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(\.[0-9]{1,12})?")
_LOCAL_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?")


class Form(Mapping[str, str]):
    """A form's fields, and the error of the last submission if there was one."""

    def __init__(self, fields: Mapping[str, Any], error: ApiError | None = None) -> None:
        self._fields = {name: _typed(value) for name, value in fields.items()}
        self._error = error

    def __getitem__(self, name: str) -> str:
        return self._fields[name]

    def __iter__(self) -> Any:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def refused(self, error: ApiError) -> "Form":
        """The same fields with an error."""
        return Form(self._fields, error)

    @property
    def problem(self) -> str | None:
        """The error as a sentence."""
        return None if self._error is None else _sentence(self._error.message)

    def error(self, name: str) -> str | None:
        """The error of a field, or None."""
        if self._error is None or _field_of(self._error.param) != name:
            return None
        return _sentence(self._error.message.partition(": ")[2] or self._error.message)

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
        """A number; None if the field is empty. Raises `BadRequest`."""
        text = self.text(name)
        if not text:
            return None
        if not _NUMBER.fullmatch(text):
            raise BadRequest(f"{name}: must be a number, such as 5 or 2.5", param=name)
        return float(text) if "." in text else int(text)

    def whole(self, name: str) -> int | None:
        """An integer; None if the field is empty. Raises `BadRequest`."""
        value = self.number(name)
        if isinstance(value, float):
            raise BadRequest(f"{name}: must be a whole number", param=name)
        return value

    def moment(self, name: str, *, stored: str | None = None) -> str | None:
        """A time in UTC, as ISO 8601; None if the field is empty. Raises `BadRequest`.

        An unchanged field returns the `stored` time, with its own offset and fraction.
        """
        text = self.text(name)
        if text and text == local_time(stored):
            return stored
        if text and not _LOCAL_TIME.fullmatch(text):
            raise BadRequest(f"{name}: must be a date and a time, such as 2026-11-22T18:00", param=name)
        return f"{text}Z" if text else None

    def ticked(self, prefix: str) -> list[str]:
        """The ticked choices; a checkbox is named by the prefix, a colon and the choice."""
        return [name.removeprefix(f"{prefix}:") for name in self._fields if name.startswith(f"{prefix}:")]


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


def _field_of(param: str | None) -> str:
    return re.sub(r"\[[0-9]+\]", "", param or "").rpartition(".")[2]


def _sentence(text: str) -> str:
    whole = text[:1].upper() + text[1:]
    return whole if whole.endswith((".", "?", "!")) else f"{whole}."
