"""Credentials that callers present: read from headers in one way, and refused with the reason.

`presented` reads them, the feature that issued them finds whose they are, and `require_scope` looks at what they open.
Each raises `CredentialRefused`, to which a surface gives its own status and form (`core.http.credentials`).
"""

import base64
import binascii
from collections.abc import Mapping
from enum import Enum
from typing import Final, NamedTuple, Protocol

_OWS: Final = " \t"  # optional whitespace around a header's value is no part of it (RFC 9110 § 5.5)
KEY_HEADER: Final = "x-api-key"


class Reason(Enum):
    """Why a credential is refused."""

    MISSING = "missing"
    WRONG_SCHEME = "wrong_scheme"
    MALFORMED = "malformed"
    UNKNOWN = "unknown_or_revoked"
    EXPIRED = "expired"
    LACKS_SCOPE = "lacks_scope"


class CredentialRefused(Exception):
    """No credential, or one that is not valid here; the text says which. `scope` is the one that it lacks."""

    def __init__(self, reason: Reason, message: str, *, scope: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.scope = scope


class Accepted(NamedTuple):
    """What a surface takes: `what` names it for people, such as "API key"; the rest says where it may stand."""

    what: str
    bearer: bool = True
    basic_user: bool = False
    key_header: bool = False

    @property
    def places(self) -> str:
        """Where the credential may stand, for people."""
        ways = [
            "Authorization: Bearer" if self.bearer else "",
            "the user name of HTTP Basic" if self.basic_user else "",
            "X-API-KEY" if self.key_header else "",
        ]
        return " or ".join(way for way in ways if way)


class Scoped(Protocol):
    """The holder of a credential that was accepted."""

    def allows(self, scope: str) -> bool:
        """Whether the credential has this scope."""


def header_value(headers: Mapping[str, str], name: str) -> str:
    """A header's value without the whitespace around it; empty where there is none."""
    return headers.get(name, "").strip(_OWS)


def presented(headers: Mapping[str, str], accepted: Accepted) -> str:
    """The credential of a request; an `Authorization` header counts before `X-API-KEY`.

    Raises `CredentialRefused` where it is missing, of another scheme, or cannot be read.
    """
    authorization = header_value(headers, "authorization") if accepted.bearer or accepted.basic_user else ""
    if not authorization:
        text = header_value(headers, KEY_HEADER) if accepted.key_header else ""
    else:
        text = _of_authorization(authorization, accepted)
    if not text:
        raise CredentialRefused(Reason.MISSING, f"The {accepted.what} is missing: send it as {accepted.places}.")
    return text


def basic_pair(credentials: str) -> tuple[bytes, bytes | None] | None:
    """User name and password of HTTP Basic as they were sent (RFC 7617); None for what is not base64.

    The password is None where there is no colon: some clients leave it out with an empty password.
    """
    try:
        user, colon, password = base64.b64decode(credentials, validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return None
    return user, password if colon else None


def require_scope(credential: Scoped, scope: str, *, what: str = "credential") -> None:
    """Raises `CredentialRefused` where a credential lacks the scope; `what` names it in the message."""
    if not credential.allows(scope):
        raise CredentialRefused(Reason.LACKS_SCOPE, f"The {what} lacks the scope {scope}.", scope=scope)


def _of_authorization(authorization: str, accepted: Accepted) -> str:
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "bearer" and accepted.bearer:
        return credentials.strip(_OWS)
    if scheme.lower() != "basic" or not accepted.basic_user:
        raise CredentialRefused(
            Reason.WRONG_SCHEME,
            f"The scheme of the Authorization header is not read here: send the {accepted.what} as {accepted.places}.",
        )
    pair = basic_pair(credentials.strip(_OWS))
    if pair is None:
        raise CredentialRefused(Reason.MALFORMED, "The Authorization header is no HTTP Basic: base64 of user:password.")
    return pair[0].decode("ascii", "replace")
