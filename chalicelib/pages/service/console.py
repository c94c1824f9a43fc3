"""Who is signed in to the console: an operator with a partner's API key.

The key itself is looked at once and kept nowhere: the session names the key's id, and each page asks whether that key
still stands. So revoking a key ends the sessions begun with it, within the 60 s that every revocation may take.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from chalicelib.core.clock import now
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


class Operator(NamedTuple):
    """Whoever is at the console, with the key that was signed in with."""

    origin: str
    key_id: str
    scopes: frozenset[str]

    def allows(self, scope: str | None) -> bool:
        """Whether the key opens what needs this scope; `EVERYTHING` only one that has them all."""
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
    """Who is signed in, None where nobody is or the key no longer stands.

    A request that a person made keeps the session for another half hour, in all for eight hours at most.
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
        sessions.prolong(visit, {**content, "renewed": moment}, expires=expires)
    return Operator(credential.origin, credential.key_id, credential.scopes)
