"""A message that nobody understands, in every queue: it ends among the dead letters, and can be sent back."""

from time import monotonic, sleep
from typing import Any

import pytest

from chalicelib import inventory
from chalicelib.core.queues import Queue
from stage.checks.conftest import DeployedStage

_QUEUES = inventory.queues()


def _names(stage: DeployedStage, queue: Queue) -> tuple[str, str]:
    """The names of a queue and of its dead letters on the stage; here the settings are another stage's."""
    end = ".fifo" if queue.fifo else ""
    return f"{stage.about.stack}-{queue.name}{end}", f"{stage.about.stack}-{queue.name}-dead{end}"


def _count(sqs: Any, name: str) -> int:
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    names = ["ApproximateNumberOfMessages"]
    return int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"][names[0]])


def _wait(sqs: Any, name: str, count: int) -> None:
    deadline = monotonic() + 60
    while (found := _count(sqs, name)) != count:
        assert monotonic() < deadline, f"{name} holds {found} messages"
        sleep(0.2)


@pytest.mark.parametrize("queue", _QUEUES, ids=[queue.name for queue in _QUEUES])
def test_poison_ends_among_the_dead_letters_and_can_be_sent_back(stage: DeployedStage, queue: Queue) -> None:
    sqs = stage.session.create_client("sqs")
    living, dead = _names(stage, queue)
    url = sqs.get_queue_url(QueueName=living)["QueueUrl"]
    ordered = {"MessageGroupId": "any", "MessageDeduplicationId": f"poison of {queue.name}"} if queue.fifo else {}
    # Where a worker leaves it to SQS, which hands it out five times, that need not take minutes.
    attributes = {"VisibilityTimeout": "1"}
    sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)
    sqs.send_message(QueueUrl=url, MessageBody="not a message", **ordered)
    _wait(sqs, dead, 1)
    sent = stage.command("queues", "redrive", queue.name, "--yes")
    assert sent, "the command tells what it sent"
    _wait(sqs, living, 0)
    _wait(sqs, dead, 1)
