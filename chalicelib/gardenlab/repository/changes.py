"""Rows of changes of collections' contracts."""

from typing import Any, cast

from chalicelib.chain.domain.changes import Change, ChangeKind
from chalicelib.core.clock import now
from chalicelib.core.pagination import Page
from chalicelib.core.retrying import RowChanged
from chalicelib.core.tables import as_read, assign, find, read_page
from chalicelib.core.transactions import Transaction
from chalicelib.core.windows import Window
from chalicelib.gardenlab.models import CHANGE_PREFIX, CollectionRow
from chalicelib.gardenlab.models.changes import DONE, FAILED, QUEUED, ChangeCountRow, ChangeRow
from chalicelib.gardenlab.repository import timeline
from chalicelib.gardenlab.repository.collections import collection_key

_COUNT = "CHANGES"


def add_change(transaction: Transaction, collection: CollectionRow, **fields: Any) -> ChangeRow:
    """Adds the collection's next change: one request, for its number. The commit may raise `RowChanged`."""
    pk = collection_key(collection.origin, collection.contract_id)
    latest = find(ChangeCountRow, pk, _COUNT)
    number = 1 if latest is None else latest.number + 1
    unchanged = ChangeCountRow.pk.does_not_exist() if latest is None else as_read(latest, "number")
    transaction.put(ChangeCountRow(pk, _COUNT, number=number), condition=unchanged, otherwise=RowChanged())
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
    """A page of a collection's changes, newest first; with `before`, only those with lower numbers."""
    after = None if before is None else _sk(before)
    window = Window(limit, after=after, since=CHANGE_PREFIX, until=CHANGE_PREFIX + "~")
    return read_page(ChangeRow, collection_key(origin, contract_id), window, sort=ChangeRow.sk)


def add_done(
    transaction: Transaction, origin: str, contract_id: str, number: int, *, chain: str, cost: int | None, **end: Any
) -> None:
    """Adds that a change is final, at this cost in wei, if known."""
    keys = timeline.keys_now(origin, chain=chain, cost=cost, of=timeline.SPENT)
    _add_end(transaction, origin, contract_id, number, {"state": DONE, "cost_wei": cost, **keys, **end})


def add_failed(transaction: Transaction, origin: str, contract_id: str, number: int, **end: Any) -> None:
    """Adds that a change failed for good."""
    _add_end(transaction, origin, contract_id, number, {"state": FAILED, **end})


def _add_end(transaction: Transaction, origin: str, contract_id: str, number: int, end: dict[str, Any]) -> None:
    row = ChangeRow(collection_key(origin, contract_id), _sk(number))
    transaction.update(row, assign(row, end), condition=ChangeRow.state == QUEUED, otherwise=RowChanged())


def _sk(number: int) -> str:
    return f"{CHANGE_PREFIX}{number:010d}"
