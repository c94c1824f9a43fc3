"""Which part of a list a request asks for. Pure."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from chalicelib.core import ids
from chalicelib.core.clock import epoch_millis
from chalicelib.core.errors import BadRequest
from chalicelib.core.pagination import parse_list_limit
from chalicelib.core.times import InvalidTime, parse_query_time, parse_time
from chalicelib.core.windows import Window

# Fewer digits may be a compact date, more are milliseconds.
_UNIX_SECONDS = re.compile(r"0|[1-9][0-9]{8,10}")
_LATEST = datetime(3000, 1, 1, tzinfo=UTC)
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


def parse_window(query: Mapping[str, str], *, cursor: re.Pattern[str], prefix: str = "") -> Window:
    """The window of `limit`, `starting_after`, `starting_before` (or `ending_before`) and `since`.

    `since` is an ISO 8601 time or unix seconds; `prefix` is what the list's positions begin with. Raises
    `BadRequest`.
    """
    befores = [name for name in ("starting_before", "ending_before") if name in query]
    if len(befores) + ("starting_after" in query) > 1:
        raise BadRequest("starting_after and starting_before exclude each other", param="starting_after")
    for name in ("starting_after", *befores):
        if name in query and not cursor.fullmatch(query[name]):
            raise BadRequest(f"{name}: is not an id of this list", param=name)
    return Window(
        limit=parse_list_limit(query.get("limit")),
        after=query.get("starting_after"),
        before=query[befores[0]] if befores else None,
        since=first_position(parse_since(query["since"], read=parse_query_time), prefix) if "since" in query else None,
    )


def parse_since(since: str, *, read: Callable[[str], datetime] = parse_time, param: str = "since") -> datetime:
    """The time of a `since`: ISO 8601 or unix seconds, clamped to what ids can tell. Raises `BadRequest`."""
    try:
        moment = datetime.fromtimestamp(int(since), UTC) if _UNIX_SECONDS.fullmatch(since) else read(since)
    except InvalidTime as error:
        message = f"{param}: must be an ISO 8601 time, or unix seconds of 9 to 11 digits"
        raise BadRequest(message, param=param) from error
    return min(max(moment, _EARLIEST), _LATEST)


def moment_of(position: str) -> datetime:
    """The time that a position without a prefix tells, to the millisecond."""
    return _EARLIEST + timedelta(milliseconds=ids.millis_of(position))


def first_position(moment: datetime, prefix: str) -> str:
    """The lowest position of what was made at that time or later."""
    return prefix + ids.first_position(epoch_millis(moment))
