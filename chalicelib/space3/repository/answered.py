"""Rows of the missions that we answer for."""

from typing import Any

from pynamodb.expressions.condition import Condition

from chalicelib.core.clock import now
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.ids import sortable_id
from chalicelib.core.pagination import Page
from chalicelib.core.retrying import RowChanged
from chalicelib.core.tables import as_read, find, key
from chalicelib.core.transactions import Transaction
from chalicelib.space3.models import AnsweredRow


class AnsweredExists(Conflict):
    """The partner has a mission of this number."""

    def __init__(self, mission: str) -> None:
        super().__init__(f"The mission {mission} exists already.", param="mission")


class AnsweredUnknown(NotFound):
    """The partner has no mission of this number."""

    def __init__(self) -> None:
        super().__init__("There is no such mission.")


def add_answered(transaction: Transaction, origin: str, **fields: Any) -> AnsweredRow:
    """Adds a mission; the commit may raise `AnsweredExists`."""
    row = AnsweredRow(
        _list_key(origin),
        _sk(fields["mission"]),
        id=sortable_id(),
        origin=origin,
        created_at=now(),
        version=1,
        **fields,
    )
    transaction.create(row, otherwise=AnsweredExists(str(fields["mission"])))
    return row


def add_answered_change(transaction: Transaction, row: AnsweredRow, changes: dict[str, Any]) -> None:
    """Adds a change of a mission as it was read; the commit may raise `RowChanged`."""
    transaction.change(row, {**changes, "version": int(row.version or 0) + 1}, unchanged=_unchanged(row))


def add_answered_removal(transaction: Transaction, row: AnsweredRow) -> None:
    """Adds the removal of a mission as it was read; the commit may raise `RowChanged`."""
    gone = RowChanged()
    transaction.delete(AnsweredRow(row.pk, row.sk), condition=_unchanged(row), otherwise=gone)


def find_answered(origin: str, mission: int) -> AnsweredRow | None:
    """One mission by its number, strongly consistent."""
    return find(AnsweredRow, _list_key(origin), _sk(mission))


def list_answered(origin: str, *, limit: int, after: int | None) -> Page[AnsweredRow]:
    """A page of a partner's missions by number."""
    condition = AnsweredRow.sk > _sk(after) if after is not None else None
    rows = list(AnsweredRow.query(_list_key(origin), condition, limit=limit + 1, consistent_read=True))
    return Page(rows[:limit], len(rows) > limit)


def is_same(row: AnsweredRow, other: AnsweredRow) -> bool:
    """Whether two reads found one mission with nothing changed in between."""
    return bool((row.id, row.version) == (other.id, other.version))


def _unchanged(row: AnsweredRow) -> Condition:
    return as_read(row, "id", "version")


def _list_key(origin: str) -> str:
    return key(origin, "ANSWERED")


def _sk(mission: int) -> str:
    return f"{int(mission):016d}"
