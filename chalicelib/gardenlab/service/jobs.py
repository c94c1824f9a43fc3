"""A collection's mints and URI updates that are not final, for the operator; what he does leaves an audit entry."""

from functools import partial

from chalicelib.chain.schemas import JobRead
from chalicelib.chain.service import open_jobs
from chalicelib.core.pagination import Page
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab.models import CollectionRow
from chalicelib.gardenlab.service.administration import get_collection
from chalicelib.gardenlab.service.outcomes import GardenlabTokens
from chalicelib.partners.audits import audit


def list_jobs(origin: str, contract_id: str, *, limit: int, after: str | None) -> Page[JobRead]:
    """A collection's open jobs, from behind the one with this cursor. Raises `Unknown`, `BadRequest`."""
    return jobs_of(get_collection(origin, contract_id), limit=limit, after=after)


def jobs_of(row: CollectionRow, *, limit: int, after: str | None = None) -> Page[JobRead]:
    """The open jobs of a collection that was read already. Raises `BadRequest`."""
    return open_jobs.list_open(
        row.origin, row.contract_id, chain=row.chain, contract=row.contract, limit=limit, after=after
    )


def retry_job(origin: str, contract_id: str, job_id: str) -> JobRead:
    """Has a waiting job tried at once. Raises `Unknown`, `NotFound`, `Conflict`."""
    get_collection(origin, contract_id)
    return open_jobs.retry(origin, contract_id, job_id, audit=partial(_audit, origin, "job.retry"))


def cancel_job(origin: str, contract_id: str, job_id: str) -> JobRead:
    """Ends a job that was never sent. Raises `Unknown`, `NotFound`, `Conflict`."""
    get_collection(origin, contract_id)
    told = partial(_audit, origin, "job.cancel")
    return open_jobs.cancel(origin, contract_id, job_id, GardenlabTokens(), audit=told)


def _audit(origin: str, action: str, transaction: Transaction, job: JobRead) -> None:
    before = job.model_dump(mode="json", exclude_none=True)
    audit(transaction, origin, action=action, target=f"{job.contract_id}/{job.id}", before=before, after=None)
