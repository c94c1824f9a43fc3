"""Ends jobs: the surface is told of the outcome in the transaction that deletes the job."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from chalicelib.chain import contract
from chalicelib.chain.domain.causes import Cause, FailureCode
from chalicelib.chain.domain.changes import change_of
from chalicelib.chain.domain.places import Place
from chalicelib.chain.models.jobs import CHANGE, MINT, SENT, JobRow
from chalicelib.chain.repository import events as event_rows
from chalicelib.chain.repository import jobs as job_rows
from chalicelib.chain.repository import working
from chalicelib.chain.rpc_answers import Receipt
from chalicelib.chain.rpc_errors import NodeBusy
from chalicelib.chain.service.nodes import Node
from chalicelib.chain.service.outbox import AlreadyQueued, TokenReference, enqueue_update
from chalicelib.chain.service.owners import Changed, Failure, Minted, TokenOwner, Updated
from chalicelib.core.clock import now
from chalicelib.core.logging import logger
from chalicelib.core.outside import outside_text
from chalicelib.core.retrying import retried
from chalicelib.core.transactions import Transaction

T = TypeVar("T")
_log = logger("chain")


def reference_of(job: JobRow) -> TokenReference:
    """The token of a job."""
    return TokenReference(job.origin, job.contract_id, job.token_id, job.chain or "", job.contract or "")


@retried("the NFT")
def end_mint(node: Node, job: JobRow, owner: TokenOwner, *, transaction_hash: str, cost: int | None = None) -> None:
    """Ends a mint that brought the token, at this cost in wei, if known; does nothing where it has ended."""
    url = node.transaction_url(transaction_hash)
    outcome = Minted(
        job.recipient or "", job.uri or "", transaction_hash, url, now(), attempt=int(job.number), cost=cost
    )
    _end(job, owner.minted, outcome)


def end_update(
    node: Node, job: JobRow, owner: TokenOwner, *, transaction_hash: str, uri: str, cost: int | None
) -> None:
    """Ends a URI update on behalf of one scan, at this cost in wei, if known; does nothing where it has ended."""
    url = node.transaction_url(transaction_hash)
    _end(job, owner.updated, Updated(int(job.number), uri, transaction_hash, url, now(), cost=cost))


@retried("the collection")
def end_change(node: Node, job: JobRow, owner: TokenOwner, *, receipt: Receipt, cost: int | None) -> None:
    """Ends a change of a contract, at this cost in wei, if known; does nothing where it has ended."""
    transaction_hash = receipt.transaction_hash
    place = Place(event_rows.generation_of(node.name), receipt.block_number).text
    url = node.transaction_url(transaction_hash)
    outcome = Changed(int(job.number), change_of(job.change), place, transaction_hash, url, now(), cost=cost)
    _end(job, owner.changed, outcome)


def settle_existing(node: Node, job: JobRow, owner: TokenOwner, *, is_passed_over: bool = False) -> bool:
    """Ends the mint of a token that the chain shows already; False where the token does not exist.

    Where the contract passed over the token although it does not exist, it was minted and burned.

    It is adopted only where it was minted to the job's recipient and has the job's URI: then it is what the partner was
    promised, whoever sent the transaction. Anything else is somebody else's token, and the mint has failed. The
    transfer from nobody decides, not the owner: the holder may have passed the token on. Raises `NodeBusy` until that
    transfer is final.
    """
    address, token_id = job.contract or "", int(job.token_id)
    is_gone = contract.owner_of(node.rpc, address, token_id) is None
    if is_gone and not is_passed_over:
        return False
    try:
        mint = contract.find_mint(node.rpc, address, token_id)
    except contract.TooManyBlocks:
        if is_gone:
            return False
        raise
    if mint is None and is_gone:
        return False
    if mint is None:
        raise NodeBusy("the node shows the token and not its mint")
    if mint.block_number > node.final_block(node.rpc.block_number()):
        raise NodeBusy("the token's mint is not final yet")
    uri = job.uri if is_gone else contract.token_uri(node.rpc, address, token_id)
    if mint.to.lower() == (job.recipient or "").lower() and uri == job.uri:
        end_mint(node, job, owner, transaction_hash=mint.transaction_hash)
    else:
        fail([job], owner, Cause.TOKEN_TAKEN, _taken(token_id, mint, uri))
    return True


def _taken(token_id: int, mint: contract.Mint, uri: str | None) -> str:
    return outside_text(
        f"The token {token_id} was minted by somebody else: to {mint.to}, with the URI {uri}, by the transaction "
        f"{mint.transaction_hash}."
    )


def fail(jobs: Sequence[JobRow], owner: TokenOwner, code: FailureCode, reason: str) -> None:
    """Ends jobs that can never succeed; the partner is told the code and the reason."""
    for job in jobs:
        transaction = Transaction()
        add_failure(transaction, job, owner, code, reason)
        _log.warning("chain job failed", extra={"job": f"{job.pk}/{job.sk}", "code": code, "why": reason})
        _commit(transaction, job)


def add_failure(transaction: Transaction, job: JobRow, owner: TokenOwner, code: FailureCode, reason: str) -> None:
    """Adds the end of a job that can never succeed; the commit may raise `JobTaken`."""
    working.add_job_end(transaction, job)
    failure = Failure(int(job.number), code, outside_text(reason), now())  # with our words around it, too
    tell = {MINT: owner.mint_failed, CHANGE: owner.change_failed}.get(job.kind or "", owner.update_failed)
    tell(transaction, reference_of(job), failure)


def move_updates(jobs: Sequence[JobRow], token: TokenReference) -> None:
    """Moves waiting URI updates to the id that the token has taken since, each in a transaction of its own."""
    for job in jobs:
        transaction = Transaction()
        working.add_job_end(transaction, job)
        enqueue_update(transaction, token, scan_number=int(job.number))
        try:
            transaction.commit()
        except (working.JobTaken, AlreadyQueued):
            continue  # another worker moved it


def _end(job: JobRow, tell: Callable[[Transaction, TokenReference, T], None], outcome: T) -> None:
    """Deletes the job and has the surface told of its outcome, in one transaction."""
    transaction = Transaction()
    working.add_job_end(transaction, job)
    tell(transaction, reference_of(job), outcome)
    _commit(transaction, job)


def _commit(transaction: Transaction, job: JobRow) -> None:
    """Ends the job, unless another worker has done so or has put it back to work.

    Raises `JobChanged` where it is neither: then the transaction that carries it must not be at rest yet.
    """
    try:
        transaction.commit()
    except working.JobTaken as taken:
        for present in job_rows.find_jobs([(job.pk, job.sk)]):
            if present.state == SENT and present.transaction_sk == job.transaction_sk:
                raise working.JobChanged(job.sk) from taken
