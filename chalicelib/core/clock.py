"""The one clock. All times in the system are aware datetimes in UTC."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

_offset = timedelta(0)


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC) + _offset


def epoch_millis(moment: datetime) -> int:
    """Whole milliseconds since 1970 of an aware `moment`."""
    return int(moment.timestamp() * 1000)


def epoch_micros(moment: datetime) -> int:
    """Whole microseconds since 1970 of an aware `moment`, exact where a float would round."""
    return (moment - _EPOCH) // _MICROSECOND


def from_epoch_micros(micros: int) -> datetime:
    """The inverse of `epoch_micros`."""
    return _EPOCH + timedelta(microseconds=micros)


MOMENT_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "_seconds": {"type": "integer", "description": "Unix seconds."},
        "_nanoseconds": {"type": "integer", "description": "What is left of the second."},
    },
    "required": ["_seconds", "_nanoseconds"],
}
"""The JSON Schema of what `moment_of` gives."""


def moment_of(micros: int) -> dict[str, int]:
    """A time in microseconds since 1970 as `{"_seconds", "_nanoseconds"}`, for bodies in JSON."""
    seconds, rest = divmod(micros, 1_000_000)
    return {"_seconds": seconds, "_nanoseconds": rest * 1000}


@contextmanager
def travelled(by: timedelta) -> Iterator[Callable[[timedelta], None]]:
    """Moves the clock by `by` within the block; the function that it gives moves it further."""
    global _offset
    before = _offset

    def further(step: timedelta) -> None:
        global _offset
        _offset += step

    _offset += by
    try:
        yield further
    finally:
        _offset = before


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
