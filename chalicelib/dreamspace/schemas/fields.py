"""Field types that several models share."""

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from chalicelib.core.settings import settings
from chalicelib.dreamspace.domain.models import MAX_INTEGER
from chalicelib.dreamspace.domain.times import parse_time

MAX_DATA_BYTES = 4_000_000


def server_zone() -> ZoneInfo:
    """The timezone of times without an offset and of times made by the server."""
    return ZoneInfo(settings().dreamspace_timezone)


def _moment(value: Any) -> datetime:
    if not isinstance(value, str):
        raise ValueError("must be an ISO 8601 time, as text")
    return parse_time(value, server_zone())


def _data(value: str) -> str:
    if len(value.encode()) > MAX_DATA_BYTES:
        raise ValueError(f"must have at most {MAX_DATA_BYTES} bytes in UTF-8")
    return value


Moment = Annotated[datetime, BeforeValidator(_moment)]
Integer = Annotated[int, Field(ge=-MAX_INTEGER, le=MAX_INTEGER)]
Short = Annotated[str, StringConstraints(max_length=255)]
Description = Annotated[str, StringConstraints(max_length=1000)]
Long = Annotated[str, StringConstraints(max_length=65_536)]
Data = Annotated[
    str,
    StringConstraints(max_length=MAX_DATA_BYTES),
    AfterValidator(_data),
    Field(description=f"The document's content, kept as it is given; at most {MAX_DATA_BYTES:,} bytes."),
]
Number = Annotated[float, Field(allow_inf_nan=False)]
