"""Jobs and their metadata as they are queued, and found again. Loads with the API, so it imports little."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chalicelib.chain.models.jobs import WAITING, DocumentRow, JobRow
from chalicelib.chain.repository.due import due_text, job_shard
from chalicelib.core.clock import now
from chalicelib.core.tables import find, key, read_batch
from chalicelib.core.transactions import Transaction

_DOCUMENT = "DOCUMENT"


def job_pk(origin: str, contract_id: str, token_id: str) -> str:
    """Where a token's open jobs lie."""
    return key(origin, contract_id, token_id)


def job_row(kind: str, sk: str, *, due: datetime, **fields: Any) -> JobRow:
    """A new job, not yet stored; `due` is when the sweep takes it up if nobody does."""
    pk = job_pk(fields["origin"], fields["contract_id"], fields["token_id"])
    return JobRow(
        pk,
        sk,
        kind=kind,
        state=WAITING,
        failures=0,
        created_at=now(),
        due_shard=job_shard(fields["chain"], fields["contract"]),
        due_at=due_text(due),
        **fields,
    )


def find_jobs(keys: Sequence[Sequence[str]]) -> list[JobRow]:
    """The jobs of a transaction that are not finished yet."""
    rows = read_batch([(JobRow, pk, sk) for pk, sk in keys])
    return [row for row in rows if isinstance(row, JobRow)]


def add_document(transaction: Transaction, cid: str, document: bytes) -> None:
    """Adds a metadata document; equal ones are one row."""
    transaction.put(DocumentRow(key(_DOCUMENT, cid), _DOCUMENT, document=document.decode()))


def find_document(cid: str) -> bytes | None:
    """A metadata document that may not have reached object storage yet."""
    row = find(DocumentRow, key(_DOCUMENT, cid), _DOCUMENT)
    return row.document.encode() if row else None
