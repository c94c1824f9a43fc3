"""The events of missions."""

from chalicelib.core.reference import Hook
from chalicelib.space3 import event_bodies
from chalicelib.space3.domain import COMPLETED_EVENT, FINISHED_EVENT

_AT = 1_749_413_520_000_000

HOOKS = (
    Hook(
        event_type=COMPLETED_EVENT,
        summary="A user has done a mission",
        description=(
            "Sent for a mission that is verified once for each user and each time asked about, with the first evidence "
            "that says so; tests of a mission tell nothing. Sent for a mission that is answered for once for each "
            "person, where it has a reward, when that is owed."
        ),
        body=event_bodies.MissionCompleted,
        example=event_bodies.sample_of(COMPLETED_EVENT, at=_AT),
    ),
    Hook(
        event_type=FINISHED_EVENT,
        summary="A verification of many users has ended",
        description="Sent once when the last user of a job has a verdict.",
        body=event_bodies.JobFinished,
        example=event_bodies.sample_of(FINISHED_EVENT, at=_AT),
    ),
)
