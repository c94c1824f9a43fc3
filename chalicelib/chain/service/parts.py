"""What a transaction does, token by token, and the call that does it; halves one that does too much for a node."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from chalicelib.chain import contract
from chalicelib.chain.contract_v2 import change_call
from chalicelib.chain.domain.budgets import NOTHING
from chalicelib.chain.domain.changes import change_of
from chalicelib.chain.models.jobs import CHANGE, MINT, UPDATE, JobRow
from chalicelib.chain.models.submissions import SubmissionRow
from chalicelib.chain.repository import submissions as submission_rows
from chalicelib.chain.service import budgets, submissions
from chalicelib.chain.service.nodes import Node
from chalicelib.chain.signing import read_transaction
from chalicelib.core.logging import logger
from chalicelib.core.retrying import until_unchanged

_log = logger("chain")
MOST_MINTS = 50
MOST_JOBS = 90  # one transaction of 100 writes holds the signer, the bytes and these jobs


class Part(NamedTuple):
    """What a transaction does for one token: its mint, one URI for all its waiting updates, or a change."""

    jobs: Sequence[JobRow]
    uri: str

    @property
    def job(self) -> JobRow:
        """The first of its jobs."""
        return self.jobs[0]

    @property
    def is_mint(self) -> bool:
        """Whether it mints the token."""
        return self.job.kind == MINT

    @property
    def is_alone(self) -> bool:
        """Whether its transaction carries nothing else; a change is a call of its own."""
        return bool(self.job.alone) or self.job.kind == CHANGE


def jobs_of(parts: Sequence[Part]) -> list[JobRow]:
    """All jobs of the parts."""
    return [job for part in parts for job in part.jobs]


def uris_of(parts: Sequence[Part]) -> dict[str, str]:
    """The URI that the parts' updates set, by token id; that of a mint or a change is the job's own."""
    return {part.job.token_id: part.uri for part in parts if part.job.kind == UPDATE}


def parts_of(row: SubmissionRow, jobs: Sequence[JobRow]) -> list[Part]:
    """The parts of a transaction that carries these jobs."""
    tokens: dict[str, list[JobRow]] = {}
    for job in jobs:
        tokens.setdefault(job.pk, []).append(job)
    uris = row.uris or {}
    return [Part(found, uris.get(found[0].token_id) or found[0].uri or "") for found in tokens.values()]


def call_data(parts: Sequence[Part]) -> bytes:
    """The call that does all parts, which are all mints or all updates, or the one change."""
    if parts[0].job.kind == CHANGE:
        return change_call(change_of(parts[0].job.change))
    if parts[0].is_mint:
        mints = [(part.job.recipient or "", int(part.job.token_id), part.uri) for part in parts]
        return contract.mint_call(*mints[0]) if len(mints) == 1 else contract.mint_batch_call(mints)
    updates = [(int(part.job.token_id), part.uri) for part in parts]
    return contract.set_token_uri_call(*updates[0]) if len(updates) == 1 else contract.set_token_uri_batch_call(updates)


def loads(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """The parts by transaction: as many as go into one, and those alone that must be."""
    load: list[Part] = []
    for part in parts:
        if part.is_alone:
            yield [part]
            continue
        if load and (len(load) == MOST_MINTS or sum(len(each.jobs) for each in [*load, part]) > MOST_JOBS):
            yield load
            load = []
        load.append(part)
    if load:
        yield load


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
