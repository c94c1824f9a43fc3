"""Browser sessions: a cookie of random bits, and a row that holds the sign-in.

Each browser gets a secret with its first page. Forms carry a CSRF token made from it, so another site's form is
refused. Signing in replaces the secret, which prevents session fixation.
"""

import hmac
import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from chalicelib.core.clock import now
from chalicelib.core.comparing import is_same_secret
from chalicelib.core.transactions import Transaction
from chalicelib.pages import repository

_SECRET_BYTES = 32
_SECRET_LENGTH = 43  # of so many bytes in base64url


class Realm(NamedTuple):
    """Pages that share a sign-in: the cookie's name, and how long a sign-in lasts.

    With `idle_seconds`, a sign-in ends after that time unless it is prolonged. A `strict` realm's cookie is not sent
    with links from other sites (`SameSite=Strict`).
    """

    cookie: str
    seconds: int
    idle_seconds: int | None = None
    strict: bool = False


class Visit(NamedTuple):
    """A browser's session in a realm. `content` is what the sign-in stored; None without a sign-in.

    `is_new` says that the browser must be given its cookie.
    """

    realm: Realm
    secret: str
    is_new: bool
    content: Any = None

    @property
    def csrf(self) -> str:
        """The token of this browser's forms."""
        return self.derive("csrf")

    @property
    def hash(self) -> str:
        """The hash of the secret, as it is stored."""
        return sha256(self.secret.encode()).hexdigest()

    def derive(self, text: str) -> str:
        """An HMAC of a text under this browser's secret."""
        return hmac.new(self.secret.encode(), text.encode(), "sha256").hexdigest()

    def is_csrf_token(self, token: str) -> bool:
        """Whether a form's token is this browser's CSRF token; compared in constant time."""
        return is_same_secret(self.csrf, token)


def find_visit(realm: Realm, cookie: str | None) -> Visit:
    """The visit for a cookie. Makes at most one request."""
    if cookie is None or len(cookie) != _SECRET_LENGTH or not cookie.isascii():
        return Visit(realm, _new_secret(), is_new=True)
    visit = Visit(realm, cookie, is_new=False)
    row = repository.find_session(visit.hash)
    if row is None or row.realm != realm.cookie:
        return visit
    return Visit(realm, cookie, is_new=False, content=row.content)


def add_sign_in(transaction: Transaction, visit: Visit, content: Any) -> Visit:
    """Adds a sign-in under a new secret to a transaction, and returns the new visit."""
    signed_in = Visit(visit.realm, _new_secret(), is_new=True, content=content)
    expires = now() + timedelta(seconds=visit.realm.idle_seconds or visit.realm.seconds)
    repository.add_session(transaction, signed_in.hash, realm=visit.realm.cookie, content=content, expires=expires)
    return signed_in


def sign_in(visit: Visit, content: Any) -> Visit:
    """Signs in with a transaction of its own, and ends the browser's previous session."""
    transaction = Transaction()
    if visit.content is not None:
        repository.add_session_end(transaction, visit.hash)
    signed_in = add_sign_in(transaction, visit, content)
    transaction.commit()
    return signed_in


def sign_out(visit: Visit) -> None:
    """Deletes the session's row, so that copies of the cookie are invalid too."""
    transaction = Transaction()
    repository.add_session_end(transaction, visit.hash)
    transaction.commit()


def _new_secret() -> str:
    return secrets.token_urlsafe(_SECRET_BYTES)
