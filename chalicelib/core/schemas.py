"""The ground of every wire schema: closed, strict, built when first used."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

from chalicelib.core.times import parse_time


class Wire(BaseModel):
    """A body that clients send: unknown fields are refused, nothing is coerced (no string for a number)."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class Read(BaseModel):
    """An object that clients receive, read straight from a row's attributes."""

    model_config = ConfigDict(from_attributes=True, defer_build=True)


def _iso(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be an ISO 8601 time, as text")
    parse_time(value)
    return value


Name = Annotated[str, StringConstraints(min_length=1, max_length=128)]
IsoTime = Annotated[str, BeforeValidator(_iso)]
