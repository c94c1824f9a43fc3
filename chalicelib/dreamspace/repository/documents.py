"""Rows of documents, of the stamps on them, and of objects in storage."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Self

from chalicelib.core.acting import actor
from chalicelib.core.clock import now
from chalicelib.core.ids import digest, sortable_id
from chalicelib.core.retrying import RowChanged
from chalicelib.core.tables import Row, find, read_collection
from chalicelib.core.times import stored_time
from chalicelib.core.transactions import Transaction
from chalicelib.dreamspace.domain.models import Model
from chalicelib.dreamspace.models import (
    DocumentRow,
    DreamspaceRow,
    EntryRow,
    ObjectRow,
    StampGroupRow,
    StampHolderRow,
    StampRow,
)
from chalicelib.dreamspace.repository import keys
from chalicelib.dreamspace.repository.pending import due_keys

# With 256 KB of metadata and these a document's row stays below DynamoDB's 400 KB.
MAX_INLINE_BYTES = 32 * 1024
MAX_HOLDER_BYTES = 48 * 1024


class ObjectDiscarded(Exception):
    """The object was not referenced in time and is being removed."""


class Stamp(NamedTuple):
    """A stamp, stored as a list in its holder's row."""

    stamp_id: int
    document_id: int
    stamp_type: str
    pos_x: int
    pos_y: int
    rotation: float

    @classmethod
    def read(cls, document_id: int, values: Sequence[Any]) -> Self:
        """Parses the list in the row."""
        stamp_id, *others = values
        return cls(stamp_id, document_id, *others)

    def written(self) -> list[Any]:
        """The list in the row."""
        return [value for name, value in self._asdict().items() if name != "document_id"]


class PlacedStamp(NamedTuple):
    """A stamp and the row that holds it."""

    stamp: Stamp
    holder: StampHolderRow


class DocumentRows(NamedTuple):
    """A document and its further stamps."""

    row: DocumentRow
    groups: list[StampGroupRow]

    @property
    def holders(self) -> list[StampHolderRow]:
        """The rows that hold stamps."""
        return [self.row, *self.groups]

    @property
    def stamps(self) -> list[Stamp]:
        """All stamps, by id."""
        every = (Stamp.read(self.row.document_id, values) for holder in self.holders for values in holder.stamps)
        return sorted(every, key=lambda stamp: stamp.stamp_id)

    def find_stamp(self, stamp_id: int) -> PlacedStamp | None:
        """A stamp with the row that holds it."""
        for holder in self.holders:
            for values in holder.stamps:
                if values[0] == stamp_id:
                    return PlacedStamp(Stamp.read(self.row.document_id, values), holder)
        return None


def stamp_of_row(row: StampRow) -> Stamp:
    """The stamp that a stamp row has a copy of."""
    return Stamp(row.stamp_id, row.document_id, row.stamp_type, row.pos_x, row.pos_y, float(row.rotation))


def document_row(origin: str, document_id: int, *, created_at: datetime, **fields: Any) -> DocumentRow:
    """A new document's row, not yet stored."""
    return DocumentRow(
        keys.document_pk(origin, document_id),
        keys.DOCUMENT,
        document_id=document_id,
        created_at=created_at.isoformat(),
        stamps=[],
        generation=1,
        is_overflowing=False,
        version=1,
        posted_by=actor(),
        **fields,
    )


def find_document(origin: str, document_id: int) -> DocumentRows | None:
    """A document with all its stamps, strongly consistent, in one request."""
    row: DocumentRow | None = None
    groups: list[StampGroupRow] = []
    for found in read_collection(DreamspaceRow, keys.document_pk(origin, document_id), kind_of=_kind_of):
        if isinstance(found, DocumentRow):
            row = found
        elif isinstance(found, StampGroupRow):
            groups.append(found)
    return None if row is None else DocumentRows(row, _present(row, groups))


def with_stamp_groups(origin: str, row: DocumentRow) -> DocumentRows:
    """A document's row together with its groups of further stamps. Without groups, makes no request."""
    groups = list(iterate_groups(origin, row.document_id)) if row.is_overflowing else []
    return DocumentRows(row, _present(row, groups))


def iterate_groups(origin: str, document_id: int) -> Iterator[StampGroupRow]:
    """Groups of further stamps, those of earlier generations included, strongly consistent."""
    prefix = StampGroupRow.sk.startswith(keys.GROUP)
    return iter(StampGroupRow.query(keys.document_pk(origin, document_id), prefix, consistent_read=True))


def document_address(origin: str, document_id: int) -> tuple[type[DocumentRow], str, str]:
    """The key of a document's row, for a batch."""
    return DocumentRow, keys.document_pk(origin, document_id), keys.DOCUMENT


def entry_address(origin: str, document_id: int) -> tuple[type[EntryRow], str, str]:
    """The key of a document's entry, for a batch."""
    return EntryRow, keys.document_pk(origin, document_id), keys.ENTRY


def find_entry(origin: str, document_id: int) -> EntryRow | None:
    """A document's entry, which conditions check; strongly consistent."""
    return find(*entry_address(origin, document_id))


def entry_stub(origin: str, document_id: int) -> EntryRow:
    """An entry that has only its id."""
    return EntryRow(keys.document_pk(origin, document_id), keys.ENTRY, document_id=document_id)


def find_stamp(origin: str, stamp_id: int) -> StampRow | None:
    """A stamp's row. The stamp exists only if its document's entry has the same generation."""
    return find(StampRow, keys.stamp_pk(origin, stamp_id), keys.STAMP)


def add_document(transaction: Transaction, origin: str, row: DocumentRow) -> None:
    """Adds a new document."""
    transaction.create(row, otherwise=RowChanged())
    transaction.create(_entry(origin, row), otherwise=RowChanged())


def add_document_change(transaction: Transaction, origin: str, row: DocumentRow, changes: dict[str, Any]) -> None:
    """Adds a change of a document, also to the row in memory; the commit may raise `RowChanged`."""
    transaction.change_version(row, changes)
    if changes.keys() & {"seal", "metadata", "generation"}:
        transaction.put(_entry(origin, row))


def add_document_removal(transaction: Transaction, row: DocumentRow) -> None:
    """Adds the removal of a document. Its stamps move to a group, which tidying finds."""
    unchanged = DocumentRow.version == row.version
    transaction.delete(DocumentRow(row.pk, row.sk), condition=unchanged, otherwise=RowChanged())
    transaction.delete(EntryRow(row.pk, keys.ENTRY))
    add_stamps_copy(transaction, row)


def add_stamps_copy(transaction: Transaction, row: DocumentRow) -> None:
    """Adds a group with the stamps of the document's own row, which loses them in the same transaction."""
    if row.stamps:
        _add_group(transaction, row, row.stamps)


def add_entry_check(transaction: Transaction, origin: str, document_id: int, *, seal: int) -> None:
    """Adds the condition that a document exists and has this seal."""
    condition = EntryRow.pk.exists() & (EntryRow.seal == seal)
    transaction.check(*entry_address(origin, document_id), condition=condition, otherwise=RowChanged())


def add_stamps(
    transaction: Transaction, origin: str, row: DocumentRow, stamps: Sequence[Stamp], *, posted_by: str | None
) -> None:
    """Adds stamps to a document; the commit may raise `RowChanged`."""
    written = [stamp.written() for stamp in stamps]
    change: dict[str, Any] = {"stamps": [*row.stamps, *written]}
    holder_sk = row.sk
    if not _fits(change["stamps"]):
        change, holder_sk = {"is_overflowing": True}, _add_group(transaction, row, written).sk
    add_document_change(transaction, origin, row, change)
    _add_stamp_rows(transaction, origin, stamps, generation=row.generation, holder_sk=holder_sk, posted_by=posted_by)


def add_first_stamps(transaction: Transaction, origin: str, row: DocumentRow, stamps: Sequence[Stamp]) -> DocumentRows:
    """Adds the stamps of a new document, to its row in memory if they fit, else to a group."""
    rows, changes = add_replacement(transaction, origin, row, row.generation, stamps)
    row.stamps, row.is_overflowing = changes["stamps"], changes["is_overflowing"]
    return rows


def add_replacement(
    transaction: Transaction, origin: str, row: DocumentRow, generation: int, stamps: Sequence[Stamp]
) -> tuple[DocumentRows, dict[str, Any]]:
    """Adds the first stamps of a generation; returns the document's rows and the change of its own row."""
    written = [stamp.written() for stamp in stamps]
    groups = [] if _fits(written) else [_add_group(transaction, row, written, generation)]
    holder_sk = groups[0].sk if groups else row.sk
    _add_stamp_rows(transaction, origin, stamps, generation=generation, holder_sk=holder_sk, posted_by=actor())
    return DocumentRows(row, groups), {"stamps": [] if groups else written, "is_overflowing": bool(groups)}


def _add_stamp_rows(
    transaction: Transaction,
    origin: str,
    stamps: Sequence[Stamp],
    *,
    generation: int,
    holder_sk: str,
    posted_by: str | None,
) -> None:
    """Adds the rows by which stamps are found."""
    for stamp in stamps:
        transaction.put(_stamp_row(origin, stamp, generation=generation, holder_sk=holder_sk, posted_by=posted_by))


def add_stamp_change(
    transaction: Transaction, origin: str, holder: StampHolderRow, stamp: Stamp, *, posted_by: str | None
) -> None:
    """Adds a change of a stamp that stays on its document, to the row that holds it."""
    sk = holder.sk
    others = _without(holder, stamp.stamp_id)
    together = [*others, stamp.written()]
    if isinstance(holder, DocumentRow) and not _fits(together):
        sk = _add_group(transaction, holder, [stamp.written()]).sk
        add_document_change(transaction, origin, holder, {"stamps": others, "is_overflowing": True})
    else:
        _add_holder_change(transaction, origin, holder, together)
    transaction.put(_stamp_row(origin, stamp, generation=holder.generation, holder_sk=sk, posted_by=posted_by))


def add_stamp_removal(transaction: Transaction, origin: str, holder: StampHolderRow, stamp_id: int) -> None:
    """Removes a stamp from the row that holds it; the caller changes or removes the stamp's own row."""
    _add_holder_change(transaction, origin, holder, _without(holder, stamp_id))


def add_stamp_row_removal(transaction: Transaction, origin: str, stamp_id: int) -> None:
    """Removes the row by which a stamp is found."""
    transaction.delete(StampRow(keys.stamp_pk(origin, stamp_id), keys.STAMP))


def add_holder_check(transaction: Transaction, holder: StampHolderRow, *, otherwise: Exception) -> None:
    """Adds the condition that a group of stamps is unchanged; changes of document rows have that condition already."""
    if isinstance(holder, StampGroupRow):
        unchanged = StampGroupRow.version == holder.version
        transaction.check(StampGroupRow, holder.pk, holder.sk, condition=unchanged, otherwise=otherwise)


def object_row(origin: str, document_id: int, object_key: str, *, is_discarded: bool, due_in: timedelta) -> ObjectRow:
    """The row of an object in storage without a reference."""
    pk, sk = keys.document_pk(origin, document_id), keys.OBJECT + digest(object_key)
    return ObjectRow(pk, sk, object_key=object_key, is_discarded=is_discarded, **due_keys(pk, now() + due_in))


def store_object_row(row: ObjectRow) -> None:
    """Stores the row of an object before the object itself is stored."""
    row.save()


def add_object_use(transaction: Transaction, row: ObjectRow) -> None:
    """Adds that the object has a reference now; the commit may raise `ObjectDiscarded`."""
    in_use = ObjectRow.is_discarded == False  # noqa: E712  (a condition, not a comparison)
    transaction.delete(ObjectRow(row.pk, row.sk), condition=in_use, otherwise=ObjectDiscarded())


def _entry(origin: str, row: DocumentRow) -> EntryRow:
    return EntryRow(
        row.pk,
        keys.ENTRY,
        document_id=row.document_id,
        seal=row.seal,
        generation=row.generation,
        metadata_digest=None if row.metadata is None else digest(row.metadata),
        created_at=row.created_at,
        trait_key=keys.trait_key(origin, Model.DOCUMENTS, row.seal),
        **keys.listed(origin, Model.DOCUMENTS, row.document_id, stored_time(row.created_at)),
    )


def _stamp_row(origin: str, stamp: Stamp, *, generation: int, holder_sk: str, posted_by: str | None) -> StampRow:
    return StampRow(
        keys.stamp_pk(origin, stamp.stamp_id),
        keys.STAMP,
        **{**stamp._asdict(), "rotation": repr(stamp.rotation)},
        generation=generation,
        holder_sk=holder_sk,
        posted_by=posted_by,
        list_key=keys.list_key(origin, Model.STAMPS),
        id_key=keys.id_text(stamp.stamp_id),
        trait_key=keys.trait_key(origin, Model.STAMPS, stamp.stamp_type),
        document_key=keys.stamped_key(origin, stamp.stamp_type),
        document_sort=f"{keys.id_text(stamp.document_id)}#{keys.id_text(stamp.stamp_id)}",
    )


def _add_group(
    transaction: Transaction, row: DocumentRow, stamps: list[list[Any]], generation: int | None = None
) -> StampGroupRow:
    """Adds a group of further stamps, of the document's present generation where no other is given."""
    generation = generation or row.generation
    sk = keys.group_sk(generation, sortable_id())
    group = StampGroupRow(row.pk, sk, stamps=stamps, generation=generation, version=1)
    transaction.put(group)
    return group


def _add_holder_change(transaction: Transaction, origin: str, holder: StampHolderRow, stamps: list[list[Any]]) -> None:
    if isinstance(holder, DocumentRow):
        add_document_change(transaction, origin, holder, {"stamps": stamps})
        return
    transaction.change_version(holder, {"stamps": stamps})
    entry = EntryRow.generation == holder.generation
    transaction.check(EntryRow, holder.pk, keys.ENTRY, condition=entry, otherwise=RowChanged())


def _without(holder: StampHolderRow, stamp_id: int) -> list[list[Any]]:
    return [values for values in holder.stamps if values[0] != stamp_id]


def _present(row: DocumentRow, groups: list[StampGroupRow]) -> list[StampGroupRow]:
    return [group for group in groups if group.generation == row.generation]


def _fits(stamps: list[list[Any]]) -> bool:
    """Whether one row can hold these stamps."""
    return len(json.dumps(stamps, ensure_ascii=False, separators=(",", ":")).encode()) <= MAX_HOLDER_BYTES


def _kind_of(sk: str) -> type[Row] | None:
    if sk.startswith(keys.GROUP):
        return StampGroupRow
    return DocumentRow if sk == keys.DOCUMENT else None
