"""Reads counts and ages of queues from SQS and CloudWatch, and moves dead letters."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.core import aws
from chalicelib.core.clock import now
from chalicelib.core.ids import digest
from chalicelib.core.logging import logger
from chalicelib.core.queues import Queue, queue_url

MOST_RECEIVED = 10
# Longer than a redrive lasts, so that it does not receive a letter twice.
HOLD_SECONDS = 60
_WAIT_SECONDS = 1  # a receive that does not wait asks only some of SQS's servers
_METRIC_PERIOD_SECONDS = 60
_METRIC_WINDOW = timedelta(minutes=5)  # SQS publishes its metrics some minutes late

_log = logger("operations")


class Counts(NamedTuple):
    """How many messages wait, are being worked on, are delayed, and are dead letters."""

    depth: int
    in_flight: int
    delayed: int
    dead_letters: int


class DeadLetter(NamedTuple):
    """A message of a dead-letter queue, hidden for `HOLD_SECONDS`; only FIFO queues have a `group`.

    `sent_at` is when a worker put it there; where SQS moved it, when it was first sent to the queue it came from.
    """

    id: str
    body: str
    group: str
    receipt: str
    sent_at: datetime


def counts(queue: Queue) -> Counts:
    """The queue's counts, in two requests."""
    alive, dead = (_attributes(name) for name in (queue.full_name, queue.dead_letter_name))
    return Counts(
        depth=int(alive["ApproximateNumberOfMessages"]),
        in_flight=int(alive["ApproximateNumberOfMessagesNotVisible"]),
        delayed=int(alive["ApproximateNumberOfMessagesDelayed"]),
        dead_letters=int(dead["ApproximateNumberOfMessages"]) + int(dead["ApproximateNumberOfMessagesNotVisible"]),
    )


def oldest_ages(queues: Sequence[Queue]) -> dict[str, int]:
    """The age of the oldest message of each queue in seconds, by queue name, in one request to CloudWatch.

    SQS itself does not offer this. Queues without data are left out: queues unused for six hours, or all queues if
    CloudWatch does not answer.
    """
    until = now()
    try:
        answer = aws.client("cloudwatch").get_metric_data(
            MetricDataQueries=[_age_query(number, queue) for number, queue in enumerate(queues)],
            StartTime=until - _METRIC_WINDOW,
            EndTime=until,
        )
    except (BotoCoreError, ClientError) as error:
        _log.warning("ages of messages unknown", extra={"why": str(error)})
        return {}
    latest = {
        result["Id"]: int(max(zip(result["Timestamps"], result["Values"], strict=True))[1])
        for result in answer["MetricDataResults"]
        if result["Values"]
    }
    return {queue.name: latest[f"q{number}"] for number, queue in enumerate(queues) if f"q{number}" in latest}


def receive_dead(queue: Queue, *, at_most: int) -> list[DeadLetter]:
    """Up to ten dead letters, hidden from other calls for `HOLD_SECONDS`; those of a FIFO group in their order."""
    answer = aws.client("sqs").receive_message(
        QueueUrl=queue_url(queue.dead_letter_name),
        MaxNumberOfMessages=min(MOST_RECEIVED, at_most),
        VisibilityTimeout=HOLD_SECONDS,
        WaitTimeSeconds=_WAIT_SECONDS,
        MessageSystemAttributeNames=["MessageGroupId", "SentTimestamp"],
    )
    return [
        DeadLetter(
            id=message["MessageId"],
            body=message["Body"],
            group=message["Attributes"].get("MessageGroupId", ""),
            receipt=message["ReceiptHandle"],
            sent_at=datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC),
        )
        for message in answer.get("Messages", [])
    ]


def send_back(queue: Queue, letter: DeadLetter) -> bool:
    """Sends a dead letter to its queue again, in its group; False if SQS refused it."""
    # After a crash before the deletion, a repeated send within five minutes is dropped by SQS in a FIFO queue.
    fifo = {"MessageGroupId": letter.group, "MessageDeduplicationId": digest(letter.id)} if queue.fifo else {}
    return _done(
        "dead letter not sent back",
        letter,
        lambda sqs: sqs.send_message(QueueUrl=queue_url(queue.full_name), MessageBody=letter.body, **fifo),
    )


def delete_dead(queue: Queue, letter: DeadLetter) -> bool:
    """Deletes a dead letter after it was sent; False if that failed, then a later redrive sends it again."""
    return _done(
        "dead letter sent back but not deleted",
        letter,
        lambda sqs: sqs.delete_message(QueueUrl=queue_url(queue.dead_letter_name), ReceiptHandle=letter.receipt),
    )


def release_dead(queue: Queue, letters: Iterable[DeadLetter]) -> None:
    """Makes hidden dead letters visible at once; on failure they become visible after `HOLD_SECONDS`."""
    url = queue_url(queue.dead_letter_name)
    for letter in letters:
        _done(
            "dead letter held a little longer",
            letter,
            lambda sqs, receipt=letter.receipt: sqs.change_message_visibility(
                QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=0
            ),
        )


def _attributes(full_name: str) -> dict[str, str]:
    answer = aws.client("sqs").get_queue_attributes(
        QueueUrl=queue_url(full_name),
        AttributeNames=[
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        ],
    )
    attributes: dict[str, str] = answer["Attributes"]
    return attributes


def _age_query(number: int, queue: Queue) -> dict[str, Any]:
    metric = {
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateAgeOfOldestMessage",
        "Dimensions": [{"Name": "QueueName", "Value": queue.full_name}],
    }
    return {"Id": f"q{number}", "MetricStat": {"Metric": metric, "Period": _METRIC_PERIOD_SECONDS, "Stat": "Maximum"}}


def _done(unless: str, letter: DeadLetter, call: Any) -> bool:
    try:
        call(aws.client("sqs"))
    except (BotoCoreError, ClientError) as error:
        _log.warning(unless, extra={"message_id": letter.id, "why": str(error)})
        return False
    return True
