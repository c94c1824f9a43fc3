"""The ground of every wire schema: closed, strict, built when first used."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints

from chalicelib.core.emails import MAX_EMAIL_LENGTH, canonical_email, why_not_mailable
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


def _email(value: str) -> str:
    canonical_email(value)  # an InvalidEmail is a ValueError with the reason
    return value


def _mailable(value: str) -> str:
    reason = why_not_mailable(canonical_email(value))
    if reason is not None:
        raise ValueError(reason)
    return value


Name = Annotated[str, StringConstraints(min_length=1, max_length=128)]
# Kept and answered as given; `MailedEmail` is one that the platform itself writes to.
Email = Annotated[str, StringConstraints(min_length=3, max_length=MAX_EMAIL_LENGTH), AfterValidator(_email)]
MailedEmail = Annotated[Email, AfterValidator(_mailable)]
IsoTime = Annotated[str, BeforeValidator(_iso)]
