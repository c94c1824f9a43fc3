"""What Lambda runs for Dreamspace besides the API."""

from chalicelib.core.functions import Event, QueueFunction, ScheduledFunction
from chalicelib.core.messages import BatchAnswer
from chalicelib.dreamspace.queues import TIDYING


def tidy_dreamspace(event: Event) -> BatchAnswer:
    """What changes in Dreamspace leave behind."""
    from chalicelib.dreamspace import tasks

    return tasks.tidy(event)


def sweep_dreamspace() -> int:
    """Finds requests to tidy up in Dreamspace that are still open."""
    from chalicelib.dreamspace.service import tidying

    return tidying.sweep()


FUNCTIONS = (
    QueueFunction(tidy_dreamspace, TIDYING, batch_size=10),
    ScheduledFunction(sweep_dreamspace, minutes=1),
)
