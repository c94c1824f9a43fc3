"""Times that come from outside, read strictly: queries, bodies, forms and partners' answers all use this parser.

ISO 8601 in its extended form: a date, or a date, `T` and a clock, with or without an offset. What Python's own parser
also takes (compact forms, week dates, another letter for the `T`, a date with an offset) it partly reads as another
time than the writer meant, so it is refused.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Final

LONGEST_TIME: Final = 64
_NANOSECOND_DIGITS: Final = 9
_MICROSECOND_DIGITS: Final = 6
_TIME: Final = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,9}))?)?"
    r"(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2}(?::[0-9]{2})?)?)?",
    re.ASCII,
)
_SPACED_OFFSET: Final = re.compile(r" (?=[0-9]{2}:?[0-9]{2}(?::[0-9]{2})?$)", re.ASCII)


class InvalidTime(ValueError):
    """The text is no ISO 8601 time; the message completes "<field>: …"."""


def parse_time(text: str, zone: tzinfo = UTC, *, fraction_digits: int = _NANOSECOND_DIGITS) -> datetime:
    """An aware time with the offset that the text gives. Raises `InvalidTime`.

    A time without an offset lies in `zone`; a date alone is the start of that day there. A fraction may have
    `fraction_digits` digits at most; what is finer than a microsecond is cut off.
    """
    match = _TIME.fullmatch(text) if len(text) <= LONGEST_TIME else None
    if match is None or len(match["fraction"] or "") > fraction_digits:
        raise InvalidTime("must be an ISO 8601 time, such as 2025-06-08T20:12:00+10:00")
    try:
        day = date.fromisoformat(match["date"])
        hour, minute, second = (int(match[part] or 0) for part in ("hour", "minute", "second"))
        clock = time(hour, minute, second, int((match["fraction"] or "")[:_MICROSECOND_DIGITS].ljust(6, "0")))
        moment = datetime.combine(day, clock, tzinfo=_offset(match["offset"]) or zone)
        moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidTime("must be a time that exists, in the years 1 to 9999") from error
    # Fixed to the offset it has there, so that it reads the same whatever becomes of the timezone's rules.
    return moment.replace(tzinfo=timezone(moment.utcoffset() or timedelta(0)))


def parse_query_time(text: str, zone: tzinfo = UTC, *, fraction_digits: int = _NANOSECOND_DIGITS) -> datetime:
    """The same for a time in a query, where a `+` that was not encoded has become a space. Raises `InvalidTime`."""
    if len(text) <= LONGEST_TIME:
        text = _SPACED_OFFSET.sub("+", text)
    return parse_time(text, zone, fraction_digits=fraction_digits)


def stored_time(text: str) -> datetime:
    """The time of a text that a row holds, with its offset; one without an offset is UTC.

    The text was checked when it was written. Rows older than `parse_time` may hold any form that Python takes.
    """
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _offset(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text == "Z":
        return UTC
    digits = text[1:].replace(":", "")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]), seconds=int(digits[4:] or 0))
    if int(digits[2:4]) > 59 or int(digits[4:] or 0) > 59:
        raise ValueError("an offset has 60 minutes an hour")
    return timezone(-size if text[0] == "-" else size)
