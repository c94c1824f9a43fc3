"""Types of options and arguments, which are checked before a request is sent."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

import click

_NONE = "none"


class Name(click.ParamType[str]):
    """A name, which is never empty, since it is part of a path."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuses the empty text."""
        if not value:
            self.fail("must not be empty.", param, ctx)
        return str(value)


class Url(click.ParamType[str]):
    """A platform's base address."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuses anything but an http or https URL with a host."""
        try:
            parts = urlsplit(value)
            usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
            (parts.hostname or "").encode("idna")  # as the connection will; fails for labels that are too long
        except ValueError:
            usable = False
        if not usable or not (value.isascii() and value.isprintable()) or any(each in value for each in " @?#"):
            self.fail(f"{value!r} is not a bare address such as https://example.com/api.", param, ctx)
        return str(value).rstrip("/")


class Key(click.ParamType[str]):
    """A key that is valid in a header."""

    name = "key"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The key without surrounding whitespace; messages never contain it."""
        key = str(value).strip()
        if not key or not key.isascii() or not key.isprintable():
            self.fail("must be printable ASCII text.", param, ctx)
        return key


class Header(click.ParamType[tuple[str, str]]):
    """A header as `NAME:VALUE`."""

    name = "name:value"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Splits the text into a token and printable Latin-1 (RFC 9110 § 5)."""
        if isinstance(value, tuple):
            return value
        name, colon, text = str(value).partition(":")
        token = name.strip()
        is_name, is_value = re.fullmatch(r"[\w!#$%&'*+.^`|~-]+", token, re.ASCII), re.fullmatch(r"[\x00-\xff]*", text)
        if not (colon and is_name and is_value and text.isprintable()):
            self.fail(f"{value!r} is not a header such as X-API-key:secret.", param, ctx)
        return token, text.strip()


class Thresholds(click.ParamType[list[int | float]]):
    """Numbers separated by commas: 0,100,300."""

    name = "numbers"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[int | float]:
        """Parses the numbers; the platform checks that they rise."""
        numbers = _json_of(f"[{value}]")
        if not numbers or not all(isinstance(each, int | float) and not isinstance(each, bool) for each in numbers):
            self.fail(f"{value!r} is not a list of numbers such as 0,100,300.", param, ctx)
        return list(numbers)


class JsonObject(click.ParamType[dict[str, Any]]):
    """A JSON object."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, Any]:
        """The object as a dict."""
        found = _json_of(value)
        if not isinstance(found, dict):
            self.fail(f'{value!r} is not a JSON object such as \'{{"tier": "gold"}}\'.', param, ctx)
        return found


class JsonList(click.ParamType[list[Any]]):
    """A JSON array."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> list[Any]:
        """The array as a list."""
        found = _json_of(value)
        if not isinstance(found, list):
            self.fail(f"{value!r} is not a JSON array.", param, ctx)
        return found


def none_or(value: str) -> str | None:
    """An option's value; the word `none` becomes None and removes the setting."""
    return None if value == _NONE else value


def _json_of(text: str) -> Any:
    """The value of a JSON text; None for what is no JSON."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except ValueError:
        return None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a JSON number")
