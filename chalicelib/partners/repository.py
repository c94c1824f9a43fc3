"""Rows of partners, keys and the audit log."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import reduce
from operator import and_
from typing import Any

from pynamodb.expressions.condition import Condition

from chalicelib.core.clock import epoch_millis, now
from chalicelib.core.ids import first_position, sortable_id
from chalicelib.core.pagination import Page
from chalicelib.core.tables import Address, as_read, find, key, read_matching, read_page, update_when_free
from chalicelib.core.transactions import Transaction
from chalicelib.core.windows import Window
from chalicelib.partners.domain import ApiKey
from chalicelib.partners.models import AuditRow, KeyRow, PartnerRow, PartnersRow, RemovalRow

_PARTNERS, _REMOVAL = "PARTNERS", "REMOVAL"
_AUDIT_PREFIX = "aud_"
LOOKED_AT = 250  # entries of the audit log, in one request of a search


def partner_row(origin: str, *, display_name: str, contact_email: str | None, collection_budget: int = 0) -> PartnerRow:
    """A new partner's row, not yet stored."""
    return PartnerRow(
        key(origin),
        "PARTNER",
        origin=origin,
        display_name=display_name,
        contact_email=contact_email,
        collection_budget=collection_budget,
        created_at=now(),
        list_key=_PARTNERS,
        list_sort=sortable_id(),
    )


def add_partner_change(transaction: Transaction, row: PartnerRow, changes: Mapping[str, Any]) -> None:
    """Adds changed fields, on the row in memory as well; commits only while the partner is as it was read."""
    unchanged = as_read(row, "display_name", "contact_email", "collection_budget", "retention")
    transaction.change(row, changes, unchanged=unchanged)


def add_collection_taken(transaction: Transaction, origin: str, *, otherwise: Exception) -> None:
    """Takes one collection off a partner's budget; the commit raises `otherwise` where nothing is left."""
    row = PartnerRow(key(origin), "PARTNER")
    is_left = PartnerRow.collection_budget >= 1
    transaction.update(row, [PartnerRow.collection_budget.add(-1)], condition=is_left, otherwise=otherwise)


def find_partner(origin: str, *, consistent: bool = True) -> PartnerRow | None:
    """One partner."""
    return find(PartnerRow, key(origin), "PARTNER", consistent=consistent)


def list_partners(*, limit: int, after: PartnerRow | None) -> Page[PartnerRow]:
    """A page of partners, newest first."""
    window = Window(limit, after=after.list_sort if after else None)
    return read_page(PartnerRow, _PARTNERS, window, sort=PartnersRow.list_sort, index="listing")


def key_pk(key_id: str) -> str:
    """Where a key's row lies."""
    return key("KEY", key_id)


def key_row(origin: str, secret: ApiKey, *, name: str, scopes: Sequence[str]) -> KeyRow:
    """A new key's row, not yet stored."""
    return KeyRow(
        key_pk(secret.id),
        "KEY",
        id=secret.id,
        origin=origin,
        name=name,
        prefix=secret.prefix,
        secret_sha256=secret.secret_sha256,
        scopes=list(scopes),
        revoked=False,
        created_at=now(),
        list_key=key("KEYS", origin),
        list_sort=sortable_id(),
    )


def find_key(key_id: str) -> KeyRow | None:
    """One key, revoked ones included."""
    return find(KeyRow, key_pk(key_id), "KEY")


def add_key_end(transaction: Transaction, row: KeyRow) -> None:
    """Adds a key's revocation, on the row in memory as well; commits only while the key is as it was read."""
    ended = {"revoked": True, "revoked_at": now()}
    transaction.change(row, ended, unchanged=as_read(row, "revoked", "last_used_at"))


def use_key(key_id: str, *, secret_sha256: str) -> KeyRow | None:
    """Stores the time of a key's use and reads it, in one request; None for a wrong secret or a revoked key."""
    row = KeyRow(key_pk(key_id), "KEY")
    valid = (KeyRow.secret_sha256 == secret_sha256) & KeyRow.revoked_at.does_not_exist()
    stamped = update_when_free(row, [KeyRow.last_used_at.set(now())], valid, what="the key")
    return row if stamped else None


def add_key_check(transaction: Transaction, key_id: str, *, otherwise: Exception) -> None:
    """Adds the condition that a key is not revoked; otherwise the commit raises `otherwise`."""
    stands = KeyRow.pk.exists() & KeyRow.revoked_at.does_not_exist()
    transaction.check(KeyRow, key_pk(key_id), "KEY", condition=stands, otherwise=otherwise)


def list_keys(origin: str, *, limit: int, after: KeyRow | None) -> Page[KeyRow]:
    """A page of a partner's keys, newest first."""
    window = Window(limit, after=after.list_sort if after else None)
    return read_page(KeyRow, key("KEYS", origin), window, sort=PartnersRow.list_sort, index="listing")


def keep_removal(origin: str) -> None:
    """Stores that something of the partner's is removed now."""
    RemovalRow(key(origin), _REMOVAL, at=now()).save()


def removal_address(origin: str) -> Address:
    """The key of a partner's last removal, for a batch."""
    return RemovalRow, key(origin), _REMOVAL


def add_audit(transaction: Transaction, origin: str, **fields: Any) -> None:
    """Adds an audit entry with the `fields` of an `AuditRow` to the transaction of the change that it describes."""
    at = now()
    entry_id = sortable_id(_AUDIT_PREFIX, at=at)
    transaction.put(AuditRow(key(origin, "AUDIT"), entry_id, id=entry_id, origin=origin, at=at, **fields))


def find_audit(origin: str, entry_id: str) -> AuditRow | None:
    """One entry of a partner's audit log."""
    return find(AuditRow, key(origin, "AUDIT"), entry_id)


def search_audit(
    origin: str, *, who: str | None, what: str | None, since: datetime | None, until: datetime | None, window: Window
) -> tuple[list[AuditRow], str | None]:
    """The entries of the window that match, and the id after which more may follow; None at the end of the log.

    `who` is an actor or a kind of actors, `what` the beginning of an action or a target.
    """
    conditions: list[Condition] = []
    if who is not None:
        conditions.append((AuditRow.actor == who) | AuditRow.actor.startswith(f"{who}:"))
    if what is not None:
        conditions.append(AuditRow.action.startswith(what) | (AuditRow.target == what))
    condition = reduce(and_, conditions) if conditions else None
    looks_at = window.limit + 1 if condition is None else LOOKED_AT
    span = window._replace(since=_audit_position(since), until=_audit_position(until))
    return read_matching(AuditRow, key(origin, "AUDIT"), span, condition, sort=AuditRow.sk, looks_at=looks_at)


def _audit_position(at: datetime | None) -> str | None:
    return None if at is None else f"{_AUDIT_PREFIX}{first_position(epoch_millis(at))}"
