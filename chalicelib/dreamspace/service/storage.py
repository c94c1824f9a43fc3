"""A document's data: in its row where that is small, else an object in storage under a key that is used once.

An object is announced before it is stored, and the announcement withdrawn in the transaction that refers to it. So
what a crash leaves behind is found and removed, and what is being removed can no longer be referred to.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.core import storage
from chalicelib.core.ids import random_token
from chalicelib.core.settings import settings
from chalicelib.core.transactions import Transaction
from chalicelib.dreamspace.models import DocumentRow, ObjectRow
from chalicelib.dreamspace.repository import documents as repository
from chalicelib.dreamspace.repository.documents import MAX_INLINE_BYTES

if TYPE_CHECKING:
    from chalicelib.dreamspace.service.views import DocumentView

# A call lasts 29 s at most; an announced object that nothing refers to after this long has no call behind it.
_UNUSED_AFTER = timedelta(minutes=15)
# Whoever read the row just before it changed still finds the data.
_LINGER_SECONDS = 60.0
_SIDE_BY_SIDE = 16


class ObjectGone(Exception):
    """The data was removed after its row was read: the document has changed, or is gone."""


class StoredData(NamedTuple):
    """Data that has been put where it belongs. `fields` go into the document's row."""

    fields: dict[str, Any]
    announced: ObjectRow | None

    def add_use(self, transaction: Transaction) -> None:
        """Joins the transaction that refers to the data; the commit may raise `ObjectDoomed`."""
        if self.announced is not None:
            repository.add_object_use(transaction, self.announced)


def store(origin: str, document_id: int, data: str) -> StoredData:
    """Puts data where a document's row can refer to it; no request where it is small."""
    size = len(data.encode())
    if size <= MAX_INLINE_BYTES:
        return StoredData({"inline": data, "object_key": None, "data_bytes": size}, None)
    object_key = f"dreamspace/{origin}/{document_id}/{random_token(20)}"
    announced = repository.object_row(origin, document_id, object_key, doomed=False, due_in=_UNUSED_AFTER)
    repository.announce_object(announced)
    storage.put_text(object_key, data)
    return StoredData({"inline": None, "object_key": object_key, "data_bytes": size}, announced)


def add_removal(transaction: Transaction, origin: str, row: DocumentRow) -> None:
    """Adds the end of the data of a document as it was read, in the transaction that lets go of it."""
    if row.object_key is not None:
        linger = timedelta(seconds=settings().scaled(_LINGER_SECONDS))
        transaction.put(repository.object_row(origin, row.document_id, row.object_key, doomed=True, due_in=linger))


def fetch(row: DocumentRow) -> str:
    """A document's data in object storage. Raises `ObjectGone`."""
    text = storage.find_text(row.object_key or "")
    if text is None:
        raise ObjectGone(row.object_key)
    return text


def fetch_side_by_side(views: Sequence["DocumentView"]) -> None:
    """Fetches the data of several documents at once. Raises `ObjectGone`."""
    waiting = [view for view in views if view.stored_bytes]
    if len(waiting) < 2:
        return
    with ThreadPoolExecutor(min(_SIDE_BY_SIDE, len(waiting))) as pool:
        for future in [pool.submit(copy_context().run, lambda view=view: view.document_data) for view in waiting]:
            future.result()
