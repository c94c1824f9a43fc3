"""What partners are told of missions: events that are recorded only while an endpoint names them.

A mission that we verify is completed for a user once in each of its windows, with the first evidence that says so: the
event's id is made of user, mission and window, so a later verification finds it taken. A mission that we answer for is
completed for a person when its reward is created; without a reward no answer is stored.
"""

from collections.abc import Sequence

from chalicelib.activity.domain import Identity
from chalicelib.core.clock import epoch_micros, now
from chalicelib.core.ids import EVENT_PREFIX, digest
from chalicelib.core.transactions import Transaction
from chalicelib.space3.domain import COMPLETED_EVENT, FINISHED_EVENT
from chalicelib.space3.models import AnsweredRow, EvidenceRow, JobRow
from chalicelib.webhooks.telling import add_named


def store_completion(origin: str, evidence: EvidenceRow) -> bool:
    """Stores evidence that a user has done a mission, with its event.

    Returns False, and stores nothing, where no endpoint names the event or it was recorded already.
    """

    def verified() -> object:
        from chalicelib.space3 import event_bodies

        return event_bodies.verified(evidence)

    cause = (origin, COMPLETED_EVENT, evidence.mission_id, evidence.uid, evidence.from_date or "")
    event_id = EVENT_PREFIX + digest(*cause)
    transaction = Transaction()
    transaction.put(evidence)
    if not add_named(transaction, origin, {COMPLETED_EVENT: verified}, event_id=event_id, keeps_id=True):
        return False
    from chalicelib.webhooks.service import EventExists

    try:
        transaction.commit()
    except EventExists:
        return False
    return True


def add_reward(transaction: Transaction, mission: AnsweredRow, person: Sequence[Identity]) -> None:
    """A person has done a mission for the first time, and is owed its reward."""

    def rewarded() -> object:
        from chalicelib.space3 import event_bodies

        identities: list[event_bodies.KnownIdentity] = [{"kind": each.kind, "value": each.value} for each in person]
        return event_bodies.rewarded(mission, identities, at=epoch_micros(now()))

    add_named(transaction, mission.origin, {COMPLETED_EVENT: rewarded})


def add_job(transaction: Transaction, job: JobRow, *, done: int, not_done: int, unknown: int) -> None:
    """The last users of a job have their verdict; these are the counts of all."""

    def finished() -> object:
        from chalicelib.space3 import event_bodies

        return event_bodies.finished(job, done=done, not_done=not_done, unknown=unknown, at=epoch_micros(now()))

    add_named(transaction, job.origin, {FINISHED_EVENT: finished})
