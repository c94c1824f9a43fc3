"""URI updates of a token that took another id: they follow it, and touch nothing of whoever has the old id."""

from collections.abc import Sequence

from chalicelib.chain.models.jobs import JobRow
from chalicelib.chain.repository import working
from chalicelib.chain.service.outbox import AlreadyQueued, TokenReference, enqueue_update
from chalicelib.core.transactions import Transaction


def follow(jobs: Sequence[JobRow], token: TokenReference) -> None:
    """Moves waiting updates to the id that the token has now, each in a transaction of its own."""
    for job in jobs:
        transaction = Transaction()
        working.add_job_end(transaction, job)
        enqueue_update(transaction, token, scan_number=int(job.number))
        try:
            transaction.commit()
        except (working.JobTaken, AlreadyQueued):
            continue  # another worker moved it
