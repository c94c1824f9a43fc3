"""Rows of applications, codes, grants, refresh tokens and revocations."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from pynamodb.expressions.condition import Condition

from chalicelib.core.clock import epoch_millis, now
from chalicelib.core.ids import random_token, sortable_id
from chalicelib.core.pagination import Page
from chalicelib.core.retrying import RowChanged
from chalicelib.core.tables import as_read, find, key, read_batch, read_page, update_if
from chalicelib.core.transactions import Transaction
from chalicelib.core.windows import Window
from chalicelib.oauth.domain import CODE_SECONDS, REFRESH_SECONDS, REVOCATION_SECONDS, TICKET_SECONDS
from chalicelib.oauth.models import (
    ClientRow,
    CodeRow,
    GrantRow,
    OAuthRow,
    RefreshRow,
    RevocationRow,
    RotationRow,
    TicketRow,
)

_ROTATION = ("ROTATION", "ROTATION")  # its key
# What can be changed of an application.
_CLIENT_FIELDS = ("name", "redirect_uris", "scopes", "refresh_grace_seconds")


def client_row(client_id: str, **fields: Any) -> ClientRow:
    """A new application's row, not yet stored."""
    return ClientRow(
        key("CLIENT", client_id),
        "CLIENT",
        client_id=client_id,
        created_at=now(),
        list_key=key("CLIENTS", fields["origin"]),
        list_sort=sortable_id(),
        **fields,
    )


def find_client(client_id: str) -> ClientRow | None:
    """One application."""
    return find(ClientRow, key("CLIENT", client_id), "CLIENT")


def find_clients(client_ids: Iterable[str]) -> dict[str, ClientRow]:
    """Up to 100 applications by their ids, in one request; those that are gone are left out."""
    rows = read_batch([(ClientRow, key("CLIENT", client_id), "CLIENT") for client_id in client_ids])
    return {row.client_id: row for row in rows if isinstance(row, ClientRow)}


def list_clients(origin: str, *, limit: int, after: ClientRow | None) -> Page[ClientRow]:
    """A page of a partner's applications, newest first."""
    window = Window(limit, after=after.list_sort if after else None)
    return read_page(ClientRow, key("CLIENTS", origin), window, sort=OAuthRow.list_sort, index="listing")


def add_client_change(transaction: Transaction, row: ClientRow, changes: dict[str, Any]) -> None:
    """Adds changed fields, on the row in memory as well; commits only while the application is as it was read."""
    transaction.change(row, changes, unchanged=as_read(row, *_CLIENT_FIELDS))


def add_client_removal(transaction: Transaction, row: ClientRow) -> None:
    """Adds the end of an application; commits only while it is as it was read."""
    transaction.delete(row, condition=as_read(row, *_CLIENT_FIELDS), otherwise=RowChanged())


def add_ticket(transaction: Transaction, ticket_hash: str, **fields: Any) -> None:
    """Adds a sign-in, valid for ten minutes."""
    expires = now() + timedelta(seconds=TICKET_SECONDS)
    row = TicketRow(key("TICKET", ticket_hash), "TICKET", expires_at=epoch_millis(expires), ttl=expires, **fields)
    transaction.put(row)


def find_ticket(ticket_hash: str) -> TicketRow | None:
    """A sign-in that has not expired."""
    row = find(TicketRow, key("TICKET", ticket_hash), "TICKET")
    return row if row is not None and row.expires_at > epoch_millis(now()) else None


def add_ticket_use(transaction: Transaction, row: TicketRow, *, otherwise: Exception) -> None:
    """Adds the removal of a sign-in, which is valid for one request."""
    transaction.delete(row, condition=TicketRow.pk.exists(), otherwise=otherwise)


def add_code(transaction: Transaction, code_hash: str, **fields: Any) -> None:
    """Adds an authorization code, good for ten minutes, and the id of the grant that it will begin."""
    expires = now() + timedelta(seconds=CODE_SECONDS)
    row = CodeRow(
        key("CODE", code_hash),
        "CODE",
        grant_id=random_token(20),
        used=False,
        expires_at=epoch_millis(expires),
        ttl=expires + timedelta(seconds=REFRESH_SECONDS),
        **fields,
    )
    transaction.put(row)


def find_code(code_hash: str) -> CodeRow | None:
    """A code, used and expired ones included."""
    return find(CodeRow, key("CODE", code_hash), "CODE")


def add_code_use(transaction: Transaction, row: CodeRow, *, otherwise: Exception) -> GrantRow:
    """Adds the use of a code, and the grant that it starts."""
    unused = CodeRow.pk.exists() & (CodeRow.used == False)  # noqa: E712  # a condition, not a comparison
    transaction.update(row, [CodeRow.used.set(True)], condition=unused, otherwise=otherwise)
    moment = now()
    grant = GrantRow(
        key("GRANT", row.grant_id),
        "GRANT",
        id=row.grant_id,
        client_id=row.client_id,
        origin=row.origin,
        key_id=row.key_id,
        scopes=row.scopes,
        revoked=False,
        created_at=moment,
        last_used_at=moment,
        expires_at=moment + timedelta(seconds=REFRESH_SECONDS),
        list_key=key("GRANTS", row.origin),
        list_sort=sortable_id(),
        ttl=_grant_end(),
    )
    transaction.create(grant, otherwise=otherwise)
    return grant


def add_refresh_token(transaction: Transaction, token_hash: str, *, given_for: CodeRow | RefreshRow) -> None:
    """Adds a refresh token that a code or an earlier token was given for, valid for 30 days."""
    expires = now() + timedelta(seconds=REFRESH_SECONDS)
    row = RefreshRow(
        key("REFRESH", token_hash),
        "REFRESH",
        grant_id=given_for.grant_id,
        client_id=given_for.client_id,
        origin=given_for.origin,
        key_id=given_for.key_id,
        scopes=given_for.scopes,
        surfaces=given_for.surfaces,
        used=False,
        expires_at=epoch_millis(expires),
        ttl=expires + timedelta(seconds=REFRESH_SECONDS),
    )
    transaction.put(row)


def find_refresh_token(token_hash: str) -> RefreshRow | None:
    """A refresh token, used and expired ones included."""
    return find(RefreshRow, key("REFRESH", token_hash), "REFRESH")


def add_refresh_use(
    transaction: Transaction, row: RefreshRow, *, salt: str, reused: Exception, revoked: Exception
) -> None:
    """Adds the one use of a refresh token, and extends its grant; commits only while the grant is active.

    `salt` is what its successor was made with.
    """
    moment = now()
    unused = RefreshRow.pk.exists() & (RefreshRow.used == False)  # noqa: E712  # a condition, not a comparison
    use = [RefreshRow.used.set(True), RefreshRow.used_at.set(epoch_millis(moment)), RefreshRow.salt.set(salt)]
    transaction.update(row, use, condition=unused, otherwise=reused)
    grant = GrantRow(key("GRANT", row.grant_id), "GRANT")
    kept = [
        GrantRow.last_used_at.set(moment),
        GrantRow.expires_at.set(moment + timedelta(seconds=REFRESH_SECONDS)),
        GrantRow.ttl.set(_grant_end()),
    ]
    transaction.update(grant, kept, condition=_stands(), otherwise=revoked)


def add_grant_check(transaction: Transaction, grant_id: str, *, otherwise: Exception) -> None:
    """Adds the condition that a grant is active; else the commit raises `otherwise`."""
    transaction.check(GrantRow, key("GRANT", grant_id), "GRANT", condition=_stands(), otherwise=otherwise)


# What changes of a grant.
_GRANT_FIELDS = ("revoked", "last_used_at", "expires_at")


def find_grant(grant_id: str) -> GrantRow | None:
    """One grant, ended ones included."""
    return find(GrantRow, key("GRANT", grant_id), "GRANT")


def list_grants(origin: str, *, limit: int, after: GrantRow | None) -> Page[GrantRow]:
    """A page of an account's grants that were not ended, newest first."""
    window = Window(limit, after=after.list_sort if after else None)
    return read_page(GrantRow, key("GRANTS", origin), window, sort=OAuthRow.list_sort, index="listing")


def add_grant_end(transaction: Transaction, row: GrantRow) -> None:
    """Adds the end of a grant, and its entry in what the application has revoked, which ends its access tokens.

    Commits only while the grant is as it was read.
    """
    ended = [GrantRow.revoked.set(True), GrantRow.list_key.remove()]  # `list_sort` stays, for pages that go on after it
    transaction.update(row, ended, condition=as_read(row, *_GRANT_FIELDS), otherwise=RowChanged())
    add_revocation(transaction, row.client_id, row.id)


def add_revocation(transaction: Transaction, client_id: str, revoked: str) -> None:
    """Adds an entry to what an application has revoked lately."""
    until = now() + timedelta(seconds=REVOCATION_SECONDS)
    transaction.put(RevocationRow(key("REVOKED", client_id), sortable_id(), revoked=revoked, ttl=until))


def revoked_since(client_id: str, moment: datetime) -> frozenset[str]:
    """What an application has revoked since then, as it is now."""
    since = RevocationRow.sk >= sortable_id(at=moment)[:9]
    rows = RevocationRow.query(key("REVOKED", client_id), since, consistent_read=True)
    return frozenset(row.revoked for row in rows)


def take_rotation(rotation_id: str, *, alias: str, replaced_key_id: str, at: datetime, not_since: datetime) -> bool:
    """Starts a rotation of the signing keys; False if another one started after `not_since`."""
    long_ago = RotationRow.rotated_at.does_not_exist() | (RotationRow.rotated_at < epoch_millis(not_since))
    actions = [
        RotationRow.rotated_at.set(epoch_millis(at)),
        RotationRow.rotation_id.set(rotation_id),
        RotationRow.alias.set(alias),
        RotationRow.replaced_key_id.set(replaced_key_id),
        RotationRow.made_key_id.remove(),
        RotationRow.done.set(False),
    ]
    return update_if(RotationRow(*_ROTATION), actions, long_ago)


def find_open_rotation() -> str | None:
    """The id of a rotation that has begun and is not done."""
    row = find(RotationRow, *_ROTATION)
    return None if row is None or row.done else row.rotation_id


def find_rotation(rotation_id: str) -> RotationRow | None:
    """The rotation of this id, unless it is done."""
    row = find(RotationRow, *_ROTATION)
    return None if row is None or row.rotation_id != rotation_id or row.done else row


def note_new_key(rotation_id: str, key_id: str) -> bool:
    """Records the new key of a rotation; False if it has one already, or is not the latest rotation."""
    has_none = (RotationRow.rotation_id == rotation_id) & RotationRow.made_key_id.does_not_exist()
    return update_if(RotationRow(*_ROTATION), [RotationRow.made_key_id.set(key_id)], has_none)


def finish_rotation(rotation_id: str) -> None:
    """Marks a rotation as done."""
    update_if(RotationRow(*_ROTATION), [RotationRow.done.set(True)], RotationRow.rotation_id == rotation_id)


def _stands() -> Condition:
    stands: Condition = GrantRow.pk.exists() & (GrantRow.revoked == False)  # noqa: E712  # not a comparison
    return stands


def _grant_end() -> datetime:
    """Until when a grant is kept: twice as long as a refresh token lives."""
    return now() + timedelta(seconds=2 * REFRESH_SECONDS)
