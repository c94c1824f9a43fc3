"""Rows of changes of collections' contracts."""

from typing import Any, cast

from chalicelib.chain.domain.changes import Change, ChangeKind
from chalicelib.core.clock import now
from chalicelib.core.pagination import Page
from chalicelib.core.retrying import RowChanged
from chalicelib.core.tables import as_read, assign, find
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab.models import CollectionRow
from chalicelib.gardenlab.models.changes import QUEUED, ChangeRow
from chalicelib.gardenlab.repository.collections import collection_key

_PREFIX, _LAST = "CHANGE#", "CHANGE#~"


def add_change(transaction: Transaction, collection: CollectionRow, **fields: Any) -> ChangeRow:
    """Adds the collection's next change; the commit may raise `RowChanged`."""
    number = (collection.change_count or 0) + 1
    unchanged = as_read(collection, "change_count")
    counted = CollectionRow(collection.pk, collection.sk)
    transaction.update(counted, assign(counted, {"change_count": number}), condition=unchanged, otherwise=RowChanged())
    pk = collection_key(collection.origin, collection.contract_id)
    row = ChangeRow(pk, _sk(number), number=number, state=QUEUED, created_at=now(), **fields)
    transaction.create(row, otherwise=RowChanged())
    return row


def find_change(origin: str, contract_id: str, number: int) -> ChangeRow | None:
    """One change of a collection."""
    return find(ChangeRow, collection_key(origin, contract_id), _sk(number))


def change_of(row: ChangeRow) -> Change:
    """What the row says is changed."""
    kind = cast(ChangeKind, row.kind)
    return Change(kind, row.token_id, row.contract_uri, row.royalty_receiver, row.royalty_basis_points)


def list_changes(origin: str, contract_id: str, *, limit: int, before: int | None) -> Page[ChangeRow]:
    """A page of a collection's changes, newest first, of those before a number."""
    last = _LAST if before is None else _sk(before - 1)
    found = ChangeRow.query(
        collection_key(origin, contract_id),
        ChangeRow.sk.between(_PREFIX, last),
        scan_index_forward=False,
        limit=limit + 1,
        consistent_read=True,
    )
    rows = list(found)
    return Page(rows[:limit], len(rows) > limit)


def add_end(transaction: Transaction, origin: str, contract_id: str, number: int, **end: Any) -> None:
    """Adds how a change ended."""
    row = ChangeRow(collection_key(origin, contract_id), _sk(number))
    transaction.update(row, assign(row, end), condition=ChangeRow.state == QUEUED, otherwise=RowChanged())


def _sk(number: int) -> str:
    return f"{_PREFIX}{number:010d}"
