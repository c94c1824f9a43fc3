"""Times of Dreamspace: they keep the client's offset and microseconds."""

from datetime import datetime, tzinfo
from typing import Final

from chalicelib.core import times
from chalicelib.core.clock import epoch_micros

_BEFORE_EPOCH: Final = 62_135_596_800_000_000  # microseconds from the year 1 to 1970
_FRACTION_DIGITS: Final = 6  # an answer gives a time back whole, so a finer one is refused and not cut


def parse_time(text: str, zone: tzinfo) -> datetime:
    """Parses an aware time. Without an offset, `zone` applies; a date is the start of its day. Raises `InvalidTime`."""
    return times.parse_time(text, zone, fraction_digits=_FRACTION_DIGITS)


def parse_query_time(text: str, zone: tzinfo) -> datetime:
    """A time in a query, where a `+` that was not encoded has become a space. Raises `InvalidTime`."""
    return times.parse_query_time(text, zone, fraction_digits=_FRACTION_DIGITS)


def sortable(moment: datetime) -> str:
    """A time as 18 digits that sort as times do, from the year 1 on."""
    return f"{epoch_micros(moment) + _BEFORE_EPOCH:018d}"
