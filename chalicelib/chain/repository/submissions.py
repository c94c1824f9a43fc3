"""Signers, their nonces, and what they signed."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pynamodb.exceptions import PutError
from pynamodb.expressions.condition import Condition

from chalicelib.chain.domain.budgets import NOTHING, Amounts, Reserved
from chalicelib.chain.domain.causes import Cause, FailureCode
from chalicelib.chain.domain.pressing import Progress
from chalicelib.chain.models.jobs import SENT, WAITING, JobRow
from chalicelib.chain.models.submissions import FINAL, LOST, PENDING, RawRow, SignerRow, SubmissionRow
from chalicelib.chain.repository.due import due_text, job_shard, shard_of
from chalicelib.chain.repository.signers import find_look
from chalicelib.chain.repository.working import JobTaken
from chalicelib.core.clock import now
from chalicelib.core.tables import as_read, assign, find, key, update_if
from chalicelib.core.transactions import Transaction

_FAILED_CONDITION = "ConditionalCheckFailedException"
_MOST_PENDING = 32  # more than a signer ever has on their way
_PROGRESS = ("head", "head_at", "waited_seconds", "bid_head", "unseen_head", "waits_for")


Adder = Callable[[Transaction, SubmissionRow], None]


def add_nothing(transaction: Transaction, row: SubmissionRow) -> None:
    """Adds nothing to what changes with a submission."""


class NonceTaken(Exception):
    """Another worker gave this nonce away."""


class SubmissionMoved(Exception):
    """Another worker finished the transaction."""


def signer_pk(chain: str, address: str) -> str:
    """Where a signer's nonce and transactions lie."""
    return key("SIGNER", chain, address)


def signer_address(pk: str) -> str:
    """The address that signs under this key."""
    return pk.rpartition("#")[2]


def find_signer(pk: str) -> SignerRow | None:
    """A signer's nonce, which is the one after the last given away; None for a signer never seen."""
    return find(SignerRow, pk, "SIGNER")


def note_signer_waits(pk: str, cause: Cause, *, wants: int | None = None) -> None:
    """Stores why a known signer signs nothing now, and the coins that it wants; its next signature removes both."""
    actions = assign(SignerRow(pk, "SIGNER"), {"waits_for": cause, "wants": wants})
    update_if(SignerRow(pk, "SIGNER"), actions, SignerRow.next_nonce.exists())


def add_submission(
    transaction: Transaction,
    pk: str,
    *,
    chain: str,
    after: SignerRow | None,
    nonce: int,
    raw: str,
    hash: str,
    uris: dict[str, str],
    jobs: Sequence[JobRow],
    due: datetime,
    budgeted: Sequence[str],
    reserved: Reserved | None,
) -> SubmissionRow:
    """Adds a signed transaction, its nonce's use and its jobs' change of state.

    `after` is the signer as it was read, and `budgeted` who has a budget. The commit may raise `NonceTaken` or
    `JobTaken`; nothing was broadcast then.
    """
    row = _submission(pk, nonce, jobs, chain=chain, raw=raw, hash=hash, uris=uris or None, due=due, reserved=reserved)
    actions = [SignerRow.next_nonce.set(nonce + 1), SignerRow.waits_for.remove(), SignerRow.wants.remove()]
    if after is None or after.budgeted is None:
        actions.append(SignerRow.budgeted.set(list(budgeted)))
    unchanged = SignerRow.pk.does_not_exist() if after is None else as_read(after, "next_nonce", "budgeted")
    transaction.update(SignerRow(pk, "SIGNER"), actions, condition=unchanged, otherwise=NonceTaken())
    transaction.create(row, otherwise=NonceTaken())
    for job in jobs:
        unchanged = as_read(job, "state", "transaction_sk", "alone", "trying_since")
        _add_change(transaction, job, _sent(row), unchanged=unchanged, otherwise=JobTaken())
    return row


def store_filler(pk: str, *, chain: str, nonce: int, raw: str, hash: str, due: datetime) -> SubmissionRow | None:
    """Stores a transaction that only uses up its nonce; None where there is one already."""
    row = _submission(pk, nonce, (), chain=chain, raw=raw, hash=hash, due=due)
    try:
        row.save(condition=SubmissionRow.pk.does_not_exist())
    except PutError as error:
        if error.cause_response_code != _FAILED_CONDITION:
            raise
        return None
    return row


def _submission(pk: str, nonce: int, jobs: Sequence[JobRow], *, due: datetime, **fields: Any) -> SubmissionRow:
    return SubmissionRow(
        pk,
        submission_sk(nonce),
        nonce=nonce,
        jobs=_keys_of(jobs),
        state=PENDING,
        created_at=now(),
        due_shard=shard_of(pk),
        due_at=due_text(due),
        **fields,
    )


def mark_sent(job: JobRow, row: SubmissionRow) -> None:
    """Gives the row in memory the state that `add_submission` has stored."""
    assign(job, _sent(row))


def _sent(row: SubmissionRow) -> dict[str, Any]:
    return {
        "state": SENT,
        "transaction_pk": row.pk,
        "transaction_sk": row.sk,
        "waits_for": None,
        "due_shard": None,
        "due_at": None,
    }


def submission_sk(nonce: int) -> str:
    """The sort key of a transaction."""
    return f"TX#{nonce:012d}"


def nonce_of(sk: str) -> int:
    """The nonce of a transaction's sort key."""
    return int(sk.removeprefix("TX#"))


def find_submission(pk: str, sk: str) -> SubmissionRow | None:
    """A signed transaction."""
    return find(SubmissionRow, pk, sk)


def submissions_between(pk: str, first: int, end: int, *, limit: int) -> list[SubmissionRow]:
    """Signed transactions from the nonce `first` on, in order, up to but without `end`."""
    if first >= end:
        return []
    condition = SubmissionRow.sk.between(submission_sk(first), submission_sk(end - 1))
    return list(SubmissionRow.query(pk, condition, consistent_read=True, limit=limit))


def pending_submissions(signer: str) -> list[SubmissionRow]:
    """A signer's transactions that may not be final, by nonce."""
    row, look = find_signer(signer), find_look(signer)
    if row is None:
        return []
    end = int(row.next_nonce)
    first = max(int(look.nonce) if look is not None else 0, end - _MOST_PENDING)
    found = submissions_between(signer, first, end, limit=_MOST_PENDING)
    return [each for each in found if each.state == PENDING]


def progress_of(row: SubmissionRow) -> Progress:
    """What was observed of a transaction so far."""
    return Progress(
        head=_whole(row.head),
        head_at=row.head_at,
        waited=timedelta(seconds=row.waited_seconds or 0),
        bid_head=_whole(row.bid_head),
        unseen_head=_whole(row.unseen_head),
        waits_for=Cause(row.waits_for) if row.waits_for else None,
    )


def wait_of(pk: str, nonce: int) -> Cause | None:
    """Why the transaction with this nonce is not mined yet."""
    row = find_submission(pk, submission_sk(nonce))
    return progress_of(row).waits_for if row is not None and row.state == PENDING else None


def postpone_submission(row: SubmissionRow, *, due: datetime, progress: Progress | None = None) -> None:
    """Lets the sweep look again, and keeps what this look observed, unless another has observed more meanwhile."""
    unchanged = as_read(row, "state", *(() if progress is None else ("hash", *_PROGRESS)))
    changes: dict[str, Any] = {"due_at": due_text(due)}
    if progress is not None:
        changes |= {
            "head": progress.head,
            "head_at": progress.head_at,
            "waited_seconds": progress.waited.total_seconds(),
            "bid_head": progress.bid_head,
            "unseen_head": progress.unseen_head,
            "waits_for": progress.waits_for,
        }
    update_if(row, assign(row, changes), unchanged & (SubmissionRow.state == PENDING))


def replace_submission(
    row: SubmissionRow,
    *,
    raw: str,
    hash: str,
    due: datetime,
    cause: FailureCode | None = None,
    reason: str = "",
    kept: Sequence[JobRow] | None = None,
    uris: Mapping[str, str] | None = None,
    left: Sequence[JobRow] = (),
    more: Amounts = NOTHING,
    also: Adder = add_nothing,
) -> None:
    """Stores another transaction under the same nonce, and the bytes of the one before. Raises `SubmissionMoved`.

    With a `cause`, and the `reason` in words, it is the self-send that gives the nonce up. With `kept` it carries these
    jobs alone and sets the `uris`; those `left` wait again. It holds so much `more` of a budget; `also` adds what else
    changes with it, and may have the commit raise `RowChanged`.
    """
    changes: dict[str, Any] = {
        "replaced": [*(row.replaced or ()), row.hash],
        "raw": raw,
        "hash": hash,
        "signed_at": now(),
        "due_at": due_text(due),
    }
    if cause is not None:
        changes |= {"cancel_hash": hash, "cause": cause, "reason": reason}
    if kept is not None:
        changes |= {"uris": uris or None, "jobs": _keys_of(kept)}
    reserved = reserved_by(row)
    if reserved is not None:
        changes["reserved"] = reserved.of(reserved.amounts.plus(more))
    transaction = Transaction()
    _add_change(transaction, row, changes, unchanged=_is_pending(row), otherwise=SubmissionMoved())
    transaction.put(RawRow(row.pk, _raw_sk(row.hash), raw=row.raw))
    for job in left:
        _add_release(transaction, row, job)
    also(transaction, row)
    transaction.commit()
    assign(row, changes)


def reserved_by(row: SubmissionRow) -> Reserved | None:
    """What a transaction holds of a partner's budget."""
    return None if row.reserved is None else Reserved(*row.reserved)


def finish_submission(row: SubmissionRow, *, mined: str, also: Adder = add_nothing) -> None:
    """Marks a transaction final; of several, `mined` is the one to send again.

    Every job that it carries has ended: the writes that end them raise `JobChanged` otherwise. `also` adds what else
    changes with it.
    """
    changes: dict[str, Any] = {"state": FINAL, "due_shard": None, "due_at": None}
    earlier = find(RawRow, row.pk, _raw_sk(mined)) if mined != row.hash else None
    if earlier is not None:
        RawRow(row.pk, _raw_sk(row.hash), raw=row.raw).save()
        changes |= {"hash": mined, "raw": earlier.raw}
    transaction = Transaction()
    _add_change(transaction, row, changes, unchanged=_is_pending(row), otherwise=SubmissionMoved())
    also(transaction, row)
    try:
        transaction.commit()
    except SubmissionMoved:
        present = find_submission(row.pk, row.sk)
        if present is not None and present.state == PENDING:  # replaced since it was read
            finish_submission(present, mined=mined, also=also)


def lose_submission(
    row: SubmissionRow, jobs: Sequence[JobRow], *, alone: bool = False, also: Adder = add_nothing
) -> None:
    """Puts the jobs of a transaction that can never be mined, or was reverted, back to work. Raises `SubmissionMoved`.

    `also` adds what else changes with it.
    """
    transaction = Transaction()
    ended = {"state": LOST, "due_shard": None, "due_at": None}
    _add_change(transaction, row, ended, unchanged=_is_pending(row), otherwise=SubmissionMoved())
    for job in jobs:
        _add_release(transaction, row, job, alone=alone)
    also(transaction, row)
    transaction.commit()


def _add_release(transaction: Transaction, row: SubmissionRow, job: JobRow, *, alone: bool = False) -> None:
    """Adds a job's return to the queue."""
    waiting = {
        "state": WAITING,
        "due_shard": job_shard(job.chain or "", job.contract or ""),
        "due_at": due_text(now()),
        "alone": alone or None,
    }
    _add_change(transaction, job, waiting, unchanged=JobRow.transaction_sk == row.sk, otherwise=SubmissionMoved())


def _add_change(
    transaction: Transaction,
    row: JobRow | SubmissionRow,
    changes: Mapping[str, Any],
    *,
    unchanged: Condition,
    otherwise: Exception,
) -> None:
    """Adds changes of a stored row. The one in memory stays as it is, for the commit may fail."""
    stored = type(row)(row.pk, row.sk)
    transaction.update(stored, assign(stored, changes), condition=unchanged, otherwise=otherwise)


def _is_pending(row: SubmissionRow) -> Condition:
    """Holds while the transaction is pending, and is still the one that `row` was read with."""
    condition: Condition = (SubmissionRow.hash == row.hash) & (SubmissionRow.state == PENDING)
    return condition


def _keys_of(jobs: Sequence[JobRow]) -> list[list[str]]:
    return [[job.pk, job.sk] for job in jobs]


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)


def _raw_sk(hash: str) -> str:
    return key("RAW", hash)
