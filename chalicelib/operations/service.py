"""Use cases of queues and dead letters."""

import time

from chalicelib import inventory
from chalicelib.core.clock import now
from chalicelib.core.errors import NotFound, existing
from chalicelib.core.logging import logger
from chalicelib.core.queues import Queue
from chalicelib.core.settings import settings
from chalicelib.operations import repository
from chalicelib.operations.repository import DeadLetter
from chalicelib.operations.schemas import QueueRead, RedriveRead

QUEUES = inventory.queues()
REDRIVE_SECONDS = 15.0  # the gateway gives up after 29

_log = logger("operations")


class QueueUnknown(NotFound):
    """No queue has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no queue {name}; there are {', '.join(queue.name for queue in QUEUES)}.")


def list_queues() -> list[QueueRead]:
    """Every queue of the platform."""
    # A local run has no metrics of queues.
    ages = {} if settings().is_local else repository.oldest_ages(QUEUES)
    return [
        QueueRead(name=queue.name, **repository.counts(queue)._asdict(), oldest_age_seconds=ages.get(queue.name))
        for queue in QUEUES
    ]


def redrive(name: str, *, limit: int) -> RedriveRead:
    """Sends up to `limit` dead letters back to the queue they came from; ends by itself after 15 s.

    Only letters that were dead before the call are sent, since a worker may refuse them again at once. Each letter is
    sent and then deleted, so a crash may repeat a message but never loses one. A letter that cannot be sent stays dead;
    in a FIFO queue the later letters of its group stay too, which keeps their order. To move more, call it again.
    Raises `QueueUnknown`.
    """
    queue = existing(next((each for each in QUEUES if each.name == name), None), otherwise=QueueUnknown(name))
    begun = now()
    ends = time.monotonic() + REDRIVE_SECONDS
    moved = 0
    stuck: list[DeadLetter] = []
    back: list[DeadLetter] = []
    while moved < limit and time.monotonic() < ends:
        received = repository.receive_dead(queue, at_most=limit - moved)
        letters = [letter for letter in received if letter.sent_at < begun]
        back += [letter for letter in received if letter.sent_at >= begun]
        still_stuck = _send_back(queue, letters, behind=stuck)
        stuck += still_stuck
        moved += len(letters) - len(still_stuck)
        if len(letters) == len(still_stuck):  # none is left, or SQS accepts none now
            break
    repository.release_dead(queue, [*stuck, *back])
    _log.info("dead letters redriven", extra={"queue": name, "moved": moved, "failed": len(stuck), "actor": "admin"})
    return RedriveRead(moved=moved, failed=len(stuck))


def _send_back(queue: Queue, letters: list[DeadLetter], *, behind: list[DeadLetter]) -> list[DeadLetter]:
    """Sends the letters one by one; returns those that stay because they, or an earlier one of their group, failed."""
    blocked = {letter.group for letter in behind}
    staying: list[DeadLetter] = []
    for letter in letters:
        if (queue.fifo and letter.group in blocked) or not repository.send_back(queue, letter):
            blocked.add(letter.group)
            staying.append(letter)
        else:
            repository.delete_dead(queue, letter)
    return staying
