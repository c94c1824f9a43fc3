"""What the queues and the clock start."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import lru_cache
from typing import Any

from chalicelib.core import logging
from chalicelib.core.messages import (
    BatchAnswer,
    Fields,
    NotUnderstood,
    Record,
    batch_answer,
    text_of,
    work_message,
)
from chalicelib.webhooks.queues import CLOSE, DELIVER, RECOVER, TELL
from chalicelib.webhooks.service import statistics
from chalicelib.webhooks.service.statistics import Attempted

_log = logging.logger("webhooks.tasks")
# Lambda works one batch of ten at a time; a local run's pump, several.
_MOST_SIDE_BY_SIDE = 256


def deliver(event: Mapping[str, Any]) -> BatchAnswer:
    """Handles a batch of SQS messages side by side, so that it takes as long as its slowest.

    Answers the messages that failed by our own fault, or that are not understood: they come again and end
    in the dead-letter queue. What a receiver does never fails a message.
    """
    records: Sequence[Record] = event["Records"]
    if len(records) == 1:
        worked = [work_message(records[0], _perform)]
    else:
        under_way = [_threads().submit(work_message, record, _perform) for record in records]
        wait(under_way)
        worked = [each.result() for each in under_way]
    statistics.count(each.result for each in worked if each.result is not None)
    return batch_answer([record["messageId"] for record, each in zip(records, worked, strict=True) if each.stays])


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    """Kept from batch to batch, as many as were ever needed at once: new ones cost a sixth of a batch's time."""
    return ThreadPoolExecutor(_MOST_SIDE_BY_SIDE, thread_name_prefix="deliver")


def sweep() -> int:
    """Enqueues what is due; returns how many deliveries."""
    from chalicelib.webhooks.service import sweeper

    enqueued = sweeper.sweep()
    if enqueued:
        _log.info("swept", extra={"enqueued": enqueued})
    return enqueued


def _perform(message: Fields) -> Attempted | None:
    # The client of the partners' addresses loads with the first message, not with the API.
    from chalicelib.webhooks.service import closures, deliverer, notices, recoveries

    task, origin = message.get("task"), text_of(message, "origin")
    if task == DELIVER:
        return deliverer.deliver(origin, text_of(message, "delivery_id"))
    if task == RECOVER:
        recoveries.work(origin, text_of(message, "recovery_id"))
    elif task == CLOSE:
        closures.work(origin, text_of(message, "endpoint_id"))
    elif task == TELL:
        notices.work(origin, text_of(message, "letter_id"))
    else:
        raise NotUnderstood("unknown task")
    return None
