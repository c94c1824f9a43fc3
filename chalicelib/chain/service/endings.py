"""The jobs of a final transaction, ended as the chain has it, each with its share of what the transaction cost."""

from collections.abc import Sequence
from typing import cast

from chalicelib.chain import contract
from chalicelib.chain.domain.amounts import shares
from chalicelib.chain.domain.budgets import NOTHING
from chalicelib.chain.domain.causes import Cause, FailureCode
from chalicelib.chain.models.jobs import CHANGE, MINT, UPDATE, JobRow
from chalicelib.chain.models.submissions import SubmissionRow
from chalicelib.chain.repository import submissions as submission_rows
from chalicelib.chain.repository.submissions import Adder
from chalicelib.chain.rpc_answers import Receipt
from chalicelib.chain.service import budgets
from chalicelib.chain.service.nodes import Node
from chalicelib.chain.service.outcomes import end_change, end_mint, end_update, fail, settle_existing
from chalicelib.chain.service.owners import TokenOwner
from chalicelib.chain.service.watching import Fate, Sight


def end_jobs(
    node: Node, row: SubmissionRow, jobs: Sequence[JobRow], owner: TokenOwner, fate: Fate, receipt: Receipt
) -> None:
    """Ends those of the transaction's jobs that are left. Raises `RpcError`."""
    if fate is Fate.GIVEN_UP:
        code = cast(FailureCode, row.cause or Cause.NOT_MINED)
        fail(jobs, owner, code, row.reason or "The transaction was given up.")
        return
    if fate is Fate.REVERTED:
        hopeless = [job for job in jobs if not (job.kind == MINT and settle_existing(node, job, owner))]
        fail(hopeless, owner, Cause.REVERTED, f"The transaction {receipt.transaction_hash} was reverted.")
        return
    costs = costs_of(row, receipt)
    minted = contract.minted_ids(receipt, jobs[0].contract or "") if jobs else set()
    for job in jobs:
        cost = costs.get((job.pk, job.sk))
        if job.kind == CHANGE:
            end_change(node, job, owner, receipt=receipt, cost=cost)
        elif job.kind == UPDATE:
            uri = (row.uris or {})[job.token_id]
            end_update(node, job, owner, transaction_hash=receipt.transaction_hash, uri=uri, cost=cost)
        elif int(job.token_id) in minted:
            end_mint(node, job, owner, transaction_hash=receipt.transaction_hash, cost=cost)
        elif not settle_existing(node, job, owner, is_passed_over=True):  # as a batch does with tokens that exist
            fail([job], owner, Cause.NOT_MINTED, f"The transaction {receipt.transaction_hash} did not mint the token.")


def costs_of(row: SubmissionRow, receipt: Receipt) -> dict[tuple[str, str], int]:
    """What each job of the transaction cost in wei, by the job's key; nothing where the node does not tell.

    The shares are of all jobs that it carries, so that they are the same whoever ends the jobs, and in how many tries.
    """
    return {} if receipt.cost is None else shares(receipt.cost, [(pk, sk) for pk, sk in row.jobs])


def settled(row: SubmissionRow, owner: TokenOwner, sight: Sight) -> Adder:
    """Settles a final transaction's part of a budget: its coins in any case, its tokens where it succeeded."""
    reserved = submission_rows.reserved_by(row)
    if reserved is None:
        return submission_rows.add_nothing
    cost = 0 if sight.receipt is None else sight.receipt.cost
    done = reserved.amounts if sight.fate is Fate.SUCCEEDED else NOTHING
    return budgets.settlement(done._replace(wei=reserved.wei if cost is None else cost), owner)
