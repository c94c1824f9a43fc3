"""What Lambda runs for missions besides the API."""

from chalicelib.core.functions import Event, QueueFunction, ScheduledFunction
from chalicelib.core.messages import BatchAnswer
from chalicelib.space3.queues import JOBS


def verify_users(event: Event) -> BatchAnswer:
    """Many users' verifications; one partner's host in order."""
    from chalicelib.space3 import tasks

    return tasks.work(event)


def sweep_verifications() -> int:
    """Finds jobs of verifications that are due."""
    from chalicelib.space3.service import jobs

    return jobs.sweep()


FUNCTIONS = (
    QueueFunction(verify_users, JOBS, batch_size=1),
    ScheduledFunction(sweep_verifications, minutes=1),
)
