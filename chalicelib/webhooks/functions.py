"""What Lambda runs for webhooks besides the API."""

from chalicelib.core.functions import Event, QueueFunction, ScheduledFunction
from chalicelib.core.messages import BatchAnswer
from chalicelib.webhooks.queues import FAST, SLOW, workers_of


def deliver_webhooks(event: Event) -> BatchAnswer:
    """First tries of webhooks to healthy endpoints."""
    from chalicelib.webhooks import tasks

    return tasks.deliver(event, FAST)


def deliver_slow_webhooks(event: Event) -> BatchAnswer:
    """Retries, and endpoints that are slow or in trouble."""
    from chalicelib.webhooks import tasks

    return tasks.deliver(event, SLOW)


def sweep_webhooks() -> int:
    """Finds deliveries that are due."""
    from chalicelib.webhooks import tasks

    return tasks.sweep()


FUNCTIONS = (
    QueueFunction(deliver_webhooks, FAST, batch_size=10, at_once=workers_of(FAST)),
    QueueFunction(deliver_slow_webhooks, SLOW, batch_size=10, at_once=workers_of(SLOW)),
    ScheduledFunction(sweep_webhooks, minutes=1),
)
