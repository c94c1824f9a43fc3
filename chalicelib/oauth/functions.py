"""What Lambda runs for OAuth besides the API."""

from chalicelib.core.functions import Event, QueueFunction
from chalicelib.core.messages import BatchAnswer
from chalicelib.oauth.queues import ROTATIONS


def rotate_signing_keys(event: Event) -> BatchAnswer:
    """Replaces the older key that signs access tokens; no other function may make keys."""
    from chalicelib.oauth import tasks

    return tasks.work(event)


FUNCTIONS = (QueueFunction(rotate_signing_keys, ROTATIONS, batch_size=1),)
