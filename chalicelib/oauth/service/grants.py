"""Grants: what accounts allow applications, listed and ended."""

from collections.abc import Callable, Collection

from chalicelib.core.acting import acting
from chalicelib.core.clock import now
from chalicelib.core.errors import NotFound
from chalicelib.core.pagination import Page
from chalicelib.core.retrying import retried
from chalicelib.core.transactions import Transaction
from chalicelib.oauth import repository
from chalicelib.oauth.models import ClientRow, GrantRow
from chalicelib.oauth.schemas import GrantRead
from chalicelib.oauth.service.tokens import forget_revoked
from chalicelib.partners import service as partners
from chalicelib.partners.audits import Audited

_AUDITED: Audited[GrantRow] = Audited(
    "oauth_grant",
    lambda row: {"client_id": row.client_id, "scopes": list(row.scopes), "key_id": row.key_id},
    target=lambda row: row.id,
)

MayEnd = Callable[[Collection[str]], bool]


class GrantUnknown(NotFound):
    """The account has no such grant, or it has ended."""

    def __init__(self, grant_id: str) -> None:
        super().__init__(f"There is no grant {grant_id}.")


def list_grants(origin: str, *, limit: int, after: str | None, may_see: MayEnd = lambda _: True) -> Page[GrantRead]:
    """An account's active grants, newest first, without those whose scopes `may_see` refuses.

    Raises `PartnerUnknown`, `PositionUnknown`.
    """
    partners.get_partner(origin)
    position = partners.position_of(after, lambda grant_id: _find(origin, grant_id))
    found: list[GrantRead] = []
    while True:
        page = repository.list_grants(origin, limit=limit, after=position)
        found += _standing([row for row in page.items if may_see(row.scopes)])
        if len(found) > limit or not page.has_more:
            return Page(found[:limit], len(found) > limit)
        position = page.items[-1]


def get_grant(origin: str, grant_id: str, *, may_see: MayEnd = lambda _: True) -> GrantRead:
    """One active grant. Raises `GrantUnknown`, also for another account's."""
    return _get(origin, grant_id, may_see)[1]


@retried("the grant")
def end_grant(origin: str, grant_id: str, *, may_see: MayEnd = lambda _: True) -> GrantRead:
    """Ends a grant: its refresh token at once, its access tokens within 60 s. Raises `GrantUnknown`."""
    row, shown = _get(origin, grant_id, may_see)
    _end(row)
    return shown


@retried("the grant")
def end_family(grant_id: str, client_id: str) -> None:
    """Ends a grant because a token of it was revoked, or a code or token was used twice; nothing if it has ended."""
    row = repository.find_grant(grant_id)
    if row is not None and not row.revoked:
        with acting(f"oauth:{client_id}"):
            _end(row)


def add_grant_begin(transaction: Transaction, row: GrantRow) -> None:
    """Adds the audit entry of a new grant, with the key that consented as the actor."""
    with acting(f"key:{row.key_id}"):
        _AUDITED.add_creation(transaction, row)


def _end(row: GrantRow) -> None:
    """Raises `RowChanged`."""
    with _AUDITED.removal(row, "end") as transaction:
        repository.add_grant_end(transaction, row)
    forget_revoked(row.client_id)


def _get(origin: str, grant_id: str, may_see: MayEnd) -> tuple[GrantRow, GrantRead]:
    row = _find(origin, grant_id)
    standing = [] if row is None or not may_see(row.scopes) else _standing([row])
    if row is None or not standing:
        raise GrantUnknown(grant_id)
    return row, standing[0]


def _find(origin: str, grant_id: str) -> GrantRow | None:
    row = repository.find_grant(grant_id)
    return row if row is not None and row.origin == origin else None


def _standing(rows: list[GrantRow]) -> list[GrantRead]:
    """The active grants: not ended, not expired, and their application and key exist."""
    moment = now()
    rows = [row for row in rows if not row.revoked and row.expires_at > moment]
    rows = [row for row in rows if partners.holder_of(row.key_id) is not None]
    applications = repository.find_clients({row.client_id for row in rows})
    return [_grant(row, applications[row.client_id]) for row in rows if row.client_id in applications]


def _grant(row: GrantRow, application: ClientRow) -> GrantRead:
    return GrantRead(
        id=row.id,
        client_id=row.client_id,
        name=application.name,
        scopes=list(row.scopes),
        key_id=row.key_id,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        expires_at=row.expires_at,
    )
