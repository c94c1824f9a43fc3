"""The wire of partners, keys and the audit log (admin surface)."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from chalicelib.core.schemas import MailedEmail, Name, Read, Wire
from chalicelib.partners.domain import ORIGIN_PATTERN

Origin = Annotated[str, StringConstraints(pattern=rf"^{ORIGIN_PATTERN}$")]
Scope = Literal["gardenlab", "dreamspace", "webhooks", "missions", "spaces"]


class PartnerCreate(Wire):
    """POST /admin/partners."""

    origin: Origin
    display_name: Name
    contact_email: MailedEmail | None = None


class PartnerUpdate(Wire):
    """PATCH /admin/partners/{origin}."""

    display_name: Name = ""
    contact_email: MailedEmail | None = None


class PartnerRead(Read):
    """A partner."""

    origin: str
    display_name: str
    contact_email: str | None
    created_at: datetime


class KeyCreate(Wire):
    """POST …/keys. Absent or empty scopes: all of them."""

    name: Name = "default"
    scopes: Annotated[list[Scope], Field(max_length=8)] | None = None


class KeyRead(Read):
    """A key without its secret."""

    id: str
    name: str
    prefix: str
    scopes: list[str]
    revoked: bool
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class KeyCreated(KeyRead):
    """The one answer that holds the whole key."""

    key: str


class AuditRead(Read):
    """Who changed what, and how it was before and after."""

    id: str
    at: datetime
    actor: str
    action: str
    target: str
    before: Any
    after: Any
