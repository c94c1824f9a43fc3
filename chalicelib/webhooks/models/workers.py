"""What each worker has in hand."""

from pynamodb.attributes import NumberAttribute

from chalicelib.core.tables import JsonText, key
from chalicelib.webhooks.models.table import WebhooksRow


class WorkerRow(WebhooksRow):
    """pk: `WORKERS#{lane}`; sk: a worker. What it has in hand since `at`; counts up to `until`, both in microseconds.

    `shares` holds `[state, flow]` by partner and endpoint. The state is 1 with calls in hand, 2 where one of them is
    slow, else 0; the flow is a `Share`'s.
    """

    at = NumberAttribute()
    until = NumberAttribute()
    shares = JsonText()


def workers_pk(lane: str) -> str:
    """Where the workers of a lane say what they have in hand."""
    return key("WORKERS", lane)
