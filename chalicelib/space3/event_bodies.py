"""The bodies of the events of missions: a head like all events, then the fields as the surface's answers name them."""

from typing import (
    Annotated,
    NotRequired,  # as pydantic reads them before Python 3.12
)

from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from chalicelib.core.clock import MOMENT_SCHEMA, epoch_micros, from_epoch_micros, moment_of, now
from chalicelib.space3.domain import COMPLETED_EVENT, FINISHED_EVENT
from chalicelib.space3.models import AnsweredRow, EvidenceRow, JobRow


class _Happened(TypedDict):
    actionType: str
    """The event's type."""
    at: Annotated[dict[str, int], WithJsonSchema(MOMENT_SCHEMA)]
    """When that happened."""
    test: NotRequired[bool]
    """True of samples that were asked for by `…/test`."""


class MissionVerified(_Happened):
    """A user has done a mission that we verify."""

    mission_id: str
    uid: str
    evidence_id: str
    progress: int | None
    """How often it was done; null where the mission is not counted."""
    target: int


class KnownIdentity(TypedDict):
    """Somebody by one identity."""

    kind: str
    """Such as `email`, `wallet` or `uid`."""
    value: str
    """The address or id."""


class MissionRewarded(_Happened):
    """A person has done a mission that we answer for, and is owed its reward."""

    mission: int
    identities: list[KnownIdentity]
    """What is known of the person."""
    reward_contract_id: str
    reward_action_id: str


class JobFinished(_Happened):
    """Each user of a verification of many has a verdict."""

    job_id: str
    mission_id: str
    total: int
    done: int
    not_done: int
    unknown: int


MissionCompleted = MissionVerified | MissionRewarded
Body = MissionCompleted | JobFinished


def verified(evidence: EvidenceRow) -> MissionVerified:
    """The evidence shows that the mission is done."""
    return {
        "actionType": COMPLETED_EVENT,
        "at": moment_of(epoch_micros(evidence.at)),
        "mission_id": evidence.mission_id,
        "uid": evidence.uid,
        "evidence_id": evidence.id,
        "progress": None if evidence.progress is None else int(evidence.progress),
        "target": int(evidence.target),
    }


def rewarded(mission: AnsweredRow, identities: list[KnownIdentity], *, at: int) -> MissionRewarded:
    """A person is owed the mission's reward; `at` in microseconds."""
    return {
        "actionType": COMPLETED_EVENT,
        "at": moment_of(at),
        "mission": int(mission.mission),
        "identities": identities,
        "reward_contract_id": str(mission.reward_contract_id),
        "reward_action_id": str(mission.reward_action_id),
    }


def finished(job: JobRow, *, done: int, not_done: int, unknown: int, at: int) -> JobFinished:
    """The job's last users have their verdict; `at` in microseconds."""
    return {
        "actionType": FINISHED_EVENT,
        "at": moment_of(at),
        "job_id": job.id,
        "mission_id": job.mission_id,
        "total": int(job.total),
        "done": done,
        "not_done": not_done,
        "unknown": unknown,
    }


def sample_of(event_type: str, *, at: int | None = None) -> Body:
    """A body of what does not exist, as it is now or at a time in microseconds."""
    moment = epoch_micros(now()) if at is None else at
    mission = "msn_01JXA8Z7Q2W4E6R8T0Y2"
    if event_type == FINISHED_EVENT:
        job = JobRow(id="job_01JXA8Z7Q2W4E6R8T0Y2", mission_id=mission, total=250)
        return finished(job, done=198, not_done=50, unknown=2, at=moment)
    evidence = EvidenceRow(
        id="evd_01JXA8Z7Q2W4E6R8T0Y2",
        mission_id=mission,
        uid="5f0c8b1e2a4d6f8091a2b3c4",
        at=from_epoch_micros(moment),
        target=1,
    )
    return verified(evidence)
