"""What partners are told of missions: events that are recorded only while an endpoint names them.

A mission that we verify is completed for a user when evidence says so for the first time, in each time that it asks
about: the event's id is made of user, mission and time, so that a later verification finds it taken. One that we
answer for is completed for a person when its reward is owed; without a reward nothing of an answer is stored.
"""

from collections.abc import Sequence
from typing import Final

from chalicelib.activity.domain import Identity
from chalicelib.core.clock import epoch_micros, now
from chalicelib.core.ids import EVENT_PREFIX, digest
from chalicelib.core.transactions import Transaction
from chalicelib.space3.domain.events import COMPLETED_EVENT, FINISHED_EVENT
from chalicelib.space3.models import AnsweredRow, EvidenceRow, JobRow
from chalicelib.webhooks.named import are_named

_OF_MISSIONS: Final = frozenset((COMPLETED_EVENT,))
_OF_JOBS: Final = frozenset((FINISHED_EVENT,))


def store_completion(origin: str, evidence: EvidenceRow) -> bool:
    """Stores evidence that a user has done a mission, with its event; False, and nothing, where that is not to be told.

    It is where no endpoint names the event, and where it was told already.
    """
    if not are_named(origin, _OF_MISSIONS):
        return False
    from chalicelib.space3 import event_bodies
    from chalicelib.webhooks import service as webhooks

    cause = (origin, COMPLETED_EVENT, evidence.mission_id, evidence.uid, evidence.from_date or "")
    transaction = Transaction()
    transaction.put(evidence)
    webhooks.emit_named(
        transaction,
        origin=origin,
        contents={COMPLETED_EVENT: event_bodies.verified(evidence)},
        event_id=EVENT_PREFIX + digest(*cause),
        keeps_id=True,
    )
    try:
        transaction.commit()
    except webhooks.EventExists:
        return False
    return True


def add_reward(transaction: Transaction, mission: AnsweredRow, person: Sequence[Identity]) -> None:
    """A person has done a mission for the first time, and is owed its reward."""
    if not are_named(mission.origin, _OF_MISSIONS):
        return
    from chalicelib.space3 import event_bodies
    from chalicelib.webhooks import service as webhooks

    identities: list[event_bodies.KnownIdentity] = [{"kind": each.kind, "value": each.value} for each in person]
    content = event_bodies.rewarded(mission, identities, at=epoch_micros(now()))
    webhooks.emit_named(transaction, origin=mission.origin, contents={COMPLETED_EVENT: content})


def add_job(transaction: Transaction, job: JobRow, *, done: int, not_done: int, unknown: int) -> None:
    """The last users of a job have their verdict; these are the counts of all."""
    if not are_named(job.origin, _OF_JOBS):
        return
    from chalicelib.space3 import event_bodies
    from chalicelib.webhooks import service as webhooks

    content = event_bodies.finished(job, done=done, not_done=not_done, unknown=unknown, at=epoch_micros(now()))
    webhooks.emit_named(transaction, origin=job.origin, contents={FINISHED_EVENT: content})
