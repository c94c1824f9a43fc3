"""Who is at the browser: a cookie of random bits, and a row that says what it stands for.

Each browser has a secret from its first page on; forms carry a token made from it (CSRF), so a form of another site,
which does not know the cookie, is refused. Signing in changes the secret, so that nobody can have planted it.
"""

import hmac
import secrets
from datetime import datetime, timedelta
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

    With `idle_seconds` it lasts that long only, until it is prolonged. A `strict` realm's cookie comes with nobody's
    link from elsewhere.
    """

    cookie: str
    seconds: int
    idle_seconds: int | None = None
    strict: bool = False


class Visit(NamedTuple):
    """A browser at the pages of a realm. `content` is what the sign-in stored, None where nobody is signed in.

    `is_new` says that the browser must be given its cookie.
    """

    realm: Realm
    secret: str
    is_new: bool
    content: Any = None

    @property
    def csrf(self) -> str:
        """The token of this browser's forms."""
        return self.bound("csrf")

    @property
    def hash(self) -> str:
        """The secret as tables know it."""
        return sha256(self.secret.encode()).hexdigest()

    def bound(self, text: str) -> str:
        """A text made into one that only this browser's secret can make of it."""
        return hmac.new(self.secret.encode(), text.encode(), "sha256").hexdigest()

    def owns(self, token: str) -> bool:
        """Whether a form carries this browser's token; compared in constant time."""
        return is_same_secret(self.csrf, token)


def arrive(realm: Realm, cookie: str | None) -> Visit:
    """The visit of a browser with this cookie: none or at most one request."""
    if cookie is None or len(cookie) != _SECRET_LENGTH or not cookie.isascii():
        return Visit(realm, _new_secret(), is_new=True)
    visit = Visit(realm, cookie, is_new=False)
    row = repository.find_session(visit.hash)
    if row is None or row.realm != realm.cookie:
        return visit
    return Visit(realm, cookie, is_new=False, content=row.content)


def add_sign_in(transaction: Transaction, visit: Visit, content: Any) -> Visit:
    """Adds a sign-in, under a new secret, to the transaction that shows who it is; gives the visit after it."""
    signed_in = Visit(visit.realm, _new_secret(), is_new=True, content=content)
    expires = now() + timedelta(seconds=visit.realm.idle_seconds or visit.realm.seconds)
    repository.add_session(transaction, signed_in.hash, realm=visit.realm.cookie, content=content, expires=expires)
    return signed_in


def sign_in(visit: Visit, content: Any) -> Visit:
    """Signs in by itself, and ends what the browser was signed in as before."""
    transaction = Transaction()
    if visit.content is not None:
        repository.add_session_end(transaction, visit.hash)
    signed_in = add_sign_in(transaction, visit, content)
    transaction.commit()
    return signed_in


def prolong(visit: Visit, content: Any, *, expires: datetime) -> None:
    """Lets a session that is not over last until then, with what it now stands for."""
    repository.prolong_session(visit.hash, content=content, expires=expires)


def sign_out(visit: Visit) -> None:
    """Ends the session, for every holder of the cookie."""
    transaction = Transaction()
    repository.add_session_end(transaction, visit.hash)
    transaction.commit()


def _new_secret() -> str:
    return secrets.token_urlsafe(_SECRET_BYTES)
