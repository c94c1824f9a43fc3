"""Open jobs: listed, postponed, tried at once and ended."""

from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from chalicelib.chain.domain.causes import Cause
from chalicelib.chain.models import ChainRow
from chalicelib.chain.models.jobs import MINT, WAITING, JobRow
from chalicelib.chain.repository.due import due_text, job_shard
from chalicelib.chain.repository.jobs import find_jobs
from chalicelib.core.clock import now
from chalicelib.core.outside import outside_text
from chalicelib.core.pagination import Page
from chalicelib.core.tables import as_read, assign, update_if
from chalicelib.core.transactions import Transaction

_NEAR_THE_HEAD = 400


class Due(NamedTuple):
    """Where a waiting job stands in the order in which jobs are tried: when it is due, and its key."""

    due_at: str
    pk: str
    sk: str


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

    If `is_blameless`, the job's 24 hours begin anew.
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


def waiting_jobs(chain: str, contract: str, *, limit: int, after: Due | None) -> Page[JobRow]:
    """A contract's waiting jobs, 100 at most, those first that are tried first, from behind a place in that order."""
    of_contract = (ChainRow.chain == chain) & (ChainRow.contract == contract)
    shard = job_shard(chain, contract)
    begin = None
    if after is not None:
        begin = {name: {"S": value} for name, value in {"due_shard": shard, **after._asdict()}.items()}
    found = ChainRow.due.query(shard, filter_condition=of_contract, last_evaluated_key=begin)
    keys = [(row.pk, row.sk) for row in islice(found, limit + 1)]
    return Page([job for job in find_jobs(keys[:limit]) if job.state == WAITING], has_more=len(keys) > limit)


def add_retry(transaction: Transaction, job: JobRow) -> None:
    """Adds that a waiting job is tried now, as if for the first time; the commit may raise `JobTaken`."""
    changes = {"due_at": due_text(now()), "failures": 0, "trying_since": now()}
    unchanged = as_read(job, "state", "transaction_sk", "trying_since")
    transaction.update(
        JobRow(job.pk, job.sk), assign(JobRow(job.pk, job.sk), changes), condition=unchanged, otherwise=JobTaken()
    )
