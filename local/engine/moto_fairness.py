"""Fair queues, which moto does not know: messages of quiet groups pass those of noisy ones, in standard queues.

A group is noisy while it has more than a tenth of what is in flight and at least 30 messages of that, or more than a
tenth of the time that all messages in flight have been worked at, and at least 2 seconds. Quiet groups come first, then
noisy ones by how few of theirs are in flight. AWS also counts the time of what has ended lately.
Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues-detailed.html
"""

from collections import Counter
from functools import wraps
from time import time
from typing import Any

from moto.sqs.models import Message, Queue

_SHARE, _LEAST_IN_FLIGHT, _LEAST_SECONDS = 0.1, 30, 2.0


def make_queues_fair() -> None:
    """Makes a receive take the messages of a standard queue in the order of a fair queue."""
    mark_received, in_order = Message.mark_received, Queue.messages.fget
    assert in_order is not None

    @wraps(mark_received)
    def noting_when(self: Message, *arguments: Any, **named: Any) -> None:
        self.received_at = time()
        mark_received(self, *arguments, **named)

    def fair(self: Queue) -> list[Message]:
        messages: list[Message] = in_order(self)
        if self.fifo_queue or len({message.group_id for message in messages}) < 2:
            return messages
        noisy = _noisy_groups(self)
        return sorted(messages, key=lambda message: noisy.get(str(message.group_id), -1)) if noisy else messages

    Message.mark_received = noting_when
    Queue.messages = property(fair)


def _noisy_groups(queue: Queue) -> dict[str, int]:
    """The noisy groups, each with how many of its messages are in flight."""
    at = time()
    number: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    for message in queue.pending_messages:
        group = str(message.group_id or message.id)
        number[group] += 1
        seconds[group] += at - getattr(message, "received_at", at)
    together, worked = sum(number.values()), sum(seconds.values())
    return {
        group: count
        for group, count in number.items()
        if (count >= _LEAST_IN_FLIGHT and count > _SHARE * together)
        or (seconds[group] >= _LEAST_SECONDS and seconds[group] > _SHARE * worked)
    }
