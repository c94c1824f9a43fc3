"""Access tokens: signed JWTs (RFC 9068), verified locally.

A valid token is remembered for 50 s, and so is what its application has revoked. So most checks make no request, and a
revocation takes effect everywhere within 60 s.
"""

import json
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any, NamedTuple, cast

from chalicelib.core import base64url
from chalicelib.core.acting import act_as
from chalicelib.core.cache import TtlCache
from chalicelib.core.clock import now
from chalicelib.core.credentials import CredentialRefused, Reason
from chalicelib.core.ids import random_token
from chalicelib.core.json_reader import read_json
from chalicelib.core.settings import settings
from chalicelib.core.transactions import Transaction
from chalicelib.oauth import repository
from chalicelib.oauth.domain import EVERYTHING, READ_ONLY, REVOCATION_SECONDS, SURFACES, covers, is_token, sha256
from chalicelib.oauth.service import keys
from chalicelib.partners import service as partners
from chalicelib.partners.domain import Credential

TYPE = "at+jwt"
LONGEST_TOKEN = 4096
MEMORY_SECONDS = 50.0
_HEADER_NAMES = {"alg", "typ", "kid"}
_REQUIRED = ["iss", "aud", "sub", "client_id", "exp", "iat", "jti", "scope", "grant", "spaces_user_id"]
# The signature is checked before the claims, and the expiry with each use of a token, by the platform's clock.
_CLAIMS: Any = {
    "verify_signature": False,
    "require": _REQUIRED,
    **dict.fromkeys(("verify_aud", "verify_iss", "verify_sub", "verify_jti"), True),
}


class AccessToken(NamedTuple):
    """What a verified token says. `grant` is the family it belongs to, `surfaces` what it opens.

    `key_id` is the API key that consented, with which it ends; None for an application's own token.
    """

    origin: str
    client_id: str
    token_id: str
    grant: str
    key_id: str | None
    scopes: tuple[str, ...]
    surfaces: tuple[str, ...]
    expires_at: int


_verified: TtlCache[str, AccessToken] = TtlCache(seconds=MEMORY_SECONDS, max_entries=4096)
_revoked: TtlCache[str, frozenset[str]] = TtlCache(seconds=MEMORY_SECONDS, max_entries=1024)


def authenticate(text: str) -> Credential:
    """The holder of an access token. Raises `CredentialRefused`, which says what is wrong with it.

    The credential's scopes are the token's (`read_write` brings `read_only` along) and the surfaces that it opens
    (`gardenlab`, `spaces`); its key id is the application's. Makes no request for a token that was seen within 50 s,
    otherwise one for what its application has revoked, and one for the API key that consented unless that is cached.
    """
    token = verify(text)
    if is_revoked(token):
        raise _unknown()
    implied = {READ_ONLY} if covers(token.scopes, READ_ONLY) else set()
    scopes = frozenset({*token.scopes, *implied, *token.surfaces})
    act_as(f"oauth:{token.client_id}", partner=token.origin)
    return Credential(origin=token.origin, key_id=token.client_id, scopes=scopes)


def mint(
    *,
    origin: str,
    client_id: str,
    grant: str,
    key_id: str | None = None,
    scopes: Collection[str],
    surfaces: Collection[str] = SURFACES,
    is_account: bool,
) -> str:
    """A new access token, for an account that consented with the key `key_id`, or for the application itself."""
    issued_at = int(now().timestamp())
    claims = {
        "iss": settings().public_url,
        "aud": audience(),
        "sub": origin if is_account else client_id,
        "client_id": client_id,
        "spaces_user_id": origin,
        "scope": " ".join(scopes),
        "grant": grant,
        **({} if key_id is None else {"key": key_id}),
        "surfaces": list(surfaces),
        "iat": issued_at,
        "exp": issued_at + settings().token_life,
        "jti": random_token(24),
    }
    key = keys.signing()
    return _signed({"alg": keys.ALGORITHM, "typ": TYPE, "kid": key.kid}, claims, key)


def audience() -> str:
    """Whom tokens are for: this stage's API."""
    return f"{settings().public_url}/api/v1"


def verify(text: str) -> AccessToken:
    """What a token says, where its signature and claims are good; revoked ones too. Raises `CredentialRefused`."""
    if not is_token(text) or len(text) > LONGEST_TOKEN or not text.isascii():
        raise CredentialRefused(Reason.MALFORMED, "The access token is malformed: it must be one of /oauth/token.")
    token = _verified.get(sha256(text), lambda: _read(text))
    if token is None:
        raise _unknown()
    if token.expires_at <= now().timestamp():
        raise CredentialRefused(Reason.EXPIRED, "The access token has expired.")
    return token


def is_revoked(token: AccessToken) -> bool:
    """Whether its application, its grant, its key or the token itself was revoked, as of at most 60 s ago."""
    since = now() - timedelta(seconds=REVOCATION_SECONDS)
    revoked = _revoked.get(token.client_id, lambda: repository.revoked_since(token.client_id, since)) or frozenset()
    if not revoked.isdisjoint({EVERYTHING, token.grant, token.token_id}):
        return True
    return token.key_id is not None and partners.holder_of(token.key_id) is None


def forget_revoked(client_id: str) -> None:
    """Drops what this process remembers of an application's revocations, after one."""
    _revoked.forget(client_id)


def revoke_token(token: AccessToken) -> None:
    """Ends one access token within 60 s."""
    transaction = Transaction()
    repository.add_revocation(transaction, token.client_id, token.token_id)
    transaction.commit()
    forget_revoked(token.client_id)


def _unknown() -> CredentialRefused:
    return CredentialRefused(Reason.UNKNOWN, "The access token is unknown here, or was revoked.")


def _read(text: str) -> AccessToken | None:
    import jwt  # here and below: the first token of a process loads what checks it

    from chalicelib.oauth.service.es256 import signatures

    header = _header_of(text)
    if not header:
        raise CredentialRefused(Reason.MALFORMED, "The access token is malformed: it is no JWT.")
    if header.keys() != _HEADER_NAMES or (header["alg"], header["typ"]) != (keys.ALGORITHM, TYPE):
        return None
    key = keys.key_named(header["kid"]) if isinstance(header["kid"], str) else None
    if key is None:
        return None
    try:
        signatures().decode(text, cast(Any, key), algorithms=[keys.ALGORITHM])
        claims = jwt.decode(text, audience=audience(), issuer=settings().public_url, options=_CLAIMS)
    except jwt.InvalidTokenError:
        return None
    return AccessToken(
        origin=claims["spaces_user_id"],
        client_id=claims["client_id"],
        token_id=claims["jti"],
        grant=claims["grant"],
        key_id=claims.get("key"),
        scopes=tuple(claims["scope"].split()),
        surfaces=tuple(claims.get("surfaces", ())),
        expires_at=claims["exp"],
    )


def _header_of(text: str) -> Mapping[str, Any]:
    """The header of a JWT; empty if the text is not three parts of base64url with a JSON object in the first."""
    try:
        header, _, _ = map(base64url.decode, text.split("."))
        header = read_json(header)
    except ValueError:  # another count of parts, not base64url, or not JSON
        return {}
    return header if isinstance(header, dict) else {}


def _signed(header: Mapping[str, Any], claims: Mapping[str, Any], key: keys.LiveKey) -> str:
    from chalicelib.oauth.service.es256 import signatures

    payload = json.dumps(claims, separators=(",", ":")).encode()
    return signatures().encode(payload, cast(Any, key), algorithm=keys.ALGORITHM, headers=dict(header))
