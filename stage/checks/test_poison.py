"""A message that cannot be read, in every queue: it becomes a dead letter, and can be sent back.

All queues get theirs at once, so that the seconds for which SQS hides a message pass for all together.
"""

from collections import Counter
from typing import Any, NamedTuple

from chalicelib import inventory
from chalicelib.core.queues import Queue
from stage.checks.conftest import DeployedStage
from stage.checks.waiting import eventually


class _Counts(NamedTuple):
    """Messages of a queue that wait or are in work, and of its dead letters."""

    living: int
    dead: int


def _counts(sqs: Any, stack: str, queue: Queue) -> _Counts:
    """The counts of a queue of this stack: the settings of this process would name another stage's."""
    return _Counts(_count(sqs, _name(stack, queue)), _count(sqs, _name(stack, queue, "-dead")))


def _name(stack: str, queue: Queue, end: str = "") -> str:
    return f"{stack}-{queue.name}{end}{'.fifo' if queue.fifo else ''}"


def _count(sqs: Any, name: str) -> int:
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)


def _send(sqs: Any, stack: str, queue: Queue) -> None:
    url = sqs.get_queue_url(QueueName=_name(stack, queue))["QueueUrl"]
    ordered = {"MessageGroupId": "any", "MessageDeduplicationId": f"poison of {queue.name}"} if queue.fifo else {}
    # A worker may leave the message to SQS, which hands it out five times; so that does not take minutes.
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "1"})
    sqs.send_message(QueueUrl=url, MessageBody="not a message", **ordered)


def _refusals(stage: DeployedStage) -> Counter[str]:
    """How often each function has reported a message that it cannot read."""
    return Counter({name: text.count("message not understood") for name, text in stage.output().items()})


def test_poison_in_every_queue_ends_among_the_dead_letters_and_can_be_sent_back(stage: DeployedStage) -> None:
    sqs, stack, queues = stage.session.create_client("sqs"), stage.about.stack, inventory.queues()

    def counts() -> dict[str, _Counts]:
        return {queue.name: _counts(sqs, stack, queue) for queue in queues}

    def are_dead(found: dict[str, _Counts]) -> bool:
        # A worker that starts slowly may be handed one more than once, and moves each to the dead letters.
        return all(each.living == 0 and each.dead >= 1 for each in found.values())

    for queue in queues:
        _send(sqs, stack, queue)
    eventually(counts, are_dead)
    # A message may be among the dead letters before the function that it was handed to has started.
    before = eventually(lambda: +_refusals(stage), lambda found: len(found) == len(queues))
    for queue in queues:
        sent = stage.command("queues", "redrive", queue.name, "--yes")
        assert sent["moved"] >= 1, sent
        assert sent["failed"] == 0, sent
    eventually(lambda: +(_refusals(stage) - before), lambda again: again.keys() == before.keys())
    eventually(counts, are_dead)
