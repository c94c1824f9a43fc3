"""Carrying fewer tokens under the same nonce, where a node takes no transaction that does as much."""

from functools import partial

from chalicelib.chain.domain.budgets import NOTHING
from chalicelib.chain.models.jobs import JobRow
from chalicelib.chain.models.submissions import SubmissionRow
from chalicelib.chain.repository import submissions as submission_rows
from chalicelib.chain.service import budgets, submissions
from chalicelib.chain.service.nodes import Node
from chalicelib.chain.service.parts import call_data, jobs_of, parts_of, uris_of
from chalicelib.chain.signing import read_transaction
from chalicelib.core.logging import logger
from chalicelib.core.retrying import until_unchanged

_log = logger("chain")


def halve(node: Node, row: SubmissionRow, jobs: list[JobRow]) -> list[JobRow]:
    """Signs half of the transaction's tokens under its nonce, at its fees; gives the others' jobs, which wait again.

    Should the whole be mined after all, by a node that took it, the others are found on the chain before they are sent
    again. Gives nothing where only one token is left. Raises `RpcError` or `SubmissionMoved`.
    """
    parts = parts_of(row, jobs)
    kept, left = parts[: len(parts) // 2], parts[len(parts) // 2 :]
    if not kept:
        return []
    before, data = read_transaction(row.raw), call_data(kept)
    gas = node.rpc.estimate_gas(sender=node.signer.address, to=before.to, data=data)
    signed = node.signer.sign(before._replace(gas=submissions.with_margin(gas), data=data))
    fewer = NOTHING.minus(budgets.tokens_of(jobs_of(left)))  # either may be mined yet, so the coins stay held
    split = partial(
        submission_rows.replace_submission,
        row,
        raw=signed.raw,
        hash=signed.hash,
        due=submissions.next_look(),
        uris=uris_of(kept),
        kept=jobs_of(kept),
        left=jobs_of(left),
    )
    until_unchanged(budgets.WHAT, partial(split, more=fewer, also=budgets.holding(fewer)))
    extra = {"hash": signed.hash, "tokens": len(kept), "left": len(left)}
    _log.warning("transaction halved", extra=extra)
    return jobs_of(left)
