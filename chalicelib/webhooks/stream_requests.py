"""What a call of the stream asks for. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from chalicelib.core.errors import BadRequest
from chalicelib.core.numbers import read_whole
from chalicelib.core.schemas import PATTERN_WORDS, PLAIN_NAME
from chalicelib.core.times import parse_query_time
from chalicelib.webhooks.schemas import LONGEST_EVENT_TYPE
from chalicelib.webhooks.stream_cursors import StreamCursor, read_cursor
from chalicelib.webhooks.windows import parse_since

LONGEST_WAIT_SECONDS: Final = 20  # API Gateway answers by itself after 29
MOST_EVENT_TYPES: Final = 50


class StreamRequest(NamedTuple):
    """Events of these types (none: of all) after a cursor: `after`, or the one that the consumer stored.

    Without either the stream begins at `since`, or at the time of the call.
    """

    event_types: frozenset[str] = frozenset()
    wait_seconds: int = 0
    after: StreamCursor | None = None
    consumer: str | None = None
    since: datetime | None = None


def parse_request(query: Mapping[str, str]) -> StreamRequest:
    """Reads the parameters. Raises `BadRequest`."""
    if "after" in query and (others := {"consumer", "since"} & query.keys()):
        raise BadRequest(f"after and {min(others)} exclude each other", param="after")
    wait = read_whole(query.get("wait", "0"), least=0, most=LONGEST_WAIT_SECONDS)
    if wait is None:
        raise BadRequest(f"wait: must be a whole number from 0 to {LONGEST_WAIT_SECONDS}", param="wait")
    return StreamRequest(
        event_types=_event_types(query.get("event_types")),
        wait_seconds=wait,
        after=read_cursor(query["after"]) if "after" in query else None,
        consumer=_consumer(query["consumer"]) if "consumer" in query else None,
        since=parse_since(query["since"], read=parse_query_time) if "since" in query else None,
    )


def _consumer(name: str) -> str:
    if not re.fullmatch(PLAIN_NAME, name):
        raise BadRequest(f"consumer: must be {PATTERN_WORDS[PLAIN_NAME]}", param="consumer")
    return name


def _event_types(text: str | None) -> frozenset[str]:
    names = frozenset() if text is None else frozenset(text.split(","))
    if len(names) > MOST_EVENT_TYPES or not all(1 <= len(name) <= LONGEST_EVENT_TYPE for name in names):
        raise BadRequest(
            f"event_types: must be at most {MOST_EVENT_TYPES} event types with commas between them", param="event_types"
        )
    return names
