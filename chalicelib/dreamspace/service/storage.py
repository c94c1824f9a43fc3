"""A document's data: small data in its row, larger data as an object in storage under a key that is used once.

An object gets a row before it is stored; the transaction that refers to the object removes that row. So objects left
by a crash are found and removed, and an object that is being removed cannot be referenced any more.
"""

from datetime import timedelta
from typing import Any, NamedTuple

from chalicelib.core import storage
from chalicelib.core.errors import existing
from chalicelib.core.ids import random_token
from chalicelib.core.settings import settings
from chalicelib.core.transactions import Transaction
from chalicelib.dreamspace.models import DocumentRow, ObjectRow
from chalicelib.dreamspace.repository import documents as repository
from chalicelib.dreamspace.repository.documents import MAX_INLINE_BYTES

# A call lasts at most 29 s, so an object without a reference after this time is left from a failed call.
_UNUSED_AFTER = timedelta(minutes=15)
# Readers of the previous row can still fetch the data for this long.
_LINGER_SECONDS = 60.0


class ObjectGone(Exception):
    """The data was removed after its row was read: the document was changed or removed."""


class StoredData(NamedTuple):
    """Stored data; `fields` belong into the document's row."""

    fields: dict[str, Any]
    announced: ObjectRow | None

    def add_use(self, transaction: Transaction) -> None:
        """Adds to the transaction that the data is used; the commit may raise `ObjectDiscarded`."""
        if self.announced is not None:
            repository.add_object_use(transaction, self.announced)


def store(origin: str, document_id: int, data: str) -> StoredData:
    """Stores a document's data. Small data needs no request."""
    size = len(data.encode())
    if size <= MAX_INLINE_BYTES:
        return StoredData({"inline": data, "object_key": None, "data_bytes": size}, None)
    object_key = f"dreamspace/{origin}/{document_id}/{random_token(20)}"
    announced = repository.object_row(origin, document_id, object_key, is_discarded=False, due_in=_UNUSED_AFTER)
    repository.store_object_row(announced)
    storage.put_text(object_key, data)
    return StoredData({"inline": None, "object_key": object_key, "data_bytes": size}, announced)


def add_removal(transaction: Transaction, origin: str, row: DocumentRow) -> None:
    """Adds the removal of a document's data to the transaction that removes the reference."""
    if row.object_key is not None:
        linger = timedelta(seconds=settings().scaled(_LINGER_SECONDS))
        transaction.put(
            repository.object_row(origin, row.document_id, row.object_key, is_discarded=True, due_in=linger)
        )


def fetch(row: DocumentRow) -> str:
    """A document's data in object storage. Raises `ObjectGone`."""
    return existing(storage.find_text(row.object_key or ""), otherwise=ObjectGone(row.object_key))
