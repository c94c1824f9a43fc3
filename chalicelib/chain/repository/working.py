"""Unfinished jobs in a worker's hands: listed, put off, ended."""

from datetime import datetime
from typing import Any

from chalicelib.chain.domain.causes import Cause
from chalicelib.chain.models.jobs import MINT, WAITING, JobRow
from chalicelib.chain.models.table import ChainRow
from chalicelib.chain.repository.due import due_text, job_shard
from chalicelib.chain.repository.jobs import find_jobs
from chalicelib.core.clock import now
from chalicelib.core.outside import outside_text
from chalicelib.core.tables import as_read, update_if
from chalicelib.core.transactions import Transaction

_NEAR_THE_HEAD = 400


class JobTaken(Exception):
    """Another worker took, or finished, the job."""


class JobChanged(Exception):
    """The job was changed since it was read, and is still on its way."""


def open_jobs(pk: str) -> list[JobRow]:
    """A token's unfinished jobs: mints first, then updates by scan."""
    return list(JobRow.query(pk, consistent_read=True))


def add_job_end(transaction: Transaction, job: JobRow) -> None:
    """Adds the end of a job as it was read; the commit may raise `JobTaken`."""
    unchanged = as_read(job, "state", "transaction_sk", "trying_since")
    transaction.delete(job, condition=unchanged, otherwise=JobTaken())


def postpone_job(
    job: JobRow, *, due: datetime, cause: Cause | None = None, error: str | None = None, is_blameless: bool = False
) -> None:
    """Lets the sweep try a waiting job again; keeps why it waits, and counts an `error`.

    Of a `blameless` wait the job's 24 hours begin anew.
    """
    actions: list[Any] = [JobRow.due_at.set(due_text(due))]
    if cause is not None:
        actions.append(JobRow.waits_for.set(cause))
    if error is not None:
        actions += [JobRow.failures.add(1), JobRow.error.set(outside_text(error))]
    if is_blameless:
        actions.append(JobRow.trying_since.set(now()))
    update_if(job, actions, JobRow.state == WAITING)


def waiting_mints(chain: str, contract: str, *, limit: int) -> list[JobRow]:
    """Mints that may share a transaction, the longest waiting first.

    At most `limit`, and only of those that lie near the head of the contract's shard: one page of the index, which
    lags, and the rows themselves where it names any.
    """
    of_contract = (ChainRow.chain == chain) & (ChainRow.contract == contract) & (ChainRow.kind == MINT)
    found = ChainRow.due.query(job_shard(chain, contract), filter_condition=of_contract, page_size=_NEAR_THE_HEAD)
    page = [ChainRow.from_raw_data(item) for item in next(found.page_iter)["Items"]]
    return [job for job in find_jobs([(row.pk, row.sk) for row in page[:limit]]) if job.state == WAITING]
