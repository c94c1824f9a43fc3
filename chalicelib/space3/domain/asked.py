"""Reads the question that a platform asks us: the identities and the window that its fields name."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from chalicelib.activity import domain
from chalicelib.activity.domain import Identity, IdentityKind, InvalidIdentity
from chalicelib.core.errors import BadRequest
from chalicelib.core.times import InvalidTime, parse_query_time

Named = tuple[IdentityKind, str]
Identifier = Callable[[str], Iterable[Named]]
"""Reads the value of a field as the identities that it may be."""
_UNFILLED: Final = re.compile(r"<[^<>]*>|\{[^{}]*\}|(?:0[xX])?\$[A-Za-z]\w*")
_WALLET: Final = re.compile(r"(?:0[xX])?([0-9a-fA-F]{40})")
_PREFIXED_WALLET: Final = re.compile(r"0[xX][0-9a-fA-F]{40}")
_HANDLE: Final = re.compile(r"@?[A-Za-z0-9_]{1,15}", re.ASCII)
_NUMERIC_ID: Final = re.compile(r"[0-9]{1,32}", re.ASCII)
# A time between 1973 and 2286: what has fewer digits is written in seconds and would be misread.
_MILLISECONDS: Final = re.compile(r"0|[0-9]{12,13}", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class AskedWindow(NamedTuple):
    """[start, end); None for no bound."""

    start: datetime | None = None
    end: datetime | None = None


def as_kind(*kinds: IdentityKind) -> Identifier:
    """The value is an identity of these kinds."""
    return lambda value: [(kind, value) for kind in kinds]


def as_wallet(value: str) -> list[Named]:
    """An EVM address with or without `0x`."""
    found = _WALLET.fullmatch(value)
    return [("wallet", f"0x{found[1]}")] if found else []


def as_anything(value: str) -> list[Named]:
    """The kinds of identity that a value of no named kind looks like."""
    if _PREFIXED_WALLET.fullmatch(value):
        return [("wallet", value)]
    if "@" in value[1:]:
        return [("email", value)]
    named: list[Named] = [("x", value)] if _HANDLE.fullmatch(value) or _NUMERIC_ID.fullmatch(value) else []
    if _NUMERIC_ID.fullmatch(value):
        named += [("discord", value), ("telegram", value)]
    return named


def _as_email(value: str) -> list[Named]:
    return [("email", value.replace(" ", "+"))]  # what an unencoded plus sign has become


EVERYWHERE: Final[Mapping[str, Identifier]] = {
    # A mission system's uid may be Space3's or the partner's own.
    "uid": as_kind("space3", "uid"),
    "email": _as_email,
    "wallet": as_kind("wallet"),
    "discordid": as_kind("discord"),
    "xid": as_kind("x"),
    "twitterid": as_kind("x"),
    "telegramid": as_kind("telegram"),
}
"""The names, in lower case, under which every dialect takes identities."""


def identities_of(fields: Mapping[str, Any], identifiers: Mapping[str, Identifier]) -> list[Identity]:
    """The identities in the fields. Empty values, unfilled placeholders and invalid identities are left out.

    The case of names does not matter. A number is read as its digits.
    """
    found: dict[Identity, None] = {}
    for name, value in fields.items():
        identifier, text = identifiers.get(name.lower()), _text_of(value)
        if identifier is None or not _is_filled(text):
            continue
        for kind, written in identifier(text):
            try:
                found |= dict.fromkeys(domain.identities_of(kind, written))
            except InvalidIdentity:
                continue
    return list(found)


def _is_filled(value: str) -> bool:
    """True unless the value is empty, or a placeholder that the platform did not fill."""
    return bool(value) and _UNFILLED.fullmatch(value) is None


def window_of(
    fields: Mapping[str, Any], start: str, end: str, *, read: Callable[[str], datetime] = parse_query_time
) -> AskedWindow:
    """The window from the time in the field `start` to that in the field `end`, where they are given.

    `read` parses a time, ISO 8601 by default. Raises `BadRequest` for what is no time, and for a start after the end.
    """
    window = AskedWindow(_time_of(fields, start, read), _time_of(fields, end, read))
    if window.start is not None and window.end is not None and window.start > window.end:
        raise BadRequest(f"{start}: is later than {end}", param=start)
    return window


def milliseconds_time(text: str) -> datetime:
    """The time of milliseconds since 1970. Raises `InvalidTime`."""
    if not _MILLISECONDS.fullmatch(text):
        raise InvalidTime("must be milliseconds since 1970, of 12 or 13 digits")
    return _EPOCH + timedelta(milliseconds=int(text))


def _time_of(fields: Mapping[str, Any], name: str, read: Callable[[str], datetime]) -> datetime | None:
    text = _text_of(fields.get(name))
    if not _is_filled(text):
        return None
    try:
        return read(text)
    except InvalidTime as error:
        raise BadRequest(f"{name}: {error}", param=name) from error


def _text_of(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 2**127 else ""
    return value if isinstance(value, str) else ""
