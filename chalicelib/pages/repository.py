"""Rows of sessions."""

from datetime import datetime
from typing import Any

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from chalicelib.core.clock import epoch_millis, now
from chalicelib.core.tables import find, key
from chalicelib.core.transactions import Transaction
from chalicelib.pages.models import SessionRow

_SESSION = "SESSION"


def session_key(cookie_hash: str) -> str:
    """Where a session lies."""
    return key(_SESSION, cookie_hash)


def add_session(transaction: Transaction, cookie_hash: str, *, realm: str, content: Any, expires: datetime) -> None:
    """Adds a session."""
    row = SessionRow(session_key(cookie_hash), _SESSION, realm=realm, content=content)
    row.expires_at, row.ttl = epoch_millis(expires), expires
    transaction.put(row)


def find_session(cookie_hash: str) -> SessionRow | None:
    """A session that is not over."""
    row = find(SessionRow, session_key(cookie_hash), _SESSION)
    return row if row is not None and row.expires_at > epoch_millis(now()) else None


def prolong_session(cookie_hash: str, *, content: Any, expires: datetime) -> None:
    """Moves the end of a session; one that has been ended in between stays so."""
    row = SessionRow(session_key(cookie_hash), _SESSION)
    actions: list[Action] = [
        SessionRow.content.set(content),
        SessionRow.expires_at.set(epoch_millis(expires)),
        SessionRow.ttl.set(expires),
    ]
    try:
        row.update(actions=actions, condition=SessionRow.pk.exists())
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise


def add_session_end(transaction: Transaction, cookie_hash: str) -> None:
    """Adds the end of a session."""
    transaction.delete(SessionRow(session_key(cookie_hash), _SESSION))
