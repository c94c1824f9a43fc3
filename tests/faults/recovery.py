"""What brings a platform back to rest: sweeps and workers while time passes, with the queue's help or without."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from chalicelib.core import aws
from chalicelib.core.clock import travelled
from chalicelib.core.queues import queue_url
from local.engine.resources import QUEUES
from tests.platform import Partner, Platform
from tests.receivers import Received, Receiver

_GRACE = timedelta(minutes=3)
_LONGEST_PAUSE = timedelta(minutes=11)
_ROUNDS = 3


def let_time_pass(platform: Platform, *, rounds: int = _ROUNDS) -> None:
    """Runs every schedule and works every queue, again and again, later each time."""
    with travelled(_GRACE) as further:
        for _ in range(rounds):
            platform.sweep()
            platform.drain()
            further(_LONGEST_PAUSE)


@contextmanager
def impatient() -> Iterator[None]:
    """A message that a dead worker had received is handed out again at once, not after its visibility time-out."""
    _set_visibility({queue.full_name: 0 for queue in QUEUES})
    try:
        yield
    finally:
        _set_visibility({queue.full_name: queue.visibility_seconds for queue in QUEUES})


def _set_visibility(seconds: dict[str, int]) -> None:
    for name, value in seconds.items():
        aws.client("sqs").set_queue_attributes(QueueUrl=queue_url(name), Attributes={"VisibilityTimeout": str(value)})


def lose_messages() -> list[str]:
    """Empties every queue, as if SQS had never taken what was sent; gives the bodies."""
    sqs = aws.client("sqs")
    bodies = []
    for queue in QUEUES:
        url = queue_url(queue.full_name)
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                bodies.append(message["Body"])
    return bodies


def listen(partner: Partner, receiver: Receiver) -> None:
    """Registers the receiver as the partner's endpoint, under a path of the partner's own."""
    partner.add_endpoint(f"{receiver.url}/{partner.origin}")


def heard(partner: Partner, receiver: Receiver) -> Sequence[Received]:
    """The webhooks that the receiver got for this partner."""
    return [request for request in list(receiver.requests) if request.target.endswith(f"/{partner.origin}")]
