"""The wire of applications and signing keys (admin surface)."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from chalicelib.core.schemas import Name, Read, Wire
from chalicelib.oauth.domain import LONGEST_GRACE_SECONDS, check_redirect_uri

Scope = Literal["read_only", "read_write", "missions"]
RedirectUri = Annotated[str, StringConstraints(min_length=1, max_length=2048), AfterValidator(check_redirect_uri)]
RedirectUris = Annotated[list[RedirectUri], Field(max_length=20)]
_DEFAULT_SCOPES: list[Scope] = ["read_only"]
Scopes = Annotated[list[Scope], Field(min_length=1, max_length=3)]

RefreshGrace = Annotated[int, Field(ge=0, le=LONGEST_GRACE_SECONDS)]


class ClientCreate(Wire):
    """POST …/oauth_clients. A public application has no secret, and must use PKCE."""

    name: Name
    redirect_uris: RedirectUris = Field(default_factory=list)
    scopes: Scopes = Field(default_factory=lambda: _DEFAULT_SCOPES)
    confidential: bool = True
    refresh_grace_seconds: RefreshGrace = 0


class ClientUpdate(Wire):
    """PATCH …/oauth_clients/{id}: the given fields change."""

    name: Name = ""
    redirect_uris: RedirectUris = Field(default_factory=list)
    scopes: Scopes = Field(default_factory=list)
    refresh_grace_seconds: RefreshGrace = 0


class ClientRead(Read):
    """An application without its secret."""

    client_id: str
    name: str
    redirect_uris: list[str]
    scopes: list[str]
    confidential: bool
    refresh_grace_seconds: int
    created_at: datetime


class ClientCreated(ClientRead):
    """The one answer that holds the secret; null for a public application."""

    client_secret: str | None


class GrantRead(Read):
    """An application that an account lets in."""

    id: str
    client_id: str
    name: str
    scopes: list[str]
    key_id: str | None
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


class SigningKeyRead(Read):
    """A live signing key. One signs, both verify."""

    kid: str
    created_at: datetime
    signs: bool
