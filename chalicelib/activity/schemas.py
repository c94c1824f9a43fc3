"""The wire of links (admin surface)."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import StringConstraints, model_validator

from chalicelib.activity.domain import MAX_VALUE_LENGTH, Identity, IdentityKind, identity_of
from chalicelib.core.schemas import Read, Wire


class IdentityBody(Wire):
    """An identity: its kind, and its value as written."""

    kind: IdentityKind
    """What sort of identity it is."""
    value: Annotated[str, StringConstraints(min_length=1, max_length=MAX_VALUE_LENGTH)]
    """The identity itself, such as an e-mail address."""

    @model_validator(mode="after")
    def _can_be_one(self) -> Self:
        identity_of(self.kind, self.value)
        return self

    @property
    def identity(self) -> Identity:
        """The canonical identity."""
        return identity_of(self.kind, self.value)


class LinkCreate(Wire):
    """POST …/links: two identities of one person."""

    a: IdentityBody
    """One identity."""
    b: IdentityBody
    """The other identity."""

    @model_validator(mode="after")
    def _are_two(self) -> Self:
        if self.a.identity == self.b.identity:
            raise ValueError("a and b are the same identity")
        return self


class IdentityRead(Read):
    """A canonical identity."""

    kind: IdentityKind
    value: str


class LinkRead(Read):
    """A link that was set up."""

    id: str
    """Names the link in addresses."""
    a: IdentityRead
    b: IdentityRead
    created_at: datetime
    """When the link was set up."""
