"""A partner's address with places for a user's data.

A place is written `<Email>` or `{email}`, in the path or the query. What is put there is percent-encoded whole, so a
value never changes the host, the number of path segments, the parameters or the headers of a request. A dialect may
have spellings of its own, such as `$address`. The strings of a JSON body have places as well.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote, unquote

from chalicelib.core.egress.policy import EgressPolicy
from chalicelib.core.egress.refusals import EgressRefused
from chalicelib.core.egress.url import MAX_URL_LENGTH, Target, parse_target

IDENTITIES: Final = ("uid", "email", "wallet", "discordId", "xId", "twitterId", "telegramId")
DATES: Final = ("fromDate", "toDate")
_NAMES: Final = {name.lower(): name for name in (*IDENTITIES, *DATES)}
_PLACE = re.compile(r"<([^<>{}]*)>|\{([^<>{}]*)\}")
_SPELLING = re.compile(r"\$[A-Za-z]\w*", re.ASCII)
_SHAPE = re.compile(r"([^:/?#]*)://([^/?#]*)", re.DOTALL)
_DOTS = frozenset({".", ".."})
# Colons stand in a query as they are, which is how everybody writes a time.
_AS_THEY_ARE: Final = {"fromDate": ":", "toDate": ":"}


class TemplateRefused(Exception):
    """The template cannot be called; the text is a sentence that names what is wrong."""


class MissingIdentity(Exception):
    """The user has no value for this place."""


class UnsafeValue(Exception):
    """A value, or what it makes of a path segment, is `.` or `..`, or the address would be too long."""


class Template(NamedTuple):
    """An address with places: the first text, then each name with the text behind it."""

    texts: tuple[str, ...]
    names: tuple[str, ...]

    def fill(self, values: Mapping[str, str | None]) -> str:
        """The address for these values. Raises `MissingIdentity` or `UnsafeValue`."""
        address = self.texts[0]
        for name, text in zip(self.names, self.texts[1:], strict=True):
            value = _given(values, name)
            if value in _DOTS:
                raise UnsafeValue(name)
            address += quote(value, safe=_AS_THEY_ARE.get(name, "")) + text
        if len(address) > MAX_URL_LENGTH or _has_dot_segment(address):
            raise UnsafeValue("the address")
        return address

    def fill_text(self, values: Mapping[str, str | None]) -> str:
        """The text with these values, which are not encoded. Raises `MissingIdentity`."""
        pairs = zip(self.names, self.texts[1:], strict=True)
        return self.texts[0] + "".join(_given(values, name) + text for name, text in pairs)

    @property
    def redacted(self) -> str:
        """The address with its places as they are written, for others to see."""
        return self.texts[0] + "".join(f"<{name}>{text}" for name, text in zip(self.names, self.texts[1:], strict=True))

    def asks_for(self, *parameters: str) -> bool:
        """Whether it has a place, or a query parameter, of one of these names."""
        _, _, query = self.redacted.partition("?")
        written = {unquote(pair.partition("=")[0]) for pair in query.split("&")}
        return any(name in self.names or name in written for name in parameters)

    def with_parameter(self, parameter: str, name: str) -> "Template":
        """The template with one more query parameter, whose value is the place `name`."""
        separator = "&" if "?" in "".join(self.texts) else "?"
        last = f"{self.texts[-1]}{separator}{parameter}="
        return Template((*self.texts[:-1], last, ""), (*self.names, name))


def parse_template(text: str, policy: EgressPolicy, *, spellings: Mapping[str, str] | None = None) -> Template:
    """Reads a template as it is registered; `spellings` are a dialect's own of places. Raises `TemplateRefused`."""
    if "#" in text:
        raise TemplateRefused("The template holds a fragment (#), which is never sent.")
    text = _usual(text, spellings or {})
    template = _parsed(text, spellings or {})
    start = _SHAPE.match(text)
    before_path = text[: start.end()] if start else text
    misplaced = _PLACE.search(before_path)
    if misplaced:
        raise TemplateRefused(f"The placeholder {misplaced[0]} must stand in the path or the query.")
    target_of(template, policy)
    return template


def filled(value: Any, values: Mapping[str, str | None], *, spellings: Mapping[str, str]) -> Any:
    """A JSON value whose strings have their places filled. Raises `TemplateRefused` or `MissingIdentity`."""
    if isinstance(value, str):
        return _parsed(_usual(value, spellings), spellings).fill_text(values)
    if isinstance(value, list):
        return [filled(each, values, spellings=spellings) for each in value]
    if isinstance(value, dict):
        return {name: filled(each, values, spellings=spellings) for name, each in value.items()}
    return value


def check_places(value: Any, *, spellings: Mapping[str, str]) -> None:
    """Raises `TemplateRefused` where a string of a JSON value has an unknown place."""
    filled(value, dict.fromkeys((*IDENTITIES, *DATES, *spellings.values()), "x"), spellings=spellings)


def target_of(template: Template, policy: EgressPolicy) -> Target:
    """Where the template leads, whatever is put into its places. Raises `TemplateRefused`."""
    example = "x".join(template.texts)
    try:
        target = parse_target(example, policy)
    except EgressRefused as refusal:
        raise TemplateRefused(str(refusal)) from refusal
    if _has_dot_segment(example):
        raise TemplateRefused("The path holds a segment . or .., which leads elsewhere.")
    return target


def _usual(text: str, spellings: Mapping[str, str]) -> str:
    """The text with a dialect's own spellings replaced by the usual ones. Raises `TemplateRefused`."""

    def place(found: re.Match[str]) -> str:
        if found[0] not in spellings:
            raise TemplateRefused(f"There is no placeholder {found[0][:64]}.")
        return f"{{{spellings[found[0]]}}}"

    return _SPELLING.sub(place, text) if spellings else text


def _parsed(text: str, spellings: Mapping[str, str]) -> Template:
    known = {**_NAMES, **{name.lower(): name for name in spellings.values()}}
    names = []
    for match in _PLACE.finditer(text):
        name = known.get((match[1] or match[2] or "").lower())
        if name is None:
            raise TemplateRefused(f"There is no placeholder {match[0][:64]}.")
        names.append(name)
    return Template(tuple(_PLACE.sub("\0", text).split("\0")), tuple(names))


def _given(values: Mapping[str, str | None], name: str) -> str:
    value = values.get(name)
    if not value:
        raise MissingIdentity(name)
    return value


def _has_dot_segment(address: str) -> bool:
    path = address.partition("?")[0].partition("://")[2]
    return any(unquote(segment) in _DOTS for segment in path.split("/")[1:])
