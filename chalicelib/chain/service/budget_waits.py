"""Jobs that wait for their partner's budget. They hold no nonce, so nobody else waits with them."""

from collections.abc import Sequence
from datetime import timedelta

from chalicelib.chain.domain.causes import Cause
from chalicelib.chain.models.jobs import JobRow
from chalicelib.chain.repository import budgets as budget_rows
from chalicelib.chain.repository import working
from chalicelib.chain.repository.due import is_due
from chalicelib.chain.service.budgets import next_try, tokens_of
from chalicelib.core.clock import now

_SOON = timedelta(minutes=2)


def wait_for_budget(jobs: Sequence[JobRow]) -> None:
    """Puts jobs off until there may be a budget again; their 24 hours begin anew then."""
    due = next_try()
    for job in jobs:
        waits_already = job.waits_for == Cause.WAITING_FOR_BUDGET and not is_due(job, by=min(now() + _SOON, due))
        if not waits_already:
            working.postpone_job(job, due=due, cause=Cause.WAITING_FOR_BUDGET, is_blameless=True)


def without_budget_waits(tokens: Sequence[list[JobRow]]) -> list[list[JobRow]]:
    """The tokens of one contract, without those that wait on for a budget which is spent altogether.

    A budget is asked for only where a job waits for one.
    """
    waiting = [jobs for jobs in tokens if jobs[0].waits_for == Cause.WAITING_FOR_BUDGET]
    if not waiting or _has_room(waiting[0]):
        return list(tokens)
    wait_for_budget([job for jobs in waiting for job in jobs])
    return [jobs for jobs in tokens if jobs not in waiting]


def _has_room(jobs: Sequence[JobRow]) -> bool:
    row = budget_rows.find_budget(jobs[0].origin, jobs[0].chain or "")
    return row is None or budget_rows.account_of(row).room(1, tokens_of(jobs)._replace(wei=1)) == 1
