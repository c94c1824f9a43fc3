"""Rules of applications, scopes and tokens: pure, without I/O."""

import hashlib
import re
import secrets
from collections.abc import Collection, Iterable
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from chalicelib.core.comparing import is_same_secret

READ_ONLY: Final = "read_only"
READ_WRITE: Final = "read_write"
MISSIONS: Final = "missions"
SCOPES: Final = (READ_ONLY, READ_WRITE, MISSIONS)
DEFAULT_SCOPE: Final = READ_ONLY

CHALLENGE_METHOD: Final = "S256"
CODE_SECONDS: Final = 600
TICKET_SECONDS: Final = 600
REFRESH_SECONDS: Final = 30 * 24 * 3600
# What an application revokes is remembered at least as long as a token lives.
REVOCATION_SECONDS: Final = 2 * 3600
EVERYTHING: Final = "*"

# The surfaces that a token opens, and the scope of the API key that its account must sign in with.
SURFACES: Final = ("gardenlab", "spaces")

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_PRIVATE_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+", re.ASCII)
_URI = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]+", re.ASCII)


class Application(NamedTuple):
    """A client as the protocol knows it. `origin` is the partner that registered it."""

    client_id: str
    origin: str
    name: str
    redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]
    confidential: bool
    secret_sha256: str | None

    def has_secret(self, secret: str) -> bool:
        """Compares in constant time."""
        return self.secret_sha256 is not None and is_same_secret(self.secret_sha256, sha256(secret))

    def may_ask(self, scopes: Iterable[str]) -> bool:
        """True where each scope is known and lies within what the application was registered for."""
        return all(scope in SCOPES and covers(self.scopes, scope) for scope in scopes)


def covers(granted: Collection[str], scope: str) -> bool:
    """True where the granted scopes hold this one: who may write may read."""
    return scope in granted or (scope == READ_ONLY and READ_WRITE in granted)


def key_opens(key_scopes: Collection[str], asked: Iterable[str]) -> bool:
    """True where an API key of these scopes (none: all) may consent to what is asked."""
    wanted = {MISSIONS if scope == MISSIONS else "spaces" for scope in asked}
    return not key_scopes or wanted <= set(key_scopes)


def surfaces_of(key_scopes: Collection[str]) -> list[str]:
    """The surfaces that a token opens when its account signed in with a key of these scopes (none: all)."""
    return [surface for surface in SURFACES if not key_scopes or surface in key_scopes]


def sha256(text: str) -> str:
    """The form in which codes, tokens and secrets are stored: they have 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def new_secret(prefix: str) -> str:
    """A secret of 256 random bits behind a prefix that says what it is."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def check_redirect_uri(uri: str) -> str:
    """Gives a redirect address that may be registered; raises `ValueError` with the reason for any other.

    https anywhere; http on this machine alone, for native and local applications (RFC 8252 § 7.3); a private scheme
    where it is a reversed domain name (§ 7.1).
    """
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError("is not an absolute address") from error
    if not _URI.fullmatch(uri):
        raise ValueError("holds characters that must be percent-encoded, or a fragment")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a user name or password")
    if parts.scheme in ("http", "https"):
        if not host:
            raise ValueError("is not an absolute address")
        if parts.scheme == "http" and host not in _LOOPBACK:
            raise ValueError("must be https, but for http on 127.0.0.1, [::1] or localhost")
    elif not _PRIVATE_SCHEME.fullmatch(parts.scheme) or not (parts.path or parts.netloc):
        raise ValueError("must be an https address, or have a private scheme such as com.example.app")
    return uri


def form_target(uri: str) -> str:
    """What a page's Content-Security-Policy must allow for a form that ends at this redirect address."""
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https") or "[" in parts.netloc:  # policies know no IPv6 hosts
        return f"{parts.scheme}:"
    return f"{parts.scheme}://{parts.netloc}"
