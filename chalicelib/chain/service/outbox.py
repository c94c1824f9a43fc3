"""Queues jobs in the transactions of the surfaces.

This module loads with the API, so it imports little. Signing and encoding load with the worker.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from chalicelib.chain.metadata import cid_of, metadata_uri
from chalicelib.chain.models.jobs import MINT, UPDATE, JobRow
from chalicelib.chain.queues import JOBS
from chalicelib.chain.repository import jobs as job_rows
from chalicelib.core.clock import now
from chalicelib.core.queues import Message, grace
from chalicelib.core.transactions import Transaction

WORK_TOKEN = "WorkToken"
CONFIRM_TRANSACTION = "ConfirmTransaction"
FOLLOW_SIGNER = "FollowSigner"
CATCH_UP = "CatchUp"


class AlreadyQueued(Exception):
    """The token has this very job: another call made the same change first."""


class TokenReference(NamedTuple):
    """One token of one partner's collection. `token_id` is decimal text, or `collection` for the collection itself."""

    origin: str
    contract_id: str
    token_id: str
    chain: str
    contract: str


def enqueue_mint(
    transaction: Transaction, token: TokenReference, *, attempt: int, recipient: str, document: bytes
) -> str:
    """Adds a mint job and its metadata, and gives the token URI that the token will have.

    The commit may raise `AlreadyQueued`, as that of an update may.
    """
    cid = cid_of(document)
    uri = metadata_uri(cid)
    job_rows.add_document(transaction, cid, document)
    job = new_job(token, MINT, mint_sk(attempt), number=attempt, recipient=recipient, uri=uri)
    enqueue_job(transaction, job)
    return uri


def enqueue_update(transaction: Transaction, token: TokenReference, *, scan_number: int) -> None:
    """Adds a URI update on behalf of a scan; it runs after the mint, with the metadata of that moment."""
    enqueue_job(transaction, new_job(token, UPDATE, update_sk(scan_number), number=scan_number))


def enqueue_work(transaction: Transaction, token: TokenReference) -> None:
    """Has the worker look at a token's open jobs after the commit; where that gets lost, the sweep does."""
    pk = job_rows.job_pk(token.origin, token.contract_id, token.token_id)
    transaction.enqueue(JOBS, token_message(pk, token.chain))


def open_updates(token: TokenReference, scan_numbers: Sequence[int]) -> set[int]:
    """Those of at most 100 scans whose URI update is still to be final, in one request."""
    pk = job_rows.job_pk(token.origin, token.contract_id, token.token_id)
    return {int(job.number) for job in job_rows.find_jobs([(pk, update_sk(number)) for number in scan_numbers])}


def token_message(pk: str, chain: str, *, delay_seconds: int = 0) -> Message:
    """Asks the worker to look at a token's open jobs. A delay needs the queue of looks."""
    return Message(WORK_TOKEN, {"pk": pk, "chain": chain}, group=chain, delay_seconds=delay_seconds)


def mint_sk(attempt: int) -> str:
    """The sort key of a mint's job."""
    return f"MINT#{attempt:04d}"


def update_sk(scan_number: int) -> str:
    """The sort key of the job of a scan's URI update."""
    return f"UPDATE#{scan_number:010d}"


def new_job(token: TokenReference, kind: str, sk: str, **fields: Any) -> JobRow:
    """A job that is not queued yet; the sweep takes it up if nobody does."""
    return job_rows.job_row(kind, sk, due=now() + grace(), **token._asdict(), **fields)


def enqueue_job(transaction: Transaction, job: JobRow) -> None:
    """Adds the job, and the message that has it worked after the commit, which may raise `AlreadyQueued`."""
    transaction.create(job, otherwise=AlreadyQueued(job.sk))
    transaction.enqueue(JOBS, token_message(job.pk, job.chain))
