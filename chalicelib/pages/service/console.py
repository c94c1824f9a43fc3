"""The console's sign-in: an operator with a partner's API key.

The key is checked once and not stored. The session keeps the key's id, and each page checks that the key is still
valid. So revoking a key also ends its sessions, within the usual 60 s.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from chalicelib.core.clock import now
from chalicelib.pages import repository
from chalicelib.pages.service import sessions
from chalicelib.pages.service.sessions import Realm, Visit
from chalicelib.partners import service as partners
from chalicelib.partners import sign_ins
from chalicelib.partners.domain import SCOPES, Credential

EVERYTHING = "everything"
LONGEST_SECONDS = 8 * 3600
IDLE_SECONDS = 1800
_RENEWED_AFTER = 300
CONSOLE = Realm("sg_console", seconds=LONGEST_SECONDS, idle_seconds=IDLE_SECONDS, strict=True)
BY_KEY, BY_CONSOLE = "key", "console"  # kinds of those who act; see `core.acting`


class Operator(NamedTuple):
    """A signed-in operator: the partner, and the API key of the sign-in."""

    origin: str
    key_id: str
    key_name: str
    scopes: frozenset[str]

    def allows(self, scope: str | None) -> bool:
        """Whether the key has this scope; only a key with all scopes has `EVERYTHING`."""
        if scope == EVERYTHING:
            return not self.scopes or self.scopes >= set(SCOPES)
        return scope is None or not self.scopes or scope in self.scopes


def sign_in(visit: Visit, key: str, *, address: str) -> Visit:
    """Signs in with an API key. Raises `CredentialRefused`, or `LimitReached` after too many failures."""
    credential = sign_ins.sign_in(key, address=address)
    moment = now()
    content = {
        "key_id": credential.key_id,
        "until": int((moment + timedelta(seconds=LONGEST_SECONDS)).timestamp()),
        "renewed": int(moment.timestamp()),
    }
    return sessions.sign_in(visit, content)


def operator_of(visit: Visit, *, is_present: bool) -> Operator | None:
    """The signed-in operator; None without a sign-in or after the key was revoked.

    A request made by a person extends the session by half an hour, up to eight hours in total.
    """
    content = visit.content
    if content is None:
        return None
    credential: Credential | None = partners.holder_of(content["key_id"])
    if credential is None:
        return None
    moment = int(now().timestamp())
    if is_present and moment - content["renewed"] >= _RENEWED_AFTER:
        expires = datetime.fromtimestamp(min(moment + IDLE_SECONDS, content["until"]), UTC)
        repository.prolong_session(visit.hash, content={**content, "renewed": moment}, expires=expires)
    return Operator(credential.origin, credential.key_id, credential.key_name, credential.scopes)


def key_of(actor: str | None) -> str | None:
    """The id of the API key by which somebody acted, over the API or at the console."""
    kind, _, key_id = (actor or "").partition(":")
    return key_id if kind in (BY_KEY, BY_CONSOLE) else None
