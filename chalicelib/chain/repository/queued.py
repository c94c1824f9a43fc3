"""Open jobs of one contract, as an operator looks for them, and what he does to one."""

from itertools import islice
from typing import NamedTuple

from chalicelib.chain.models.jobs import WAITING, JobRow
from chalicelib.chain.models.submissions import PENDING, SubmissionRow
from chalicelib.chain.models.table import ChainRow
from chalicelib.chain.repository.due import due_text, job_shard
from chalicelib.chain.repository.jobs import find_jobs
from chalicelib.chain.repository.looks import find_look
from chalicelib.chain.repository.submissions import find_signer, submissions_between
from chalicelib.chain.repository.working import JobTaken
from chalicelib.core.clock import now
from chalicelib.core.pagination import Page
from chalicelib.core.tables import as_read, assign
from chalicelib.core.transactions import Transaction

_MOST_TRANSACTIONS = 32  # of a signer, more than are ever on their way


class Due(NamedTuple):
    """Where a waiting job stands in the order in which jobs are tried: when it is due, and its key."""

    due_at: str
    pk: str
    sk: str


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


def pending_submissions(signer: str) -> list[SubmissionRow]:
    """A signer's transactions that may not be final, by nonce."""
    row, look = find_signer(signer), find_look(signer)
    if row is None:
        return []
    end = int(row.next_nonce)
    first = max(int(look.nonce) if look is not None else 0, end - _MOST_TRANSACTIONS)
    found = submissions_between(signer, first, end, limit=_MOST_TRANSACTIONS)
    return [each for each in found if each.state == PENDING]


def add_retry(transaction: Transaction, job: JobRow) -> None:
    """Adds that a waiting job is tried now, as if for the first time; the commit may raise `JobTaken`."""
    changes = {"due_at": due_text(now()), "failures": 0, "trying_since": now()}
    unchanged = as_read(job, "state", "transaction_sk", "trying_since")
    transaction.update(
        JobRow(job.pk, job.sk), assign(JobRow(job.pk, job.sk), changes), condition=unchanged, otherwise=JobTaken()
    )
