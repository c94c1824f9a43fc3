"""The wire of partners, keys and the audit log (admin surface)."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from chalicelib.core.schemas import HANDLE, MailedEmail, Name, Read, Wire

Origin = Annotated[str, StringConstraints(pattern=HANDLE)]
CollectionBudget = Annotated[int, Field(ge=0, le=1000)]
Scope = Literal["gardenlab", "dreamspace", "webhooks", "missions", "spaces"]


class PartnerCreate(Wire):
    """POST /admin/partners."""

    origin: Origin
    """The partner's name in addresses and bodies; never changes."""
    display_name: Name
    """The partner's name as people read it."""
    contact_email: MailedEmail | None = None
    """Where notices about failing webhooks are sent. Only ASCII before the @: the mail service takes nothing else."""
    collection_budget: CollectionBudget = 0
    """How many collections the partner may deploy itself, in the console; each takes one off."""


class PartnerUpdate(Wire):
    """PATCH /admin/partners/{origin}."""

    display_name: Name = ""
    contact_email: MailedEmail | None = None
    collection_budget: CollectionBudget = 0


class PartnerRead(Read):
    """A partner."""

    origin: str
    display_name: str
    contact_email: str | None
    collection_budget: Annotated[int, BeforeValidator(int)]
    """How many collections the partner may still deploy itself."""
    created_at: datetime
    """When it was made."""


class KeyCreate(Wire):
    """POST …/keys. Absent or empty scopes: all of them."""

    name: Name = "default"
    """What the key is for, such as a system or a person."""
    scopes: Annotated[list[Scope], Field(max_length=8)] | None = None
    """What the key opens; empty: everything."""


class KeyRead(Read):
    """A key without its secret."""

    id: str
    """Names it in addresses."""
    name: str
    """What the key is for."""
    prefix: str
    """The part of the key that may be shown."""
    scopes: list[str]
    revoked: bool
    """True once the key was revoked."""
    created_at: datetime
    last_used_at: datetime | None
    """When the key was last used, exact to a minute; null: never."""
    revoked_at: datetime | None
    """When the key was revoked."""


class KeyCreated(KeyRead):
    """The one answer that holds the whole key."""

    key: str
    """The whole key. It is shown here and never again."""


class AuditRead(Read):
    """Who changed what, and how it was before and after."""

    id: str
    at: datetime
    """When the change was made."""
    actor: str
    """Who made the change: `admin`, `key:<id>`, `oauth:<client_id>`, `console:<key id>`, or `platform`."""
    action: str
    """What was done, such as `partner.create`."""
    target: str
    """What was changed."""
    before: Any
    """How it was before; null where it is new."""
    after: Any
    """How it was afterwards; null where it is gone."""
