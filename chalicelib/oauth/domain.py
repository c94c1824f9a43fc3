"""Rules of applications, scopes and tokens: pure, without I/O."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection, Iterable, Sequence
from typing import Final
from urllib.parse import urlencode, urlsplit

from chalicelib.core import base64url

READ_ONLY: Final = "read_only"
READ_WRITE: Final = "read_write"
MISSIONS: Final = "missions"
SCOPES: Final = (READ_ONLY, READ_WRITE, MISSIONS)
DEFAULT_SCOPE: Final = READ_ONLY

CHALLENGE_METHOD: Final = "S256"
CODE_SECONDS: Final = 600
TICKET_SECONDS: Final = 600
REFRESH_SECONDS: Final = 30 * 24 * 3600
LONGEST_GRACE_SECONDS: Final = 60
# An entry of what an application revoked is kept longer than any access token lives.
REVOCATION_SECONDS: Final = 2 * 3600
EVERYTHING: Final = "*"

# The surfaces that a token may open; each has the name of the API key's scope that is needed for it.
SURFACES: Final = ("gardenlab", "spaces")

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
# Compiled where they are used, by the cache of `re`: every function that reads a scope loads this module.
_PRIVATE_SCHEME: Final = r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+"
_URI: Final = r"[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]+"
_HOST: Final = r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]"


def is_token(text: str) -> bool:
    """True if a credential is an access token, which has two dots, and not an API key."""
    return text.count(".") == 2


def covers(granted: Collection[str], scope: str) -> bool:
    """True if the granted scopes include this one; write access includes read access."""
    return scope in granted or (scope == READ_ONLY and READ_WRITE in granted)


def may_be_asked(scopes: Iterable[str], registered: Collection[str]) -> bool:
    """Whether each scope is known, and the application is registered for it."""
    return all(scope in SCOPES and covers(registered, scope) for scope in scopes)


def common_scopes(granted: Sequence[str], registered: Collection[str]) -> list[str]:
    """The granted scopes that the application is still registered for; write access may reduce to read access."""
    if READ_WRITE in granted and READ_WRITE not in registered:
        granted = [READ_ONLY if scope == READ_WRITE else scope for scope in granted]
    return [scope for scope in dict.fromkeys(granted) if covers(registered, scope)]


def key_may_consent(key_scopes: Collection[str], asked: Iterable[str]) -> bool:
    """True if an API key with these scopes (none: all) may consent to the requested scopes."""
    wanted = {MISSIONS if scope == MISSIONS else "spaces" for scope in asked}
    return not key_scopes or wanted <= set(key_scopes)


def key_may_consent_to_any(key_scopes: Collection[str]) -> bool:
    """True if an API key with these scopes (none: all) may consent to any scope."""
    return any(key_may_consent(key_scopes, (scope,)) for scope in SCOPES)


def surfaces_of(key_scopes: Collection[str]) -> list[str]:
    """The surfaces that a token opens when its account signed in with a key of these scopes (none: all)."""
    return [surface for surface in SURFACES if not key_scopes or surface in key_scopes]


def sha256(text: str) -> str:
    """The stored hash of codes, tokens and secrets; they have 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def new_secret(prefix: str) -> str:
    """A secret of 256 random bits with a prefix that names its kind."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def new_salt() -> str:
    """Random text for `successor`."""
    return secrets.token_urlsafe(16)


def successor(refresh_token: str, salt: str) -> str:
    """The refresh token that follows another. The same salt gives the same token, so a lost answer can be repeated.

    The salt is stored, and no token can be made of it without the old token.
    """
    made = hmac.new(refresh_token.encode("utf-8", "surrogatepass"), salt.encode(), "sha256").digest()
    return "rt_" + base64url.encode(made)


def answer_address(redirect_uri: str, parameters: Sequence[tuple[str, str]]) -> str:
    """A redirect address with appended parameters; its own query stays byte for byte (RFC 6749 § 3.1.2)."""
    joiner = "?" if "?" not in redirect_uri else "" if redirect_uri.endswith(("?", "&")) else "&"
    return f"{redirect_uri}{joiner}{urlencode(parameters)}"


def check_redirect_uri(uri: str) -> str:
    """The redirect address, if it may be registered. Raises `ValueError` with the reason otherwise.

    Allowed are https; http on the loopback interface, for native and local applications (RFC 8252 § 7.3); and private
    schemes that are reversed domain names (§ 7.1). An authorization request must name a registered address exactly.
    """
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError("is not an absolute address") from error
    if not re.fullmatch(_URI, uri, re.ASCII):
        raise ValueError("holds characters that must be percent-encoded, or a fragment")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a user name or password")
    if parts.scheme in ("http", "https"):
        if not host:
            raise ValueError("is not an absolute address")
        if not re.fullmatch(_HOST, parts.netloc.removesuffix(f":{parts.port}"), re.ASCII):
            raise ValueError("must name a host by letters, digits, dots and hyphens")
        if parts.scheme == "http" and host not in _LOOPBACK:
            raise ValueError("must be https, but for http on 127.0.0.1, [::1] or localhost")
    elif not re.fullmatch(_PRIVATE_SCHEME, parts.scheme, re.ASCII) or not (parts.path or parts.netloc):
        raise ValueError("must be an https address, or have a private scheme such as com.example.app")
    return uri


def form_target(uri: str) -> str:
    """The Content-Security-Policy `form-action` source of this redirect address."""
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https") or "[" in parts.netloc:  # policies know no IPv6 hosts
        return f"{parts.scheme}:"
    return f"{parts.scheme}://{parts.netloc}"
