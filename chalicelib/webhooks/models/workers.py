"""What each worker has in hand."""

from pynamodb.attributes import NumberAttribute

from chalicelib.core.tables import JsonText, key
from chalicelib.webhooks.models.table import WebhooksRow


class WorkerRow(WebhooksRow):
    """pk: `WORKERS#{lane}`; sk: a worker. What it has in hand since `at`, which counts `until` then (microseconds).

    `shares` are, by partner and endpoint, `[state, flow]`: 1 while calls are in hand, 2 while one of them is slow;
    how much of the second before `at` the worker was answered by the endpoint.
    """

    at = NumberAttribute()
    until = NumberAttribute()
    shares = JsonText()


def workers_pk(lane: str) -> str:
    """Where the workers of a lane say what they have in hand."""
    return key("WORKERS", lane)
