"""Rows of jobs, signed transactions, signers and documents."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from pynamodb.exceptions import PutError, UpdateError

from chalicelib.chain.models import (
    FINAL,
    LOST,
    PENDING,
    SENT,
    WAITING,
    ChainRow,
    DocumentRow,
    JobRow,
    SignerRow,
    SubmissionRow,
)
from chalicelib.core.clock import epoch_micros, now
from chalicelib.core.ids import digest
from chalicelib.core.tables import assign, find, key, read_batch
from chalicelib.core.transactions import Transaction

SHARDS = 8
_FAILED_CONDITION = "ConditionalCheckFailedException"


class NonceTaken(Exception):
    """Another worker gave this nonce away."""


class JobTaken(Exception):
    """Another worker took, or finished, the job."""


class SubmissionMoved(Exception):
    """Another worker finished the transaction."""


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
        due_shard=_shard(pk),
        due_at=_due_text(due),
        **fields,
    )


def open_jobs(pk: str) -> list[JobRow]:
    """A token's unfinished jobs: mints first, then updates by scan."""
    return list(JobRow.query(pk, consistent_read=True))


def find_jobs(keys: Sequence[Sequence[str]]) -> list[JobRow]:
    """The jobs of a transaction that are not finished yet."""
    rows = read_batch([(JobRow, pk, sk) for pk, sk in keys])
    return [row for row in rows if isinstance(row, JobRow)]


def add_job_end(transaction: Transaction, job: JobRow) -> None:
    """Adds the end of a job; the commit may raise `JobTaken`."""
    transaction.delete(job, condition=JobRow.state == job.state, otherwise=JobTaken())


def postpone_job(job: JobRow, *, due: datetime) -> None:
    """Counts a failure and lets the sweep try again."""
    _change(job, [JobRow.failures.add(1), JobRow.due_at.set(_due_text(due))], JobRow.pk.exists())


def signer_pk(chain: str, address: str) -> str:
    """Where a signer's nonce and transactions lie."""
    return key("SIGNER", chain, address)


def next_nonce(pk: str, *, on_chain: int) -> int:
    """The signer's next nonce; a signer never seen starts where the chain says."""
    row = find(SignerRow, pk, "SIGNER")
    if row is not None:
        return int(row.next_nonce)
    try:
        SignerRow(pk, "SIGNER", next_nonce=on_chain).save(condition=SignerRow.pk.does_not_exist())
    except PutError as error:
        if error.cause_response_code != _FAILED_CONDITION:
            raise
        return next_nonce(pk, on_chain=on_chain)
    return on_chain


def used_nonce(pk: str) -> int:
    """The nonce after the last one given away; 0 for a signer never seen."""
    row = find(SignerRow, pk, "SIGNER")
    return int(row.next_nonce) if row else 0


def skip_nonces(pk: str, *, to: int) -> None:
    """Moves the signer past nonces that transactions of somebody else used."""
    _change(SignerRow(pk, "SIGNER"), [SignerRow.next_nonce.set(to)], SignerRow.next_nonce < to)


def add_submission(
    transaction: Transaction,
    pk: str,
    *,
    chain: str,
    nonce: int,
    raw: str,
    hash: str,
    uri: str | None,
    jobs: Sequence[JobRow],
    due: datetime,
) -> SubmissionRow:
    """Adds a signed transaction, its nonce's use and its jobs' change of state.

    The commit may raise `NonceTaken` or `JobTaken`; nothing was broadcast then.
    """
    row = SubmissionRow(
        pk,
        submission_sk(nonce),
        chain=chain,
        nonce=nonce,
        raw=raw,
        hash=hash,
        uri=uri,
        jobs=[[job.pk, job.sk] for job in jobs],
        state=PENDING,
        created_at=now(),
        due_shard=_shard(pk),
        due_at=_due_text(due),
    )
    transaction.update(
        SignerRow(pk, "SIGNER"),
        [SignerRow.next_nonce.set(nonce + 1)],
        condition=SignerRow.next_nonce == nonce,
        otherwise=NonceTaken(),
    )
    transaction.create(row, otherwise=NonceTaken())
    for job in jobs:
        sent = {
            "state": SENT,
            "transaction_pk": pk,
            "transaction_sk": row.sk,
            "due_shard": None,
            "due_at": None,
        }
        transaction.update(
            JobRow(job.pk, job.sk),
            assign(JobRow(job.pk, job.sk), sent),
            condition=JobRow.state == WAITING,
            otherwise=JobTaken(),
        )
    return row


def submission_sk(nonce: int) -> str:
    """The sort key of a transaction."""
    return f"TX#{nonce:012d}"


def find_submission(pk: str, sk: str) -> SubmissionRow | None:
    """A signed transaction."""
    return find(SubmissionRow, pk, sk)


def submissions_between(pk: str, first: int, end: int, *, limit: int) -> list[SubmissionRow]:
    """Signed transactions from the nonce `first` on, in order, up to but without `end`."""
    if first >= end:
        return []
    condition = SubmissionRow.sk.between(submission_sk(first), submission_sk(end - 1))
    return list(SubmissionRow.query(pk, condition, consistent_read=True, limit=limit))


def postpone_submission(row: SubmissionRow, *, due: datetime) -> None:
    """Lets the sweep look again."""
    _change(row, [SubmissionRow.due_at.set(_due_text(due))], SubmissionRow.state == PENDING)


def finish_submission(row: SubmissionRow) -> None:
    """Marks a transaction final: every job of it has ended."""
    actions = assign(SubmissionRow(row.pk, row.sk), {"state": FINAL, "due_shard": None, "due_at": None})
    _change(row, actions, SubmissionRow.state == PENDING)


def lose_submission(row: SubmissionRow, jobs: Sequence[JobRow]) -> None:
    """Gives the jobs of a transaction that can never be mined back to the queue. Raises `SubmissionMoved`."""
    transaction = Transaction()
    actions = assign(SubmissionRow(row.pk, row.sk), {"state": LOST, "due_shard": None, "due_at": None})
    pending = SubmissionRow.state == PENDING
    transaction.update(SubmissionRow(row.pk, row.sk), actions, condition=pending, otherwise=SubmissionMoved())
    for job in jobs:
        waiting = {"state": WAITING, "due_shard": _shard(job.pk), "due_at": _due_text(now())}
        transaction.update(
            JobRow(job.pk, job.sk),
            assign(JobRow(job.pk, job.sk), waiting),
            condition=JobRow.transaction_sk == row.sk,
            otherwise=SubmissionMoved(),
        )
    transaction.commit()


def due_rows(shard: int, *, limit: int) -> Iterator[ChainRow]:
    """Keys of what is due in one shard, the oldest first; one request for an empty shard."""
    condition = ChainRow.due_at <= _due_text(now())
    return iter(ChainRow.due.query(_shard_name(shard), condition, limit=limit))


def defer(row: ChainRow, *, by: timedelta) -> bool:
    """Moves a due row on, so that one sweep alone takes it up; False where another was first."""
    unchanged = ChainRow.due_at == row.due_at
    return _change(ChainRow(row.pk, row.sk), [ChainRow.due_at.set(_due_text(now() + by))], unchanged)


def add_document(transaction: Transaction, cid: str, document: bytes) -> None:
    """Adds a document; equal ones are one row."""
    transaction.put(DocumentRow(_document_pk(cid), "DOCUMENT", document=document.decode()))


def find_document(cid: str) -> bytes | None:
    """A document that may not have reached object storage yet."""
    row = find(DocumentRow, _document_pk(cid), "DOCUMENT")
    return row.document.encode() if row else None


def _document_pk(cid: str) -> str:
    return key("DOCUMENT", cid)


def _change(row: ChainRow, actions: list[Any], condition: Any) -> bool:
    try:
        row.update(actions=actions, condition=condition)
    except UpdateError as error:
        if error.cause_response_code != _FAILED_CONDITION:
            raise
        return False
    return True


def _shard(pk: str) -> str:
    return _shard_name(int(digest(pk)[:8], 16) % SHARDS)


def _shard_name(shard: int) -> str:
    return key("DUE", shard)


def _due_text(moment: datetime) -> str:
    return f"{epoch_micros(moment):017d}"
