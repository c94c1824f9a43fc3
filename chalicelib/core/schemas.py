"""The ground of every wire schema: closed, strict, built when first used."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

from chalicelib.core.clock import parse_iso


class Wire(BaseModel):
    """A body that clients send: unknown fields are refused, nothing is coerced (no string for a number)."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class Read(BaseModel):
    """An object that clients receive, read straight from a row's attributes."""

    model_config = ConfigDict(from_attributes=True, defer_build=True)


def _iso(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 64:
        raise ValueError("must be an ISO 8601 time")
    try:
        parse_iso(value)
    except ValueError as error:
        raise ValueError("must be an ISO 8601 time") from error
    return value


Name = Annotated[str, StringConstraints(min_length=1, max_length=128)]
IsoTime = Annotated[str, BeforeValidator(_iso)]
