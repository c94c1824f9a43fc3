"""What the queues and the clock start."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import Any

from chalicelib.core import logging
from chalicelib.core.messages import (
    BatchAnswer,
    Fields,
    NotUnderstood,
    Record,
    batch_answer,
    read_message,
    text_of,
    work_message,
)
from chalicelib.core.numbers import read_whole
from chalicelib.core.queues import Queue
from chalicelib.webhooks.breaker import SECOND
from chalicelib.webhooks.crowding import Name
from chalicelib.webhooks.queues import CANCEL, CLOSE, DELIVER, FAST, RECOVER, TELL
from chalicelib.webhooks.service import statistics
from chalicelib.webhooks.service.contents import Contents
from chalicelib.webhooks.service.lanes import Batch, Decision, Request, seconds_until
from chalicelib.webhooks.service.statistics import Attempted

_log = logging.logger("webhooks.tasks")
# Lambda works one batch of ten at a time; a local run's pump, several.
_MOST_SIDE_BY_SIDE = 1024
_SENT_TO_SLOW_LANE = (Decision.HAND_OVER, Decision.RETRY)


def deliver(event: Mapping[str, Any], lane: Queue = FAST) -> BatchAnswer:
    """Handles a batch of SQS messages side by side, so that it takes as long as its slowest.

    Answers the messages that failed by our own fault, or that are not understood: they come again and end
    in the dead-letter queue. What a receiver does never fails a message.
    """
    records: Sequence[Record] = event["Records"]
    requests = [_read_request(record, lane) for record in records]
    understood = [each for each in requests if each is not None]
    contents = Contents(understood, _threads())
    batch = Batch(lane, understood, _threads())
    try:
        decisions = [Decision.CALL if each is None else batch.decision(each) for each in requests]
        sent_on = [each for each, decision in zip(requests, decisions, strict=True) if decision in _SENT_TO_SLOW_LANE]
        batch.send_to_slow_lane([each for each in sent_on if each is not None])
        under_way = [
            (record["messageId"], _threads().submit(work_message, record, partial(_perform, batch, contents, decision)))
            for record, decision in zip(records, decisions, strict=True)
            if decision not in _SENT_TO_SLOW_LANE
        ]
        batch.wait_for_calls(future for _, future in under_way)
        worked = [(message_id, future.result()) for message_id, future in under_way]
    finally:
        batch.end()
    statistics.count(each.result for _, each in worked if each.result is not None)
    return batch_answer([message_id for message_id, each in worked if each.stays])


def _read_request(record: Record, lane: Queue) -> Request | None:
    """The delivery and endpoint that a message names; None for other messages, and for older ones that lack them."""
    try:
        message = read_message(record["body"])
        if message.get("task") == DELIVER:
            name = Name(text_of(message, "origin"), text_of(message, "endpoint_id"))
            again = read_whole(str(message.get("again", 0)), least=0, most=9) or 0
            shown_at = _shown_at(record, again) if lane == FAST or "again" in message else None
            event_id = text_of(message, "event_id") if "event_id" in message else None
            return Request(name, text_of(message, "delivery_id"), event_id, again, shown_at)
    except NotUnderstood:
        pass
    return None


def _shown_at(record: Record, again: int) -> int | None:
    """When the message could be received at first, in microseconds; None where it was received before."""
    attributes = record.get("attributes", {})
    millis = read_whole(str(attributes.get("SentTimestamp")))
    if millis is None or attributes.get("ApproximateReceiveCount") != "1":
        return None
    return 1000 * millis + seconds_until(again) * SECOND


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    """Kept from batch to batch, as many as were ever needed at once: new ones cost a sixth of a batch's time."""
    return ThreadPoolExecutor(_MOST_SIDE_BY_SIDE, thread_name_prefix="deliver")


def sweep() -> int:
    """Enqueues what is due; returns how many messages."""
    from chalicelib.webhooks.service import sweeper

    enqueued = sweeper.sweep()
    if enqueued:
        _log.info("swept", extra={"enqueued": enqueued})
    return enqueued


def _perform(batch: Batch, contents: Contents, decision: Decision, message: Fields) -> Attempted | None:
    task, origin = message.get("task"), text_of(message, "origin")
    if task == DELIVER:
        # What calls partners' addresses loads with the first message, not with the API.
        from chalicelib.webhooks.service.deliverer import deliver

        delivery_id = text_of(message, "delivery_id")
        return deliver(origin, delivery_id, batch, contents, may_call=decision == Decision.CALL)
    from chalicelib.webhooks.service import cancellations, closures, notices, recoveries

    if task == RECOVER:
        recoveries.work(origin, text_of(message, "recovery_id"))
    elif task == CANCEL:
        cancellations.work(origin, text_of(message, "cancellation_id"))
    elif task == CLOSE:
        closures.work(origin, text_of(message, "endpoint_id"))
    elif task == TELL:
        notices.work(origin, text_of(message, "letter_id"))
    else:
        raise NotUnderstood("unknown task")
    return None
