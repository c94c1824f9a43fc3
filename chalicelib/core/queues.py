"""SQS queues: what they are called, how they behave, and best-effort sending.

A message is a hint that names rows; the rows are the truth. So a send that fails is logged and forgotten: the
sweepers find what is due.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.core import aws
from chalicelib.core.ids import digest, sortable_id
from chalicelib.core.logging import logger
from chalicelib.core.settings import settings

_log = logger("queues")
_BATCH = 10
_GRACE_SECONDS, _SHORTEST_GRACE_SECONDS = 120.0, 2.0
MAX_RECEIVE_COUNT = 5
RETENTION_SECONDS = 14 * 24 * 3600


class Queue(NamedTuple):
    """A queue and its dead-letter queue; both keep messages for 14 days."""

    name: str
    visibility_seconds: int
    fifo: bool = False

    @property
    def full_name(self) -> str:
        """The name in SQS, such as `spacegarden-dev-jobs`."""
        return f"{settings().prefix}{self.name}{'.fifo' if self.fifo else ''}"

    @property
    def dead_letter_name(self) -> str:
        """The name of its dead-letter queue in SQS."""
        return f"{settings().prefix}{self.name}-dead{'.fifo' if self.fifo else ''}"


class Message(NamedTuple):
    """A task for a worker: an imperative `task` and the ids it needs.

    `group` orders messages of a FIFO queue; in any other, SQS lets quiet groups pass noisy ones (fair queues).
    `delay_seconds`, at most 900, has no effect in a FIFO queue.
    """

    task: str
    body: Mapping[str, str | int]
    group: str | None = None
    delay_seconds: int = 0

    def encode(self) -> str:
        """The body of the SQS message, as JSON."""
        return json.dumps({"version": 1, "task": self.task, **self.body}, separators=(",", ":"))


def grace(seconds: float = _GRACE_SECONDS) -> timedelta:
    """How long a row waits for its message before a sweep sends another: scaled as all delays, at least 2 s."""
    return timedelta(seconds=max(settings().scaled(seconds), _SHORTEST_GRACE_SECONDS))


def send_best_effort(messages: Iterable[tuple[Queue, Message]]) -> int:
    """Sends in batches of ten; returns how many SQS accepted. Never raises."""
    by_queue: defaultdict[Queue, list[Message]] = defaultdict(list)
    for queue, message in messages:
        by_queue[queue].append(message)
    sent = 0
    for queue, waiting in by_queue.items():
        for start in range(0, len(waiting), _BATCH):
            sent += _send_batch(queue, waiting[start : start + _BATCH])
    return sent


def move_to_dead_letters(queue: Queue, body: str) -> bool:
    """Sends a message that no retry can help to the dead-letter queue; False where SQS did not take it."""
    fifo = {"MessageGroupId": digest(queue.name), "MessageDeduplicationId": sortable_id()} if queue.fifo else {}
    try:
        aws.client("sqs").send_message(QueueUrl=queue_url(queue.dead_letter_name), MessageBody=body, **fifo)
    except (BotoCoreError, ClientError) as error:
        _log.warning("message not moved to the dead letters", extra={"queue": queue.name, "why": str(error)})
        return False
    return True


def hand_back(queue: Queue, receipt: str, *, seconds: int) -> None:
    """Shows a received message again after `seconds`, sooner than its visibility time-out would; best effort."""
    if not receipt:
        return
    try:
        aws.client("sqs").change_message_visibility(
            QueueUrl=queue_url(queue.full_name), ReceiptHandle=receipt, VisibilityTimeout=seconds
        )
    except (BotoCoreError, ClientError) as error:
        _log.warning("message not handed back early", extra={"queue": queue.name, "why": str(error)})


@lru_cache(maxsize=32)
def queue_url(full_name: str) -> str:
    """The address of a queue, asked for once a process."""
    answer = aws.client("sqs").get_queue_url(QueueName=full_name)
    return str(answer["QueueUrl"])


def _send_batch(queue: Queue, messages: list[Message]) -> int:
    entries = [_entry(queue, number, message) for number, message in enumerate(messages)]
    try:
        answer = aws.client("sqs").send_message_batch(QueueUrl=queue_url(queue.full_name), Entries=entries)
    except (BotoCoreError, ClientError) as error:
        _log.warning(
            "messages not sent, the sweep will find their work", extra={"queue": queue.name, "why": str(error)}
        )
        return 0
    failed = answer.get("Failed", [])
    if failed:
        _log.warning("messages refused, the sweep will find their work", extra={"queue": queue.name, "failed": failed})
    return len(messages) - len(failed)


def _entry(queue: Queue, number: int, message: Message) -> dict[str, Any]:
    body = message.encode()
    entry: dict[str, Any] = {"Id": str(number), "MessageBody": body}
    if queue.fifo:
        # Each send is its own message: a fixed deduplication id would swallow a needed repeat within five minutes.
        entry |= {"MessageGroupId": digest(message.group or queue.name), "MessageDeduplicationId": sortable_id()}
    else:
        if message.group is not None:
            entry["MessageGroupId"] = digest(message.group)
        if message.delay_seconds:
            entry["DelaySeconds"] = min(message.delay_seconds, 900)
    return entry
