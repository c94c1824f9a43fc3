"""The base of every wire schema: closed, strict, built when first used."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints

from chalicelib.core.emails import MAX_EMAIL_LENGTH, canonical_email, why_not_mailable
from chalicelib.core.times import parse_time


class Wire(BaseModel):
    """A body that clients send: unknown fields are refused, nothing is coerced (no string for a number)."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class Read(BaseModel):
    """An object that clients receive, read straight from a row's attributes."""

    model_config = ConfigDict(from_attributes=True, defer_build=True)

    @classmethod
    def with_nulls(cls, **fields: Any) -> Self:
        """An object with these fields; all others are null."""
        return cls.model_validate({**dict.fromkeys(cls.model_fields), **fields})


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


# The patterns that texts must match, and the words for each in refusals and in the reference.
HEX_ADDRESS: Final = r"^0x[0-9a-fA-F]{40}$"
HEX_24: Final = r"^[0-9a-f]{24}$"
WHOLE_NUMBER: Final = r"^(0|[1-9][0-9]{0,77})$"
COINS: Final = r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,18})?$"
HANDLE: Final = r"^[a-z0-9][a-z0-9._-]{0,127}$"
PATH_PART: Final = r"^[^\s/?#%\x00-\x1f\x7f]+$"
PLAIN_NAME: Final = r"^[A-Za-z0-9_.-]{1,64}$"
ONE_LINE: Final = r"^[^\x00-\x1f\x7f]+$"
VISIBLE: Final = r"^[\x21-\x7e]+$"
DOTTED: Final = r"^[^.]+(\.[^.]+)*$"
DOTTED_WORDS: Final = r"^[^.\s]+(\.[^.\s]+)*$"
PATTERN_WORDS: Final[Mapping[str, str]] = {
    HEX_ADDRESS: "0x and 40 hexadecimal digits",
    HEX_24: "24 hexadecimal digits",
    WHOLE_NUMBER: "a whole number of at most 78 digits",
    COINS: "a number of at most 12 digits and 18 decimals",
    HANDLE: "at most 128 lower-case letters, digits, dots, underscores and hyphens, the first a letter or digit",
    PATH_PART: "a text without blanks, and without / ? # and %",
    PLAIN_NAME: "1 to 64 letters, digits, dots, underscores and hyphens",
    ONE_LINE: "a text of one line",
    VISIBLE: "ASCII characters without blanks",
    DOTTED: "names with a dot between each two",
    DOTTED_WORDS: "names without blanks, with a dot between each two",
}

Name = Annotated[str, StringConstraints(min_length=1, max_length=128)]
# Stored and returned as given; `MailedEmail` is one that the platform itself sends mail to.
Email = Annotated[str, StringConstraints(min_length=3, max_length=MAX_EMAIL_LENGTH), AfterValidator(_email)]
MailedEmail = Annotated[Email, AfterValidator(_mailable)]
IsoTime = Annotated[str, BeforeValidator(_iso)]
