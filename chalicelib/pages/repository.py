"""Rows of sessions, mailed codes and nonces."""

from datetime import datetime
from typing import Any

from pynamodb.expressions.update import Action

from chalicelib.core.clock import epoch_millis, now
from chalicelib.core.tables import as_read, find, key, update_if, update_when_free
from chalicelib.core.transactions import Transaction
from chalicelib.pages.models import MailedCodeRow, NonceRow, SessionRow

_SESSION, _CODE = "SESSION", "CODE"


class MailedCodeUsed(Exception):
    """The mailed code was used already, or a newer one has replaced it."""


def session_key(cookie_hash: str) -> str:
    """The key of a session's row."""
    return key(_SESSION, cookie_hash)


def add_session(transaction: Transaction, cookie_hash: str, *, realm: str, content: Any, expires: datetime) -> None:
    """Adds a session."""
    row = SessionRow(session_key(cookie_hash), _SESSION, realm=realm, content=content)
    row.expires_at, row.ttl = epoch_millis(expires), expires
    transaction.put(row)


def find_session(cookie_hash: str) -> SessionRow | None:
    """A session that has not expired."""
    row = find(SessionRow, session_key(cookie_hash), _SESSION)
    return row if row is not None and row.expires_at > epoch_millis(now()) else None


def prolong_session(cookie_hash: str, *, content: Any, expires: datetime) -> None:
    """Moves the expiry of a session and replaces its content. A session that was ended meanwhile stays ended."""
    row = SessionRow(session_key(cookie_hash), _SESSION)
    actions: list[Action] = [
        SessionRow.content.set(content),
        SessionRow.expires_at.set(epoch_millis(expires)),
        SessionRow.ttl.set(expires),
    ]
    update_if(row, actions, SessionRow.pk.exists())


def add_session_end(transaction: Transaction, cookie_hash: str) -> None:
    """Adds the deletion of a session."""
    transaction.delete(SessionRow(session_key(cookie_hash), _SESSION))


def add_mailed_code(transaction: Transaction, cookie_hash: str, *, email: str, answer: str, expires: datetime) -> None:
    """Adds a browser's code, which replaces an earlier one."""
    row = MailedCodeRow(key(_CODE, cookie_hash), _CODE, email=email, answer=answer, tries=0)
    row.expires_at, row.ttl = epoch_millis(expires), expires
    transaction.put(row)


def count_try(cookie_hash: str, *, most: int) -> MailedCodeRow | None:
    """Counts one try and returns the browser's code, in one request; None if no try is left."""
    row = MailedCodeRow(key(_CODE, cookie_hash), _CODE)
    is_open = (MailedCodeRow.tries < most) & (MailedCodeRow.expires_at > epoch_millis(now()))
    counted = update_when_free(row, [MailedCodeRow.tries.add(1)], is_open, what="the mailed code")
    return row if counted else None


def add_code_use(transaction: Transaction, row: MailedCodeRow) -> None:
    """Adds the use of a mailed code; the commit may raise `MailedCodeUsed`."""
    transaction.delete(row, condition=as_read(row, "email", "answer"), otherwise=MailedCodeUsed())


def store_nonce(cookie_hash: str, nonce: str, *, expires: datetime) -> None:
    """Stores a nonce that the session may use once."""
    row = NonceRow(session_key(cookie_hash), key("NONCE", nonce))
    row.expires_at, row.ttl = epoch_millis(expires), expires
    row.save()


def add_nonce_use(transaction: Transaction, cookie_hash: str, nonce: str, *, otherwise: Exception) -> None:
    """Adds the use of a nonce; `otherwise` where it was not issued to this session, was used, or has expired."""
    fresh = NonceRow.expires_at > epoch_millis(now())
    row = NonceRow(session_key(cookie_hash), key("NONCE", nonce))
    transaction.delete(row, condition=fresh, otherwise=otherwise)
