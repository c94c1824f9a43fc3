"""Queues as these tests fill them, look into them, and break them."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any

from botocore.awsrequest import AWSResponse

from chalicelib.core import aws
from chalicelib.core.queues import Queue, queue_url
from chalicelib.operations.service import QUEUES
from local.engine import resources
from tests.faults.wire import answering, response
from tests.platform import Platform


def empty_queues() -> None:
    """Every queue anew: what other tests left in one would be counted here."""
    sqs = aws.client("sqs")
    for queue in QUEUES:
        for name in (queue.full_name, queue.dead_letter_name):
            # SQS purges a queue only once a minute.
            with suppress(sqs.exceptions.QueueDoesNotExist):
                sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"])
    resources.create_missing()


def fill(name: str, *bodies: str, group: str | None = None) -> None:
    """Puts messages into the queue of this full name."""
    for body in bodies:
        fifo = {} if group is None else {"MessageGroupId": group, "MessageDeduplicationId": f"{group}-{body}"}
        aws.client("sqs").send_message(QueueUrl=queue_url(name), MessageBody=body, **fifo)


def take_all(name: str) -> list[tuple[str, str | None]]:
    """Body and group of every message that can be received, in order; they are gone afterwards."""
    sqs, url = aws.client("sqs"), queue_url(name)
    taken: list[tuple[str, str | None]] = []
    while messages := sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["MessageGroupId"]
    ).get("Messages"):
        for message in messages:
            taken.append((message["Body"], message.get("Attributes", {}).get("MessageGroupId")))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return taken


def show_failures_at_once(queue: Queue) -> None:
    """What a worker fails at can be received again without a wait."""
    attributes = {"VisibilityTimeout": "0"}
    aws.client("sqs").set_queue_attributes(QueueUrl=queue_url(queue.full_name), Attributes=attributes)


@contextmanager
def refusing(operation: str, *, holding: str = "") -> Iterator[None]:
    """SQS refuses such requests, those alone whose body holds a text."""

    def refuse(request: Any) -> AWSResponse | None:
        if holding.encode() not in request.body:
            return None
        return response(request, {"__type": "com.amazonaws.sqs#UnsupportedOperation", "message": "no"}, 400)

    with answering(f"sqs.{operation}", refuse):
        yield


@contextmanager
def worked_at_once(platform: Platform) -> Iterator[None]:
    """Workers take what is sent back before the redrive goes on."""
    at_work = False

    def work(request: Any) -> None:
        nonlocal at_work
        del request
        if not at_work:
            at_work = True
            # In a thread of its own, as another function: the call at hand has another role.
            worker = Thread(target=platform.drain)
            worker.start()
            worker.join()
            at_work = False

    with answering("sqs.DeleteMessage", work):
        yield
