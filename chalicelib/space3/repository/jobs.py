"""Rows of jobs and of the users that they are about."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import cast
from zlib import crc32

from pynamodb.expressions.update import Action

from chalicelib.core.clock import now
from chalicelib.core.ids import sortable_id
from chalicelib.core.retrying import RowChanged
from chalicelib.core.tables import find, key, read_batch, update_if
from chalicelib.core.transactions import Transaction
from chalicelib.space3.models import COMPLETED, DUE_SHARDS, QUEUED, RUNNING, JobRow, JobUsersRow

USERS_IN_A_ROW = 250


def add_job(
    transaction: Transaction, origin: str, *, mission_id: str, host: str, uids: Sequence[str], due_at: datetime
) -> JobRow:
    """Adds a job and its users, at most 41 writes for 10,000."""
    job_id = sortable_id("job_")
    pk = _job_key(origin, job_id)
    row = JobRow(
        pk,
        "JOB",
        id=job_id,
        origin=origin,
        mission_id=mission_id,
        host=host,
        status=QUEUED,
        total=len(uids),
        created_at=now(),
        due_shard=key("DUE", crc32(job_id.encode()) % DUE_SHARDS),
        due_at=due_at,
    )
    transaction.put(row)
    for start in range(0, len(uids), USERS_IN_A_ROW):
        part = list(uids[start : start + USERS_IN_A_ROW])
        transaction.put(JobUsersRow(pk, _users_sk(start // USERS_IN_A_ROW), uids=part))
    return row


def find_job(origin: str, job_id: str) -> JobRow | None:
    """One job, strongly consistent."""
    return find(JobRow, _job_key(origin, job_id), "JOB")


def uids_of(row: JobRow, start: int, count: int) -> list[str]:
    """Some of a job's users, from a place in their order on."""
    first, last = start // USERS_IN_A_ROW, (start + count - 1) // USERS_IN_A_ROW
    parts = read_batch([(JobUsersRow, row.pk, _users_sk(number)) for number in range(first, last + 1)])
    uids = [uid for part in parts for uid in cast(JobUsersRow, part).uids]
    offset = start - first * USERS_IN_A_ROW
    return uids[offset : offset + count]


def advance(row: JobRow, verdicts: Mapping[str, int], *, due_at: datetime) -> bool:
    """Counts verdicts of the next users, which are not the last; False where another worker counted them."""
    actions = [*_counted(row, verdicts), JobRow.status.set(RUNNING), JobRow.due_at.set(due_at)]
    return update_if(row, actions, JobRow.processed == row.processed)


def add_end(transaction: Transaction, row: JobRow, verdicts: Mapping[str, int]) -> None:
    """Counts verdicts of the last users and ends the job; the commit raises `RowChanged` where another worker did."""
    ended = [JobRow.status.set(COMPLETED), JobRow.due_shard.remove(), JobRow.due_at.remove()]
    transaction.update(
        JobRow(row.pk, row.sk),
        [*_counted(row, verdicts), *ended],
        condition=JobRow.processed == row.processed,
        otherwise=RowChanged(),
    )


def _counted(row: JobRow, verdicts: Mapping[str, int]) -> list[Action]:
    return [
        JobRow.processed.set(int(row.processed) + sum(verdicts.values())),
        *(getattr(JobRow, name).add(number) for name, number in verdicts.items() if number),
    ]


def due_jobs(shard: int, *, by: datetime, limit: int) -> list[JobRow]:
    """Unfinished jobs of a shard that are due, the oldest first."""
    return list(cast("Iterator[JobRow]", JobRow.due.query(key("DUE", shard), JobRow.due_at <= by, limit=limit)))


def defer(row: JobRow, *, until: datetime) -> bool:
    """Moves a due job on for this sweep alone; False where another sweep, or a worker, was first."""
    return update_if(JobRow(row.pk, row.sk), [JobRow.due_at.set(until)], JobRow.due_at == row.due_at)


def _job_key(origin: str, job_id: str) -> str:
    return key(origin, "JOB", job_id)


def _users_sk(number: int) -> str:
    return f"USERS#{number:04d}"
