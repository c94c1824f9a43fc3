"""Verifying many users: a job is worked in slices, one worker at a time for each partner's host.

The job's row is the truth and says how many of its users have their verdict. A slice's verdicts are counted by one
conditional write, so that a worker who dies between the calls and the write has the slice asked once more and nothing
counted twice.
"""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from functools import lru_cache
from typing import Final

from chalicelib.core.clock import now
from chalicelib.core.egress.shared import egress_policy
from chalicelib.core.errors import NotFound, existing
from chalicelib.core.queues import grace, send_best_effort
from chalicelib.core.retrying import RowChanged
from chalicelib.core.transactions import Transaction
from chalicelib.space3.domain.answers import Verdict
from chalicelib.space3.domain.templates import target_of
from chalicelib.space3.models import COMPLETED, DUE_SHARDS, JobRow, MissionRow, UserRow
from chalicelib.space3.queues import JOBS, work_message
from chalicelib.space3.repository import jobs as repository
from chalicelib.space3.repository import missions as missions_repository
from chalicelib.space3.service import told
from chalicelib.space3.service.missions import get_mission, template_of
from chalicelib.space3.service.verification import verify_user

CALLS_AT_ONCE: Final = 8
"""The most calls that one partner's host gets from jobs at the same time."""
WORK_SECONDS: Final = 30.0
_VERDICTS: Final[tuple[Verdict, ...]] = ("done", "not_done", "unknown")
_A_SHARD = 100


class JobUnknown(NotFound):
    """The caller has no such job."""

    def __init__(self) -> None:
        super().__init__("There is no such job.")


def create_job(origin: str, mission_id: str, uids: Sequence[str]) -> JobRow:
    """Begins to verify users, each of them once. Raises `MissionUnknown`."""
    mission = get_mission(origin, mission_id)
    host = target_of(template_of(mission), egress_policy(verifying=True)).authority
    transaction = Transaction()
    row = repository.add_job(
        transaction, origin, mission_id=mission_id, host=host, uids=list(dict.fromkeys(uids)), due_at=now() + grace()
    )
    transaction.enqueue(JOBS, work_message(origin, row.id, host=host))
    transaction.commit()
    return row


def get_job(origin: str, job_id: str) -> JobRow:
    """Raises `JobUnknown`."""
    return existing(repository.find_job(origin, job_id), otherwise=JobUnknown())


def work(origin: str, job_id: str) -> None:
    """Works a job for half a minute; what is left goes behind the others of its host in the queue."""
    ends = time.monotonic() + WORK_SECONDS
    row = repository.find_job(origin, job_id)
    while row is not None and row.status != COMPLETED:
        if time.monotonic() >= ends:
            send_best_effort([(JOBS, work_message(origin, job_id, host=row.host))])
            return
        start = int(row.processed)
        uids = repository.uids_of(row, start, min(CALLS_AT_ONCE, int(row.total) - start))
        verdicts = _verdicts(row, uids)
        if start + len(uids) >= row.total:
            _end(row, verdicts)
            return
        if not repository.advance(row, verdicts, due_at=now() + grace()):
            return  # another worker goes on with it


def sweep() -> int:
    """Sends a message for each job that is due, at most 100 of each shard; gives their number."""
    moment = now()
    found = [
        row
        for shard in range(DUE_SHARDS)
        for row in repository.due_jobs(shard, by=moment, limit=_A_SHARD)
        if repository.defer(row, until=now() + grace())
    ]
    send_best_effort([(JOBS, work_message(row.origin, row.id, host=row.host)) for row in found])
    return len(found)


def _end(row: JobRow, verdicts: Mapping[str, int]) -> None:
    """Ends a job with the verdicts of its last users, unless another worker did."""
    transaction = Transaction()
    repository.add_end(transaction, row, verdicts)
    done, not_done, unknown = (int(getattr(row, name)) + verdicts.get(name, 0) for name in _VERDICTS)
    told.add_job(transaction, row, done=done, not_done=not_done, unknown=unknown)
    with suppress(RowChanged):
        transaction.commit()


def _verdicts(row: JobRow, uids: Sequence[str]) -> Counter[str]:
    """The users' verdicts, counted; nothing is known of a user, or by a mission, that does not exist."""
    mission, users = missions_repository.find_mission_and_users(row.origin, row.mission_id, uids)
    known = [user for user in users if user is not None]
    if mission is None:
        return Counter({"unknown": len(uids)})
    under_way = [_threads().submit(copy_context().run, _verdict, mission, user) for user in known]
    verdicts: Counter[str] = Counter(future.result() for future in under_way)
    verdicts["unknown"] += len(uids) - len(known)
    return verdicts


def _verdict(mission: MissionRow, user: UserRow) -> Verdict:
    verdict: Verdict = verify_user(mission, user).verdict  # type: ignore[assignment]  # stored as it was decided
    return verdict


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    """Lambda works one host's job at a time; a local run's pump, several."""
    return ThreadPoolExecutor(4 * CALLS_AT_ONCE, thread_name_prefix="verify")
