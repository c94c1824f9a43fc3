"""Working a token's jobs: its mint first, then its URI updates, collapsed into one transaction.

JobFailed      without hope: a revert, or retries used up
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from chalicelib.chain import contract, repository, rpc_errors
from chalicelib.chain.metadata import metadata_uri
from chalicelib.chain.models import MINT, SENT, JobRow, SubmissionRow
from chalicelib.chain.queues import JOBS
from chalicelib.chain.rpc import Receipt
from chalicelib.chain.service import submissions
from chalicelib.chain.service.documents import read_document, store_document
from chalicelib.chain.service.nodes import ChainUnknown, Node, node_of
from chalicelib.chain.service.outbox import (
    Failure,
    Minted,
    TokenOwner,
    TokenReference,
    Updated,
    work_message,
)
from chalicelib.chain.service.submissions import Call, Fate
from chalicelib.core.clock import now
from chalicelib.core.logging import logger
from chalicelib.core.queues import send_best_effort
from chalicelib.core.settings import settings
from chalicelib.core.transactions import Transaction

_log = logger("chain")
_PATIENCE = timedelta(hours=24)
_FIRST_PAUSE_SECONDS = 5.0
_LONGEST_PAUSE_SECONDS = 600.0
_UPDATES_AT_ONCE = 90  # one transaction of 100 writes holds the signer, the bytes and these jobs


class JobFailed(Exception):
    """The job has no hope; the message is told to the partner."""


def work_token(pk: str, owner: TokenOwner) -> None:
    """Takes a token's open jobs as far as they go now; what must wait is left to the sweep."""
    jobs = repository.open_jobs(pk)
    mints = [job for job in jobs if job.kind == MINT]
    if mints:
        _work(mints[:1], owner)
        return
    sent = [job for job in jobs if job.state == SENT]
    if sent:
        _work(sent[:1], owner)
    elif jobs and owner.is_minted(reference_of(jobs[0])):
        _work(jobs[:_UPDATES_AT_ONCE], owner)
    else:
        for job in jobs:
            repository.postpone_job(job, due=now() + timedelta(seconds=settings().scaled(_LONGEST_PAUSE_SECONDS)))


def confirm(pk: str, sk: str, owner: TokenOwner) -> None:
    """Looks at a signed transaction, and ends its jobs once it is final."""
    row = repository.find_submission(pk, sk)
    if row is not None and row.due_at is not None:
        _confirm(row, owner)


def reference_of(job: JobRow) -> TokenReference:
    """The token of a job."""
    return TokenReference(job.origin, job.contract_id, job.token_id, job.chain, job.contract)


def _work(jobs: Sequence[JobRow], owner: TokenOwner) -> None:
    first = jobs[0]
    if first.state == SENT:
        row = repository.find_submission(first.transaction_pk or "", first.transaction_sk or "")
        if row is not None:
            _confirm(row, owner)
        return
    try:
        row = _sign(node_of(first.chain), jobs, owner)
    except repository.JobTaken:
        return
    except (rpc_errors.RpcError, ChainUnknown) as error:
        _try_later(jobs, owner, error)
    except JobFailed as failure:
        _fail(jobs, owner, str(failure))
    else:
        if row is not None:
            _confirm(row, owner, fresh=True)


def _sign(node: Node, jobs: Sequence[JobRow], owner: TokenOwner) -> SubmissionRow | None:
    """Signs and stores the jobs' one transaction; None where the chain had it done already."""
    first = jobs[0]
    submissions.catch_up(node)
    if not node.has_contract(first.contract):
        # A call to an address without code costs next to no gas, by the node's estimate.
        raise rpc_errors.NodeBusy("the contract's deployment is not mined yet")
    uri, data = _call_data(first, owner)
    try:
        gas = node.rpc.estimate_gas(sender=node.signer.address, to=first.contract, data=data)
    except rpc_errors.Reverted as error:
        if first.kind == MINT and _adopt_mint(node, first, owner):
            return None
        raise JobFailed(f"The contract refuses: {error}") from error
    return submissions.sign_and_store(node, Call(first.contract, data, gas, uri), jobs=jobs)


def _call_data(job: JobRow, owner: TokenOwner) -> tuple[str, bytes]:
    token_id = int(job.token_id)
    if job.kind == MINT:
        uri = job.uri or ""
        document = read_document(uri.removeprefix("ipfs://").split("/")[0])
        if document is not None:
            store_document(document)
        return uri, contract.mint_call(job.recipient or "", token_id, uri)
    uri = metadata_uri(store_document(owner.document(reference_of(job))))
    return uri, contract.set_token_uri_call(token_id, uri)


def _adopt_mint(node: Node, job: JobRow, owner: TokenOwner) -> bool:
    """Ends a mint that the chain shows as done: by the transfer from nobody, whoever holds the token now."""
    transaction_hash = contract.find_mint(node.rpc, job.contract, int(job.token_id))
    if transaction_hash is None:
        return False
    _end(node, job, owner, transaction_hash=transaction_hash, uri=job.uri or "")
    return True


def _confirm(row: SubmissionRow, owner: TokenOwner, *, fresh: bool = False) -> None:
    """Acts on the transaction's fate, having broadcast it where it is fresh.

    A node that does not answer now, or is not configured, is asked again by the sweep: its trouble fails no message,
    since that would hold up the queue.
    """
    try:
        node = node_of(row.chain)
        if fresh:
            submissions.broadcast(node, row)
            submissions.await_instant_mining(node, row)
        _settle(node, row, owner)
    except (rpc_errors.RpcError, ChainUnknown) as error:
        _log.warning("the node could not tell a transaction's fate", extra={"hash": row.hash, "why": str(error)})
        submissions.look_again(row)


def _settle(node: Node, row: SubmissionRow, owner: TokenOwner) -> None:
    fate, receipt = submissions.fate_of(node, row)
    if fate is Fate.WAITING:
        submissions.look_again(row)
        return
    jobs = repository.find_jobs(row.jobs)
    if fate is Fate.LOST:
        _give_back(node, row, jobs)
    elif fate is Fate.REVERTED:
        hopeless = [job for job in jobs if not (job.kind == MINT and _adopt_mint(node, job, owner))]
        _fail(hopeless, owner, f"The transaction {row.hash} was reverted.")
        repository.finish_submission(row)
    else:
        _succeed(node, row, jobs, receipt, owner)


def _succeed(
    node: Node, row: SubmissionRow, jobs: Sequence[JobRow], receipt: Receipt | None, owner: TokenOwner
) -> None:
    transaction_hash = receipt.transaction_hash if receipt else row.hash
    for job in jobs:
        _end(node, job, owner, transaction_hash=transaction_hash, uri=row.uri or "")
    repository.finish_submission(row)
    # Updates that waited for the mint, or came while these were on their way, are next.
    send_best_effort((JOBS, work_message(pk, row.chain)) for pk in {job.pk for job in jobs})


def _end(node: Node, job: JobRow, owner: TokenOwner, *, transaction_hash: str, uri: str) -> None:
    """Ends one job in one transaction with all that it changes; does nothing where it has ended."""
    token, url, at = reference_of(job), node.transaction_url(transaction_hash), now()
    transaction = Transaction()
    repository.add_job_end(transaction, job)
    if job.kind == MINT:
        owner.minted(
            transaction, token, Minted(job.recipient or "", uri, transaction_hash, url, at, attempt=int(job.number))
        )
    else:
        owner.updated(transaction, token, Updated(int(job.number), uri, transaction_hash, url, at))
    _commit(transaction)


def _fail(jobs: Sequence[JobRow], owner: TokenOwner, reason: str) -> None:
    for job in jobs:
        failure = Failure(int(job.number), reason, now())
        transaction = Transaction()
        repository.add_job_end(transaction, job)
        if job.kind == MINT:
            owner.mint_failed(transaction, reference_of(job), failure)
        else:
            owner.update_failed(transaction, reference_of(job), failure)
        _log.warning("chain job failed", extra={"job": f"{job.pk}/{job.sk}", "why": reason})
        _commit(transaction)


def _commit(transaction: Transaction) -> None:
    try:
        transaction.commit()
    except repository.JobTaken:
        return


def _give_back(node: Node, row: SubmissionRow, jobs: Sequence[JobRow]) -> None:
    """Puts the jobs back to work under a new nonce; the mint's own transfer is looked for before it is sent again."""
    repository.skip_nonces(row.pk, to=node.rpc.nonce(node.signer.address))
    try:
        repository.lose_submission(row, jobs)
    except repository.SubmissionMoved:
        return
    _log.warning("transaction lost its nonce", extra={"hash": row.hash, "nonce": int(row.nonce)})
    send_best_effort((JOBS, work_message(pk, row.chain)) for pk in {job.pk for job in jobs})


def _try_later(jobs: Sequence[JobRow], owner: TokenOwner, error: Exception) -> None:
    _log.warning("chain job put off", extra={"job": f"{jobs[0].pk}/{jobs[0].sk}", "why": str(error)})
    if now() - jobs[0].created_at > _PATIENCE:
        _fail(jobs, owner, f"The chain could not be reached for 24 hours: {error}")
        return
    for job in jobs:
        repository.postpone_job(job, due=_next_try(int(job.failures)))


def _next_try(failures: int) -> datetime:
    pause = min(_FIRST_PAUSE_SECONDS * 2 ** min(failures, 20), _LONGEST_PAUSE_SECONDS)
    return now() + timedelta(seconds=settings().scaled(pause))
