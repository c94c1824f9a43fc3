"""Works the jobs of tokens. Waiting mints of one contract share a transaction, and so do URI updates.

Several updates of one token become one. Each change of a contract has a transaction of its own.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from threading import Lock

from chalicelib.chain import contract, rpc_errors
from chalicelib.chain.addresses import InvalidAddress, checksum_address
from chalicelib.chain.domain.causes import Cause, FailureCode
from chalicelib.chain.domain.changes import COLLECTION
from chalicelib.chain.domain.pressing import PATIENCE, Act, Answer, Progress
from chalicelib.chain.metadata import document_cid, metadata_uri
from chalicelib.chain.models.jobs import CHANGE, MINT, SENT, UPDATE, JobRow
from chalicelib.chain.models.submissions import SubmissionRow
from chalicelib.chain.queues import JOBS
from chalicelib.chain.repository import jobs as job_rows
from chalicelib.chain.repository import submissions as submission_rows
from chalicelib.chain.repository import working
from chalicelib.chain.repository.submissions import Adder
from chalicelib.chain.service import budgets, looks, submissions, watching
from chalicelib.chain.service.documents import read_document, store_document
from chalicelib.chain.service.endings import end_jobs, settled
from chalicelib.chain.service.nodes import ChainUnknown, Node, node_of
from chalicelib.chain.service.outbox import token_message
from chalicelib.chain.service.outcomes import fail, move_updates, reference_of, settle_existing
from chalicelib.chain.service.owners import TokenOwner
from chalicelib.chain.service.parts import MOST_JOBS, MOST_MINTS, Part, call_data, halve, jobs_of, loads, uris_of
from chalicelib.chain.service.refusals import cause_of, revert_behind
from chalicelib.chain.service.submissions import Call, FeesTooHigh, LineFull, Sent
from chalicelib.chain.service.watching import Fate, Sight
from chalicelib.core.clock import now
from chalicelib.core.logging import logger
from chalicelib.core.outside import outside_text
from chalicelib.core.queues import send_best_effort
from chalicelib.core.retrying import until_unchanged
from chalicelib.core.settings import settings

_log = logger("chain")
_FIRST_PAUSE_SECONDS = 5.0
_LONGEST_PAUSE_SECONDS = 600.0
_LINE_PAUSE_SECONDS = 15.0
_FUNDS_PAUSE_SECONDS = 60.0
_TURN_SECONDS = 60.0
_MOST_LAGS = 4
_MOST_GAS_A_BYTE = 40
_BURNED = "TokenBurned"
_turn = Lock()


class JobFailed(Exception):
    """The job can never succeed, such as a mint to no address; code and message are told to the partner."""

    def __init__(self, code: FailureCode, message: str) -> None:
        super().__init__(message)
        self.code = code


def work_tokens(pks: Iterable[str], owner: TokenOwner) -> None:
    """Takes the tokens' waiting jobs as far as they go now; what must wait is left to the sweep.

    Jobs that are sent are left to `confirm`. Workers of one process take turns, since they would collect the same jobs.
    Between functions the queue's groups do that, and in any case the conditions of the writes.
    """
    taken = _turn.acquire(timeout=_TURN_SECONDS)
    try:
        _work_tokens(pks, owner)
    finally:
        if taken:
            _turn.release()


def _work_tokens(pks: Iterable[str], owner: TokenOwner) -> None:
    ready: defaultdict[tuple[str, str, str], list[list[JobRow]]] = defaultdict(list)
    for pk in dict.fromkeys(pks):
        jobs = _ready(pk, owner)
        if jobs:
            ready[jobs[0].chain or "", jobs[0].contract or "", jobs[0].kind or ""].append(jobs)
    for (chain, address, kind), tokens in ready.items():
        able = budgets.without_budget_waits(tokens)
        if kind == MINT and able:
            able = _with_company(chain, address, able)
        _send(chain, able, owner)


def put_off(pks: Iterable[str], owner: TokenOwner, error: Exception) -> None:
    """Counts a fault that nobody foresaw on the tokens' waiting jobs, which are tried again later."""
    for pk in dict.fromkeys(pks):
        _try_later([job for job in working.open_jobs(pk) if job.state != SENT], owner, error)


def confirm(pk: str, sk: str, owner: TokenOwner) -> Progress | None:
    """Looks at a signed transaction, and ends its jobs once it is final; until then, gives what was observed of it."""
    row = submission_rows.find_submission(pk, sk)
    return None if row is None or row.due_at is None else _confirm(row, owner)


def look_again(pk: str, sk: str) -> None:
    """Leaves a transaction that could not be looked at to the sweep."""
    row = submission_rows.find_submission(pk, sk)
    if row is not None:
        submissions.look_again(row)


def _ready(pk: str, owner: TokenOwner) -> list[JobRow]:
    """The token's mint, or else its next change, or all its updates that may go now; none while others are sent."""
    jobs = working.open_jobs(pk)
    mints = [job for job in jobs if job.kind == MINT]
    if mints or not jobs or any(job.state == SENT for job in jobs):
        return [job for job in mints[:1] if job.state != SENT]
    if jobs[0].kind == CHANGE:
        return jobs[:1]
    asked = reference_of(jobs[0])
    token, is_minted = owner.standing(asked)
    if token != asked:
        move_updates(jobs, token)
        return []
    if is_minted:
        return jobs[:MOST_JOBS]
    for job in jobs:
        working.postpone_job(job, due=now() + settings().span(_LONGEST_PAUSE_SECONDS))
    return []


def _with_company(chain: str, address: str, tokens: list[list[JobRow]]) -> list[list[JobRow]]:
    """These mints and others of the contract that wait as well."""
    known = {job.pk for [job] in tokens}
    others = working.waiting_mints(chain, address, limit=MOST_MINTS)
    return [*tokens, *([job] for job in others if job.pk not in known)]


def _send(chain: str, tokens: Sequence[list[JobRow]], owner: TokenOwner) -> None:
    try:
        node = node_of(chain)
    except ChainUnknown as error:
        _try_later([job for jobs in tokens for job in jobs], owner, error)
        return
    parts = [part for jobs in tokens if (part := _part(node, jobs, owner)) is not None]
    for together in loads(parts):
        _carry(node, together, owner)


def _part(node: Node, jobs: list[JobRow], owner: TokenOwner) -> Part | None:
    """What is to be sent for a token; None where nothing is, now. A fault of one token touches no other."""
    first = jobs[0]
    try:
        # It went out before under another nonce: the chain is asked before it goes out again.
        if first.kind == MINT and first.transaction_sk is not None and settle_existing(node.steady(), first, owner):
            return None
        return Part(jobs, _uri(first, owner))
    except JobFailed as failure:
        fail(jobs, owner, failure.code, str(failure))
    except rpc_errors.RpcError as error:
        _try_later(jobs, owner, error)
    except Exception as error:
        _log.exception("a token's job could not be made ready", extra={"job": f"{first.pk}/{first.sk}"})
        _try_later(jobs, owner, error)
    return None


def _uri(job: JobRow, owner: TokenOwner) -> str:
    """The URI that the token or the collection shall have; a document of ours is in object storage then."""
    if job.kind == UPDATE:
        return metadata_uri(store_document(owner.document(reference_of(job))))
    if job.kind == MINT:
        _require_recipient(job)
    uri = job.uri or ""
    document = read_document(cid) if (cid := document_cid(uri)) else None
    if document is not None:
        store_document(document)
    return uri


def _require_recipient(job: JobRow) -> None:
    try:
        checksum_address(job.recipient or "")
    except InvalidAddress as error:
        raise JobFailed(Cause.INVALID_RECIPIENT, f"The token cannot be minted to {job.recipient}: {error}.") from error


def _carry(node: Node, parts: Sequence[Part], owner: TokenOwner) -> None:
    """Signs, stores and broadcasts one transaction for the parts; several, where one of them spoils it."""
    jobs = jobs_of(parts)
    data = call_data(parts)
    try:
        row = _sign(node, parts, data)
    except working.JobTaken:
        rest = _still_waiting(parts)
        if rest:
            _carry(node, rest, owner)
    except budgets.BudgetSpent as spent:
        if spent.room:
            _carry(node, parts[: spent.room], owner)
        budgets.wait_for_budget(jobs_of(parts[spent.room :]))
    except LineFull:
        for job in jobs:
            due = now() + settings().span(_LINE_PAUSE_SECONDS)
            working.postpone_job(job, due=due, cause=Cause.BEHIND_ANOTHER, is_blameless=True)
    except (rpc_errors.RpcError, FeesTooHigh) as error:
        _not_sent(node, parts, data, owner, error)
    else:
        if _confirm(row, owner, fresh=jobs) is not None:
            looks.begin(row.pk, int(row.nonce))


def _sign(node: Node, parts: Sequence[Part], data: bytes) -> SubmissionRow:
    address = parts[0].job.contract or ""
    _require_contract(node, address)
    gas = node.rpc.estimate_gas(sender=node.signer.address, to=address, data=data)
    if gas <= _most_gas_without_code(data):
        _require_contract(node, address, still=True)
    return submissions.sign_and_store(node, Call(address, data, gas, uris_of(parts)), jobs=jobs_of(parts))


def _require_contract(node: Node, address: str, *, still: bool = False) -> None:
    """Raises `NodeBusy` where there is no code; the deployment is sent again then, where the node lacks it.

    The estimate of a call to such an address is no refusal, but next to no gas; so is that of a contract which was
    seen, and which a reorg has taken back.
    """
    if not node.has_contract(address, still=still):
        submissions.catch_up(node)
        raise rpc_errors.NodeBusy("the contract's deployment is not mined yet")


def _most_gas_without_code(data: bytes) -> int:
    """The most that a call costs where nothing runs: what a transfer does, and at most 40 for each byte (EIP-7623)."""
    return submissions.TRANSFER_GAS + _MOST_GAS_A_BYTE * len(data)


def _still_waiting(parts: Sequence[Part]) -> list[Part]:
    """The parts of which no other worker has taken a job, or given one back."""
    found = job_rows.find_jobs([(job.pk, job.sk) for part in parts for job in part.jobs])
    waiting = {_as_read(job) for job in found if job.state != SENT}
    return [part for part in parts if all(_as_read(job) in waiting for job in part.jobs)]


def _as_read(job: JobRow) -> tuple[str, str, str | None, bool | None, datetime | None]:
    """What a job is, and what its next transaction and its end depend on."""
    return job.pk, job.sk, job.transaction_sk, job.alone, job.trying_since


def _not_sent(node: Node, parts: Sequence[Part], data: bytes, owner: TokenOwner, error: Exception) -> None:
    """Finds the part that the contract refuses, by halves of halves; anything else is tried again."""
    reverted = revert_behind(node, error, to=parts[0].job.contract or "", data=data)
    if len(parts) > 1 and (reverted is not None or isinstance(error, rpc_errors.RpcRefused)):
        half = len(parts) // 2
        _carry(node, parts[:half], owner)
        _carry(node, parts[half:], owner)
    elif reverted is not None:
        _refused(node, parts[0], owner, reverted)
    else:
        _try_later(jobs_of(parts), owner, error)


def _refused(node: Node, part: Part, owner: TokenOwner, reverted: rpc_errors.Reverted) -> None:
    words = contract.custom_error(reverted.data) or reverted.reason
    try:
        if _is_behind(node, part):
            _try_later(part.jobs, owner, rpc_errors.NodeBusy("the node does not show the token that was minted"))
            return
        is_burned = words == _BURNED
        if part.is_mint and settle_existing(node.steady(), part.job, owner, is_passed_over=is_burned):
            return
    except rpc_errors.RpcError as silence:
        _try_later(part.jobs, owner, silence)
        return
    fail(part.jobs, owner, Cause.REVERTED, f"The contract refuses: {words}")


def _is_behind(node: Node, part: Part) -> bool:
    """Whether the node may lack the mint of the token that is to change: of two at one address, one may lag.

    A token that is gone for good is found so after some tries.
    """
    if part.is_mint or part.job.token_id == COLLECTION or int(part.job.failures) >= _MOST_LAGS:
        return False
    return contract.owner_of(node.rpc, part.job.contract or "", int(part.job.token_id)) is None


def _confirm(row: SubmissionRow, owner: TokenOwner, *, fresh: Sequence[JobRow] | None = None) -> Progress | None:
    """Acts on the transaction's fate, having broadcast it where its jobs are `fresh`ly sent.

    Gives what was observed of one that waits. A node that does not answer now, or is not configured, is asked again
    later: its trouble fails no message, since that would hold up the queue.
    """
    try:
        node = node_of(row.chain or "").steady()
        sent = None
        if fresh is not None:
            sent = submissions.broadcast(node, row)
            if sent.answer is Answer.HELD:
                submissions.await_instant_mining(node, row)
        return _settle(node, row, owner, fresh, sent)
    except submission_rows.SubmissionMoved:
        return submission_rows.progress_of(row)  # another worker acted on it, and may have left it waiting
    except (rpc_errors.RpcError, ChainUnknown, FeesTooHigh, working.JobChanged) as error:
        _log.warning("a transaction could not be brought to its end", extra={"hash": row.hash, "why": str(error)})
        submissions.look_again(row)
        return submission_rows.progress_of(row)


def _settle(
    node: Node, row: SubmissionRow, owner: TokenOwner, fresh: Sequence[JobRow] | None, sent: Sent | None
) -> Progress | None:
    sight = watching.look(node, row)
    if sight.fate is Fate.WAITING:
        return _wait(node, row, owner, sight, sent)
    jobs = job_rows.find_jobs(row.jobs) if fresh is None else fresh
    if sight.fate is Fate.LOST:
        _log.warning("transaction lost its nonce", extra={"hash": row.hash, "nonce": int(row.nonce)})
        _give_back(row, jobs, settled(row, owner, sight))
    elif sight.fate is Fate.REVERTED and len({job.pk for job in jobs}) > 1:
        _give_back(row, jobs, settled(row, owner, sight), alone=True)
    elif sight.receipt is not None:
        end_jobs(node, row, jobs, owner, sight.fate, sight.receipt)
        finish = partial(submission_rows.finish_submission, row, mined=sight.receipt.transaction_hash)
        until_unchanged(budgets.WHAT, partial(finish, also=settled(row, owner, sight)))
        # Updates that waited for the mint, or came while these were on their way, are next.
        _ask_for_work(row, jobs)
    return None


def _wait(node: Node, row: SubmissionRow, owner: TokenOwner, sight: Sight, sent: Sent | None) -> Progress | None:
    """Leaves the transaction to the next look, having done what it needs; one just taken needs nothing."""
    progress = sight.progress
    if not sight.is_used and (sent is None or sent.answer is not Answer.HELD):
        step, progress = watching.press_on(node, row, progress, sent)
        if step.act is Act.HALVE:
            jobs = job_rows.find_jobs(row.jobs)
            left = halve(node, row, jobs)
            if left:
                _ask_for_work(row, left)
                return _confirm(row, owner, fresh=[job for job in jobs if job not in left])
    submissions.look_again(row, progress)
    return progress


def _give_back(row: SubmissionRow, jobs: Sequence[JobRow], also: Adder, *, alone: bool = False) -> None:
    """Puts the jobs back to work under a new nonce; the mint's own transfer is looked for before it is sent again."""
    until_unchanged(budgets.WHAT, partial(submission_rows.lose_submission, row, jobs, alone=alone, also=also))
    _ask_for_work(row, jobs)


def _ask_for_work(row: SubmissionRow, jobs: Sequence[JobRow]) -> None:
    send_best_effort((JOBS, token_message(pk, row.chain or "")) for pk in {job.pk for job in jobs})


def _try_later(jobs: Sequence[JobRow], owner: TokenOwner, error: Exception) -> None:
    code, words = cause_of(error)
    by_pause: defaultdict[timedelta, list[JobRow]] = defaultdict(list)
    for job in jobs:
        _log.warning("chain job put off", extra={"job": f"{job.pk}/{job.sk}", "code": code, "why": str(error)})
        said = outside_text(f"{type(error).__name__}: {error}")
        if code is Cause.OUT_OF_FUNDS:
            due = now() + settings().span(_FUNDS_PAUSE_SECONDS)
            working.postpone_job(job, due=due, cause=code, error=said, is_blameless=True)
        elif now() - (job.trying_since or job.created_at) > PATIENCE:
            fail([job], owner, code, f"{words} for 24 hours: {error}")
        else:
            pause = _pause(int(job.failures))
            working.postpone_job(job, due=now() + pause, cause=code, error=said)
            by_pause[pause].append(job)
    for pause, together in by_pause.items():
        looks.bring_back(together, pause)


def _pause(failures: int) -> timedelta:
    return settings().span(min(_FIRST_PAUSE_SECONDS * 2 ** min(failures, 20), _LONGEST_PAUSE_SECONDS))
