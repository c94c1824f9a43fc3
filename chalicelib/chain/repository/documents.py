"""Metadata on its way to object storage."""

from chalicelib.chain.models.documents import DocumentRow
from chalicelib.core.tables import find, key
from chalicelib.core.transactions import Transaction


def add_document(transaction: Transaction, cid: str, document: bytes) -> None:
    """Adds a document; equal ones are one row."""
    transaction.put(DocumentRow(_document_pk(cid), "DOCUMENT", document=document.decode()))


def find_document(cid: str) -> bytes | None:
    """A document that may not have reached object storage yet."""
    row = find(DocumentRow, _document_pk(cid), "DOCUMENT")
    return row.document.encode() if row else None


def _document_pk(cid: str) -> str:
    return key("DOCUMENT", cid)
