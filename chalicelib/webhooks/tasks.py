"""What the queues and the clock start."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from chalicelib.core import logging
from chalicelib.core.messages import NotUnderstood, batch_answer, read_message, text_of
from chalicelib.webhooks.queues import CLOSE, DELIVER, RECOVER
from chalicelib.webhooks.service import statistics
from chalicelib.webhooks.service.statistics import Attempted

_log = logging.logger("webhooks.tasks")
# Lambda works one batch of ten at a time; a local run's pump, several.
_MOST_SIDE_BY_SIDE = 256


@dataclass
class _Handled:
    """What came of a message."""

    failed: bool = False
    attempted: Attempted | None = None


def deliver(event: Mapping[str, Any]) -> dict[str, list[dict[str, str]]]:
    """Handles a batch of SQS messages side by side, so that it takes as long as its slowest.

    Answers the messages that failed by our own fault, or that are not understood: they come again and end
    in the dead-letter queue. What a receiver does never fails a message.
    """
    records: Sequence[Mapping[str, Any]] = event["Records"]
    if len(records) == 1:
        handled = [_handle(records[0])]
    else:
        under_way = [_threads().submit(_handle, record) for record in records]
        wait(under_way)
        handled = [each.result() for each in under_way]
    statistics.count(each.attempted for each in handled if each.attempted is not None)
    failed = [record["messageId"] for record, each in zip(records, handled, strict=True) if each.failed]
    return batch_answer(failed)


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


def _handle(record: Mapping[str, Any]) -> _Handled:
    logging.unbind()
    logging.bind(message_id=record["messageId"])
    try:
        return _Handled(attempted=_perform(record["body"]))
    except NotUnderstood as error:
        _log.error("message not understood", extra={"why": str(error)})
    except Exception:  # whatever it is, the other messages of the batch are not to suffer for it
        _log.exception("delivery failed by our own fault")
    return _Handled(failed=True)


def _perform(body: str) -> Attempted | None:
    # The client of the partners' addresses loads with the first message, not with the API.
    from chalicelib.webhooks.service import closures, deliverer, recoveries

    message = read_message(body)
    if message.get("task") == DELIVER:
        return deliverer.deliver(text_of(message, "origin"), text_of(message, "delivery_id"))
    if message.get("task") == RECOVER:
        recoveries.work(text_of(message, "origin"), text_of(message, "recovery_id"))
        return None
    if message.get("task") == CLOSE:
        closures.work(text_of(message, "origin"), text_of(message, "endpoint_id"))
        return None
    raise NotUnderstood("unknown task")
