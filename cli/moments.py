"""Times as people read them. Pure."""

import re
from datetime import UTC, datetime
from typing import Any

_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)")
# Units with their seconds, largest first. An age is given in the largest unit that it reaches.
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_FAR_SECONDS = 60 * 86_400


def relative(value: Any, *, at: datetime) -> str | None:
    """Such as "3 minutes ago" or "in 2 hours" for an ISO 8601 time with an offset; None for all other values.

    A time that is further away than 60 days is a date.
    """
    if not isinstance(value, str) or not _ISO.fullmatch(value):
        return None
    try:
        moment = datetime.fromisoformat(value)  # noqa: TID251  (the platform's own, and of a checked form)
    except ValueError:
        return None
    seconds = (at - moment).total_seconds()
    if abs(seconds) > _FAR_SECONDS:
        return f"{moment.astimezone(UTC):%Y-%m-%d}"
    if abs(seconds) < 1:
        return "now"
    size, unit = next((size, unit) for size, unit in _UNITS if abs(seconds) >= size)
    count = int(abs(seconds) // size)
    words = f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{words} ago" if seconds > 0 else f"in {words}"


def iso_of_seconds(seconds: float) -> str:
    """The ISO 8601 time of unix seconds."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
