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

RefreshGrace = Annotated[
    int,
    Field(
        ge=0,
        le=LONGEST_GRACE_SECONDS,
        description=(
            "For how long a refresh token that was used is answered with the same successor again, 0 to "
            f"{LONGEST_GRACE_SECONDS}. After it, a second use ends all that came of the consent."
        ),
    ),
]


class ClientCreate(Wire):
    """POST …/oauth_clients. A public application has no secret, and must use PKCE."""

    name: Name
    """The application's name, as the page of consent shows it."""
    redirect_uris: RedirectUris = Field(default_factory=list)
    """Where accounts may be sent back to, exactly."""
    scopes: Scopes = Field(default_factory=lambda: _DEFAULT_SCOPES)
    """What the application may ask for. Tokens that are refreshed never have more."""
    confidential: bool = True
    """True: it keeps a secret. False: it must use PKCE."""
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
    """The application."""
    name: str
    redirect_uris: list[str]
    scopes: list[str]
    confidential: bool
    refresh_grace_seconds: int
    created_at: datetime
    """When it was made."""


class ClientCreated(ClientRead):
    """The one answer that holds the secret; null for a public application."""

    client_secret: str | None
    """The secret. It is shown here and never again; null for a public application."""


class GrantRead(Read):
    """An application that an account lets in."""

    id: str
    """Names it in addresses."""
    client_id: str
    """The application that is let in."""
    name: str
    scopes: list[str]
    """What the account consented to."""
    key_id: str | None
    """The API key that consented, with which the grant ends; null for a grant older than this field."""
    created_at: datetime
    """When the application redeemed the consent."""
    last_used_at: datetime | None
    """When the application last got a token for it."""
    expires_at: datetime | None
    """When it ends unless it is used before."""


class SigningKeyRead(Read):
    """A live signing key. One signs, both verify."""

    kid: str
    """The key's id, as tokens name it."""
    created_at: datetime
    signs: bool
    """True of the key that signs now; both verify."""
