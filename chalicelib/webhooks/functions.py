"""What Lambda runs for webhooks besides the API."""

from chalicelib.core.functions import Event, QueueFunction, ScheduledFunction
from chalicelib.core.messages import BatchAnswer
from chalicelib.webhooks.queues import FAST, SLOW


def deliver_webhooks(event: Event) -> BatchAnswer:
    """First tries of webhooks to healthy endpoints."""
    from chalicelib.webhooks import tasks

    return tasks.deliver(event)


def deliver_slow_webhooks(event: Event) -> BatchAnswer:
    """Retries, and endpoints in trouble."""
    from chalicelib.webhooks import tasks

    return tasks.deliver(event)


def sweep_webhooks() -> int:
    """Finds deliveries that are due."""
    from chalicelib.webhooks import tasks

    return tasks.sweep()


FUNCTIONS = (
    QueueFunction(deliver_webhooks, FAST, batch_size=10),
    QueueFunction(deliver_slow_webhooks, SLOW, batch_size=10),
    ScheduledFunction(sweep_webhooks, minutes=1),
)
