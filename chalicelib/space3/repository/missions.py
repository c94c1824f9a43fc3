"""Rows of the missions that we verify, of their users, and of the evidence."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar, cast

from chalicelib.core.clock import now
from chalicelib.core.ids import sortable_id
from chalicelib.core.pagination import Page, filled_page
from chalicelib.core.retrying import RowChanged
from chalicelib.core.tables import as_read, find, key, read_batch, read_page
from chalicelib.core.transactions import Transaction
from chalicelib.core.windows import Window
from chalicelib.space3.models import EvidenceRow, MissionRow, Space3Row, UserRow

R = TypeVar("R", bound=Space3Row)
# What the partner sets, and sees in each answer and in the audit log.
_SHOWN_OF_USER = ("email", "wallet", "discord_id", "discord_username", "x_id", "x_username", "telegram_id")


def add_mission(transaction: Transaction, origin: str, mission_id: str, **fields: Any) -> MissionRow:
    """Adds a new mission; its id is new."""
    row = MissionRow(
        _mission_key(origin, mission_id),
        "MISSION",
        id=mission_id,
        origin=origin,
        created_at=now(),
        version=1,
        list_key=key(origin, "MISSIONS"),
        list_sort=mission_id,
        **fields,
    )
    transaction.put(row)
    return row


def add_mission_change(transaction: Transaction, row: MissionRow, changes: dict[str, Any]) -> None:
    """Changes a mission as it was read; the commit raises `RowChanged` where it was changed or deleted in between."""
    transaction.change_version(row, changes)


def add_mission_removal(transaction: Transaction, row: MissionRow) -> None:
    """Deletes a mission as it was read; the commit may raise `RowChanged`. Its evidence stays."""
    unchanged = MissionRow.version == row.version
    transaction.delete(MissionRow(row.pk, row.sk), condition=unchanged, otherwise=RowChanged())


def find_mission(origin: str, mission_id: str) -> MissionRow | None:
    """One mission, strongly consistent."""
    return find(MissionRow, _mission_key(origin, mission_id), "MISSION")


def list_missions(origin: str, *, limit: int, after: str | None) -> Page[MissionRow]:
    """A page of a partner's missions, newest first."""
    return _listed(MissionRow, key(origin, "MISSIONS"), limit=limit, after=after)


def add_user(transaction: Transaction, origin: str, uid: str, *, otherwise: Exception, **fields: Any) -> UserRow:
    """Adds a new user; the commit raises `otherwise` where its uid is taken."""
    row = UserRow(
        _user_key(origin, uid),
        "USER",
        uid=uid,
        origin=origin,
        created_at=now(),
        list_key=key(origin, "USERS"),
        list_sort=sortable_id(),
        **fields,
    )
    transaction.create(row, otherwise=otherwise)
    return row


def add_user_change(transaction: Transaction, row: UserRow, changes: dict[str, Any]) -> None:
    """Changes a user as it was read; the commit raises `RowChanged` where it was changed in between."""
    transaction.change(row, changes, unchanged=as_read(row, *_SHOWN_OF_USER))


def find_user(origin: str, uid: str) -> UserRow | None:
    """One user, strongly consistent."""
    return find(UserRow, _user_key(origin, uid), "USER")


def list_users(origin: str, *, limit: int, after: str | None) -> Page[UserRow]:
    """A page of a partner's users, newest first."""
    return _listed(UserRow, key(origin, "USERS"), limit=limit, after=after)


def find_mission_and_users(
    origin: str, mission_id: str, uids: Sequence[str]
) -> tuple[MissionRow | None, list[UserRow | None]]:
    """A mission and some users in one request."""
    users = [(UserRow, _user_key(origin, uid), "USER") for uid in dict.fromkeys(uids)]
    rows = read_batch([(MissionRow, _mission_key(origin, mission_id), "MISSION"), *users])
    found = dict(zip(dict.fromkeys(uids), rows[1:], strict=True))
    return cast("MissionRow | None", rows[0]), [cast("UserRow | None", found[uid]) for uid in uids]


def evidence_row(origin: str, evidence_id: str, *, days: int, **fields: Any) -> EvidenceRow:
    """A verification with its tries, not yet stored, which is kept for so many days."""
    return EvidenceRow(
        _evidence_key(origin, evidence_id),
        "EVIDENCE",
        id=evidence_id,
        list_key=key(origin, "EVIDENCE-OF", fields["mission_id"]),
        list_sort=evidence_id,
        ttl=now() + timedelta(days=days),
        **fields,
    )


def store_evidence(row: EvidenceRow) -> None:
    """Stores a verification as it is so far."""
    row.save()


def list_evidence(origin: str, mission_id: str, *, limit: int, after: str | None) -> Page[EvidenceRow]:
    """A page of a mission's verifications, newest first, without those that have expired."""

    def kept(rows: Sequence[EvidenceRow]) -> list[EvidenceRow]:
        moment = now()
        return [row for row in rows if not row.is_past(moment)]

    partition = key(origin, "EVIDENCE-OF", mission_id)
    read = partial(read_page, EvidenceRow, partition, sort=Space3Row.list_sort, index="listing")
    return filled_page(Window(limit, after=after), read, kept, position_of=lambda row: row.id)


def find_evidence(origin: str, evidence_id: str) -> EvidenceRow | None:
    """One verification; None also of one that has expired."""
    row = find(EvidenceRow, _evidence_key(origin, evidence_id), "EVIDENCE")
    return None if row is None or row.is_past(now()) else row


def _listed(model: type[R], list_key: str, *, limit: int, after: str | None) -> Page[R]:
    return read_page(model, list_key, Window(limit, after=after), sort=Space3Row.list_sort, index="listing")


def _mission_key(origin: str, mission_id: str) -> str:
    return key(origin, "MISSION", mission_id)


def _user_key(origin: str, uid: str) -> str:
    return key(origin, "USER", uid)


def _evidence_key(origin: str, evidence_id: str) -> str:
    return key(origin, "EVIDENCE", evidence_id)
