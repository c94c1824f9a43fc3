"""Budgets as the worker keeps them: held when a transaction is signed, settled when it is at rest.

Each change is in the transaction that changes the submission, and conditions on the budget as it was read. So two
workers hold no more than there is, and whatever dies, what is held is the sum over the transactions that are on their
way. Callers add to a transaction that is tried again after `RowChanged`.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final

from chalicelib.chain.domain.budgets import NOTHING, Account, Amounts, Reserved
from chalicelib.chain.domain.causes import Cause
from chalicelib.chain.models.jobs import MINT, JobRow
from chalicelib.chain.models.submissions import SubmissionRow
from chalicelib.chain.repository import budgets as budget_rows
from chalicelib.chain.repository import working
from chalicelib.chain.repository.due import is_due
from chalicelib.chain.repository.submissions import Adder, reserved_by
from chalicelib.chain.service.owners import NearlySpent, TokenOwner
from chalicelib.core.clock import now
from chalicelib.core.logging import logger
from chalicelib.core.settings import settings
from chalicelib.core.transactions import Transaction

_log = logger("chain")
WHAT: Final = "the partner's budget"
_PAUSE_SECONDS: Final = 300.0
_DAY: Final = timedelta(days=1)
_SOON: Final = timedelta(minutes=2)


class BudgetSpent(Exception):
    """The day's budget leaves room for `room` of the tokens, which are fewer than all."""

    def __init__(self, room: int) -> None:
        super().__init__(f"there is room for {room}")
        self.room = room


def tokens_of(jobs: Sequence[JobRow]) -> Amounts:
    """How many tokens the jobs mint or update."""
    mints = len({job.pk for job in jobs if job.kind == MINT})
    return Amounts(mints, len({job.pk for job in jobs}) - mints)


def hold(transaction: Transaction, chain: str, jobs: Sequence[JobRow], wei: int) -> Reserved | None:
    """Adds to the write of a signed transaction for these jobs that it holds so much of the partner's budget, at most.

    None where the partner has no budget any more. Raises `BudgetSpent`.
    """
    row = budget_rows.find_budget(jobs[0].origin, chain)
    if row is None:
        return None
    account, asked = budget_rows.account_of(row), tokens_of(jobs)._replace(wei=wei)
    tokens = asked.mints + asked.updates
    room = account.room(tokens, asked)
    if room < tokens:
        raise BudgetSpent(room)
    budget_rows.add_account(transaction, row, account.holding(asked))
    return Reserved(row.origin, account.period, *asked)


def dearer(row: SubmissionRow, wei: int) -> Amounts:
    """How much more a transaction holds once it is replaced by one that costs this at most: either may be mined."""
    reserved = reserved_by(row)
    return Amounts(wei=max(wei - reserved.wei, 0)) if reserved is not None else NOTHING


def holding(more: Amounts) -> Adder:
    """Makes a transaction hold more, whatever the limits, or less by negative amounts."""

    def add(transaction: Transaction, row: SubmissionRow) -> None:
        _add_change(transaction, row, lambda account, _: account.holding(more))

    return add


def settlement(spent: Amounts, owner: TokenOwner) -> Adder:
    """Counts what a final transaction has spent, and ends what it held."""

    def add(transaction: Transaction, row: SubmissionRow) -> None:
        _add_change(transaction, row, lambda account, reserved: account.settling(reserved.amounts, spent), owner)

    return add


def _add_change(
    transaction: Transaction,
    row: SubmissionRow,
    change: Callable[[Account, Reserved], Account],
    owner: TokenOwner | None = None,
) -> None:
    """Adds the change of the budget of which the transaction holds a part; nothing once its day is over."""
    reserved = reserved_by(row)
    budget = None if reserved is None else budget_rows.find_budget(reserved.origin, row.chain or "")
    if reserved is None or budget is None:
        return
    account = budget_rows.account_of(budget)
    if account.period != reserved.period:
        return
    account, told = change(account, reserved), None
    if owner is not None and account.is_nearly_spent and budget.told != account.period:
        told = account.period
        owner.budget_nearly_spent(transaction, reserved.origin, NearlySpent(row.chain or "", account, now()))
        _log.warning("a gas budget is nearly spent", extra={"partner": reserved.origin, "chain": row.chain})
    budget_rows.add_account(transaction, budget, account, told=told)


def next_try() -> datetime:
    """When a job that waits for its partner's budget is tried again: in some minutes, and with the next day."""
    moment = now()
    tomorrow = datetime.combine(moment.date() + _DAY, time(tzinfo=UTC))
    return min(moment + settings().span(_PAUSE_SECONDS), tomorrow)


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
