"""Times as Dreamspace takes and gives them: ISO 8601 with the offset that the client chose."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

_TIME = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,6}))?)?"
    r"(?P<offset>Z|[+-][0-9]{2}:?[0-9]{2}(?::[0-9]{2})?)?)?",
    re.ASCII,
)
_SPACED_OFFSET = re.compile(r" (?=[0-9]{2}:?[0-9]{2}(?::[0-9]{2})?$)", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BEFORE_EPOCH = 62_135_596_800_000_000  # microseconds from the year 1 to 1970
_MICROSECOND = timedelta(microseconds=1)


class InvalidTime(ValueError):
    """Not a time as the contract has them."""


def parse_time(text: str, zone: tzinfo) -> datetime:
    """An aware time; one without offset is `zone`'s, a date alone the start of that day. Raises `InvalidTime`."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise InvalidTime("must be an ISO 8601 time, such as 2025-06-08T20:12:00+10:00")
    try:
        day = date.fromisoformat(match["date"])
        hour, minute, second = (int(match[part] or 0) for part in ("hour", "minute", "second"))
        clock = time(hour, minute, second, int((match["fraction"] or "").ljust(6, "0")))
        moment = datetime.combine(day, clock, tzinfo=_offset(match["offset"]) or zone)
        moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidTime("must be a time that exists, in the years 1 to 9999") from error
    # Fixed to the offset it has there, so that it reads the same whatever becomes of the timezone's rules.
    return moment.replace(tzinfo=timezone(moment.utcoffset() or timedelta(0)))


def parse_query_time(text: str, zone: tzinfo) -> datetime:
    """A time in a query, where a `+` that was not encoded has become a space. Raises `InvalidTime`."""
    return parse_time(_SPACED_OFFSET.sub("+", text), zone)


def epoch_micros(moment: datetime) -> int:
    """Microseconds since 1970, exact."""
    return (moment - _EPOCH) // _MICROSECOND


def sortable(moment: datetime) -> str:
    """A time as 18 digits that sort as times do, from the year 1 on."""
    return f"{epoch_micros(moment) + _BEFORE_EPOCH:018d}"


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
