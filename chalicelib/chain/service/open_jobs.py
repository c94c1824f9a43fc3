"""Jobs in an operator's hands: which are open and why, one tried at once, one ended.

Only a job that was never sent can be ended by hand. What was sent may be on the chain, or come there yet: how it ends
is the chain's word.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from chalicelib.chain.domain.amounts import COIN, GWEI, decimal, shares
from chalicelib.chain.domain.causes import SENTENCES, Cause
from chalicelib.chain.models.jobs import MINT, SENT, UPDATE, JobRow
from chalicelib.chain.models.submissions import SubmissionRow
from chalicelib.chain.queues import JOBS
from chalicelib.chain.repository import jobs as job_rows
from chalicelib.chain.repository import queued
from chalicelib.chain.repository import submissions as submission_rows
from chalicelib.chain.repository.working import JobTaken
from chalicelib.chain.rpc_errors import RpcError
from chalicelib.chain.service.costs import cost_of
from chalicelib.chain.service.nodes import ChainUnknown, Node, node_of
from chalicelib.chain.service.outbox import mint_sk, token_message, update_sk
from chalicelib.chain.service.outcomes import add_failure
from chalicelib.chain.service.owners import TokenOwner
from chalicelib.chain.service.submissions import is_low
from chalicelib.chain.signing import read_transaction
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.pagination import Page
from chalicelib.core.retrying import until_unchanged
from chalicelib.core.transactions import Transaction

_ID: Final = re.compile(rf"([0-9]{{1,78}})-({MINT}|{UPDATE})-([0-9]{{1,10}})", re.ASCII)
_ON_ITS_WAY: Final = "It is sent and waits for a block."
_COMES_NEXT: Final = "It is sent with the next transaction."

Audit = Callable[[Transaction, "OpenJob"], None]


class OpenJob(NamedTuple):
    """An open job. The fields from `transaction_hash` on are of the transaction that carries it, None without one."""

    id: str
    contract_id: str
    token_id: str
    kind: str
    state: str
    recipient: str | None
    uri: str | None
    waits_for: Cause | None
    why: str
    error: str | None
    failures: int
    created_at: datetime
    transaction_hash: str | None = None
    transaction_url: str | None = None
    nonce: int | None = None
    max_fee_gwei: str | None = None
    tip_gwei: str | None = None
    gas: int | None = None
    bids: int | None = None
    most_cost: str | None = None
    most_share: str | None = None
    most_share_value: str | None = None
    currency: str | None = None


class Purse(NamedTuple):
    """The account that pays for a chain's transactions. `coins` is None where the node does not tell; see `error`."""

    address: str | None
    coins: str | None
    is_low: bool
    error: str | None = None


def purse_of(chain: str) -> Purse:
    """What the chain's signer has left."""
    try:
        node = node_of(chain)
    except ChainUnknown as error:
        return Purse(None, None, is_low=False, error=str(error))
    try:
        balance = node.rpc.balance(node.signer.address)
    except RpcError as error:
        return Purse(node.signer.address, None, is_low=False, error=str(error))
    return Purse(node.signer.address, decimal(balance, COIN), is_low=is_low(node, balance))


def list_open(chain: str, contract: str, *, limit: int) -> Page[OpenJob]:
    """A contract's open jobs: those on their way by nonce, then those that wait, the next to be tried first."""
    try:
        node = node_of(chain)
    except ChainUnknown:
        sent = []
    else:
        sent = _sent(node, contract)
    room = limit - len(sent)
    if room < 0:
        return Page(sent[:limit], has_more=True)
    waiting = queued.waiting_jobs(chain, contract, limit=room)
    return Page([*sent, *(_shown(job) for job in waiting.items)], has_more=waiting.has_more)


def retry(origin: str, contract_id: str, job_id: str, *, audit: Audit) -> OpenJob:
    """Has a waiting job tried at once; its 24 hours begin anew. Raises `NotFound`, `Conflict`."""

    def once() -> OpenJob:
        job = _found(origin, contract_id, job_id)
        if job.state == SENT:
            raise Conflict(f"The job {job_id} is on its way. It needs no other try.")
        transaction, shown = Transaction(), _shown(job)
        queued.add_retry(transaction, job)
        audit(transaction, shown)
        transaction.enqueue(JOBS, token_message(job.pk, job.chain or ""))
        transaction.commit()
        return shown._replace(failures=0)

    return until_unchanged("the job", once, moved=JobTaken)


def cancel(origin: str, contract_id: str, job_id: str, owner: TokenOwner, *, audit: Audit) -> OpenJob:
    """Ends a job that was never sent, as a failure that the partner is told of. Raises `NotFound`, `Conflict`."""

    def once() -> OpenJob:
        job = _found(origin, contract_id, job_id)
        if job.state == SENT or job.transaction_sk is not None:
            raise Conflict(f"The job {job_id} was sent to the chain, which alone decides how it ends.")
        transaction, shown = Transaction(), _shown(job)
        add_failure(transaction, job, owner, Cause.CANCELLED, "The operator has cancelled it.")
        audit(transaction, shown)
        transaction.commit()
        return shown

    return until_unchanged("the job", once, moved=JobTaken)


def _sent(node: Node, contract: str) -> list[OpenJob]:
    found: list[OpenJob] = []
    for row in queued.pending_submissions(submission_rows.signer_pk(node.name, node.signer.address)):
        jobs = [job for job in job_rows.find_jobs(row.jobs) if job.contract == contract]
        if jobs:
            found += _carried(jobs, node, row)
    return found


def _found(origin: str, contract_id: str, job_id: str) -> JobRow:
    match = _ID.fullmatch(job_id)
    if match is not None:
        token_id, kind, number = match[1], match[2], int(match[3])
        sk = mint_sk(number) if kind == MINT else update_sk(number)
        for job in job_rows.find_jobs([(job_rows.job_pk(origin, contract_id, token_id), sk)]):
            return job
    raise NotFound(f"There is no open job {job_id}.")


def _shown(job: JobRow) -> OpenJob:
    cause = Cause(job.waits_for) if job.waits_for else None
    return OpenJob(
        id=f"{job.token_id}-{job.kind}-{int(job.number)}",
        contract_id=job.contract_id,
        token_id=job.token_id,
        kind=job.kind or "",
        state=job.state,
        recipient=job.recipient,
        uri=job.uri,
        waits_for=cause,
        why=_COMES_NEXT if cause is None else SENTENCES.get(cause, cause),
        error=job.error,
        failures=int(job.failures),
        created_at=job.created_at,
    )


def _carried(jobs: Sequence[JobRow], node: Node, row: SubmissionRow) -> list[OpenJob]:
    cause, sent = submission_rows.progress_of(row).waits_for, read_transaction(row.raw)
    most = sent.gas * sent.max_fee_per_gas
    costs = {key: cost_of(node.name, wei) for key, wei in shares(most, [(pk, sk) for pk, sk in row.jobs]).items()}
    return [
        _shown(job)._replace(
            waits_for=cause,
            why=_ON_ITS_WAY if cause is None else SENTENCES.get(cause, cause),
            transaction_hash=row.hash,
            transaction_url=node.transaction_url(row.hash),
            nonce=int(row.nonce),
            max_fee_gwei=decimal(sent.max_fee_per_gas, GWEI),
            tip_gwei=decimal(sent.max_priority_fee_per_gas, GWEI),
            gas=sent.gas,
            bids=1 + len(row.replaced or ()),
            most_cost=decimal(most, COIN),
            most_share=costs[job.pk, job.sk].coins,
            most_share_value=costs[job.pk, job.sk].value,
            currency=costs[job.pk, job.sk].currency,
        )
        for job in jobs
    ]
