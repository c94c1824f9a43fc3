"""The wire of codes by which holders apply interactions themselves (admin surface)."""

from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from pydantic import AfterValidator, Field, StringConstraints, computed_field

from chalicelib.core.schemas import ONE_LINE, IsoTime, Read, Wire
from chalicelib.core.settings import settings
from chalicelib.gardenlab.code_texts import text_of

DEFAULT_LIFE = timedelta(days=30)
LONGEST_PASSWORD = 64
_SHORTEST_PASSWORD = 8


def _enough_letters(password: str) -> str:
    if len("".join(password.split())) < _SHORTEST_PASSWORD:
        raise ValueError(f"must have at least {_SHORTEST_PASSWORD} characters besides blanks")
    return password


Password = Annotated[
    str,
    StringConstraints(max_length=LONGEST_PASSWORD, pattern=ONE_LINE),
    AfterValidator(_enough_letters),
]
Count = Annotated[int, Field(ge=1, le=1_000_000)]


class CodeCreate(Wire):
    """POST …/codes."""

    name: Annotated[str, StringConstraints(max_length=128)] = ""
    """What the code is for."""
    password: Password | None = None
    """What holders may type instead, one code's among all of the partner's; null: the code alone."""
    expires_at: IsoTime | None = Field(
        default=None,
        description=f"ISO 8601; the code ends then. {DEFAULT_LIFE.days} days from now where it is not given.",
    )
    max_uses: Count = 1000
    """How often all holders together may use it."""
    per_holder: Count | None = 1
    """How often one holder may use it; null: as the interaction allows."""


class CodeRead(Read):
    """A code; `url` is what its QR code leads to."""

    id: str
    """The code's id."""
    interaction_id: str
    """The interaction that the code applies."""
    origin: str = Field(exclude=True)
    public_id: str = Field(exclude=True)
    name: str
    password: str | None
    expires_at: datetime
    max_uses: int
    per_holder: int | None
    used: int
    """How often it was used."""
    created_at: datetime
    """When it was made."""
    revoked_at: datetime | None
    """When it was revoked; null: it is good."""

    @computed_field
    def code(self) -> str:
        """The code's text."""
        return text_of(self.public_id)

    @computed_field
    def url(self) -> str:
        """The address that holders open."""
        return code_url(self.public_id)

    @computed_field
    def password_url(self) -> str | None:
        """The address where holders type the password; null without one."""
        return None if self.password is None else password_url(self.origin)


def password_url(origin: str) -> str:
    """The absolute address where holders type a partner's passwords."""
    return f"{settings().public_url}/i?{urlencode({'partner': origin})}"


def code_url(public_id: str) -> str:
    """The absolute address of a code's page."""
    return f"{settings().public_url}/i/{text_of(public_id)}"
