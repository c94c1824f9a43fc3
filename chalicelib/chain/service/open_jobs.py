"""Open jobs for the operator: lists them with why each waits, tries one at once, and ends one.

Only a job that was never sent can be ended by hand. What was sent may be mined, now or later, so the chain decides.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from chalicelib.chain.domain.amounts import COIN, GWEI, decimal, shares
from chalicelib.chain.domain.causes import SENTENCES, Cause
from chalicelib.chain.domain.changes import COLLECTION
from chalicelib.chain.models.jobs import CHANGE, MINT, SENT, UPDATE, JobRow
from chalicelib.chain.models.submissions import SubmissionRow
from chalicelib.chain.queues import JOBS
from chalicelib.chain.repository import jobs as job_rows
from chalicelib.chain.repository import submissions as submission_rows
from chalicelib.chain.repository import working
from chalicelib.chain.repository.working import JobTaken
from chalicelib.chain.rpc_errors import RpcError
from chalicelib.chain.schemas import JobRead
from chalicelib.chain.service.changing import change_sk
from chalicelib.chain.service.costs import cost_of
from chalicelib.chain.service.nodes import ChainUnknown, Node, node_of
from chalicelib.chain.service.outbox import mint_sk, token_message, update_sk
from chalicelib.chain.service.outcomes import add_failure
from chalicelib.chain.service.owners import TokenOwner
from chalicelib.chain.service.submissions import is_low
from chalicelib.chain.signing import read_transaction
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.pagination import Page, decode_position, encode_position
from chalicelib.core.retrying import retried
from chalicelib.core.transactions import Transaction

_ANY_ID: Final = rf"(?:[0-9]{{1,78}}|{COLLECTION})-(?:{MINT}|{UPDATE}|{CHANGE})-[0-9]{{1,10}}"
_ID: Final = re.compile(_ANY_ID, re.ASCII)
# Where a job stands in the list: its transaction's nonce and its place therein, or when it is due, and its id.
_SENT, _WAITS = "sent ", "waits "
_PLACE: Final = rf"{_SENT}[0-9]{{12}} [0-9]{{2}}|{_WAITS}[0-9]{{17}} {_ANY_ID}"
_ON_ITS_WAY: Final = "It is sent and waits for a block."
_COMES_NEXT: Final = "It is sent with the next transaction."

Audit = Callable[[Transaction, JobRead], None]


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


def list_open(
    origin: str, contract_id: str, *, chain: str, contract: str, limit: int, after: str | None
) -> Page[JobRead]:
    """A contract's open jobs: those on their way by nonce, then those that wait, the next to be tried first.

    `after` is the cursor of a job. It says where the job stood when it was listed, so that one which ended or moved on
    since hides no other. Raises `BadRequest`.
    """
    place = None if after is None else decode_position(after, pattern=_PLACE)
    due = None
    if place is not None and place.startswith(_WAITS):
        due_at, job_id = place.removeprefix(_WAITS).split(" ")
        due = working.Due(due_at, *_key_of(origin, contract_id, job_id))
    sent = [] if due is not None else _sent(chain, contract, after=place or "")
    room = limit - len(sent)
    if room < 0:
        return Page(sent[:limit], has_more=True)
    waiting = working.waiting_jobs(chain, contract, limit=room, after=due)
    return Page([*sent, *(_shown(job) for job in waiting.items)], has_more=waiting.has_more)


@retried("the job", moved=JobTaken)
def retry(origin: str, contract_id: str, job_id: str, *, audit: Audit) -> JobRead:
    """Has a waiting job tried at once; its 24 hours begin anew. Raises `NotFound`, `Conflict`."""
    job = _found(origin, contract_id, job_id)
    if job.state == SENT:
        raise Conflict(f"The job {job_id} is on its way. It needs no other try.")
    transaction, shown = Transaction(), _shown(job)
    working.add_retry(transaction, job)
    audit(transaction, shown)
    transaction.enqueue(JOBS, token_message(job.pk, job.chain or ""))
    transaction.commit()
    return shown.model_copy(update={"failures": 0})


@retried("the job", moved=JobTaken)
def cancel(origin: str, contract_id: str, job_id: str, owner: TokenOwner, *, audit: Audit) -> JobRead:
    """Ends a job that was never sent, as a failure that the partner is told of. Raises `NotFound`, `Conflict`."""
    job = _found(origin, contract_id, job_id)
    if job.state == SENT or job.transaction_sk is not None:
        raise Conflict(f"The job {job_id} was sent to the chain, which alone decides how it ends.")
    transaction, shown = Transaction(), _shown(job)
    add_failure(transaction, job, owner, Cause.CANCELLED, "The operator has cancelled it.")
    audit(transaction, shown)
    transaction.commit()
    return shown


def _sent(chain: str, contract: str, *, after: str) -> list[JobRead]:
    """The contract's jobs that transactions carry, from behind a place in the list."""
    try:
        node = node_of(chain)
    except ChainUnknown:
        return []
    found: list[JobRead] = []
    for row in submission_rows.pending_submissions(submission_rows.signer_pk(node.name, node.signer.address)):
        jobs = [job for job in job_rows.find_jobs(row.jobs) if job.contract == contract]
        if jobs:
            found += _carried(jobs, node, row, after=after)
    return found


def _found(origin: str, contract_id: str, job_id: str) -> JobRow:
    if _ID.fullmatch(job_id) is not None:
        for job in job_rows.find_jobs([_key_of(origin, contract_id, job_id)]):
            return job
    raise NotFound(f"There is no open job {job_id}.")


def _key_of(origin: str, contract_id: str, job_id: str) -> tuple[str, str]:
    """The key of the row of the job with this id."""
    token_id, kind, number = job_id.split("-")
    sk_of = {MINT: mint_sk, UPDATE: update_sk, CHANGE: change_sk}[kind]
    return job_rows.job_pk(origin, contract_id, token_id), sk_of(int(number))


def _shown(job: JobRow, *, place: str | None = None, **carried: Any) -> JobRead:
    """The job, with the fields that the transaction which carries it has of its own."""
    cause = Cause(job.waits_for) if job.waits_for else None
    job_id = f"{job.token_id}-{job.kind}-{int(job.number)}"
    fields = {
        "id": job_id,
        "cursor": encode_position(place or f"{_WAITS}{job.due_at} {job_id}"),
        "contract_id": job.contract_id,
        "token_id": None if job.token_id == COLLECTION else job.token_id,
        "kind": job.kind,
        "change": job.change["kind"] if job.change else None,
        "state": job.state,
        "recipient": job.recipient,
        "uri": job.uri,
        "waits_for": cause,
        "why": _COMES_NEXT if cause is None else SENTENCES.get(cause, cause),
        "error": job.error,
        "failures": int(job.failures),
        "created_at": job.created_at,
    }
    return JobRead.with_nulls(**{**fields, **carried})


def _carried(jobs: Sequence[JobRow], node: Node, row: SubmissionRow, *, after: str) -> list[JobRead]:
    cause, sent = submission_rows.progress_of(row).waits_for, read_transaction(row.raw)
    most = sent.gas * sent.max_fee_per_gas
    costs = {key: cost_of(node.name, wei) for key, wei in shares(most, [(pk, sk) for pk, sk in row.jobs]).items()}
    places = {(pk, sk): f"{_SENT}{int(row.nonce):012d} {number:02d}" for number, (pk, sk) in enumerate(row.jobs)}
    return [
        _shown(
            job,
            place=places[job.pk, job.sk],
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
        if places[job.pk, job.sk] > after
    ]
