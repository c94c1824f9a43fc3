"""What the queues and the clock start."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from chalicelib.core import logging
from chalicelib.webhooks.queues import DELIVER
from chalicelib.webhooks.service import deliverer, sweeper

_log = logging.logger("webhooks.tasks")


class _Poison(Exception):
    """A message that no worker of this version understands."""


def deliver(event: Mapping[str, Any]) -> dict[str, list[dict[str, str]]]:
    """Handles a batch of SQS messages side by side, so that it takes as long as its slowest.

    Answers the messages that failed by our own fault, or that are not understood: they come again and end
    in the dead-letter queue. What a receiver does never fails a message.
    """
    records: Sequence[Mapping[str, Any]] = event["Records"]
    if len(records) == 1:
        handled = [_handle(records[0])]
    else:
        with ThreadPoolExecutor(max_workers=max(1, len(records)), thread_name_prefix="deliver") as threads:
            handled = list(threads.map(_handle, records))
    failed = [
        record["messageId"] for record, succeeded in zip(records, handled, strict=True) if not succeeded
    ]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def sweep() -> int:
    """Enqueues what is due; returns how many deliveries."""
    enqueued = sweeper.sweep()
    if enqueued:
        _log.info("swept", extra={"enqueued": enqueued})
    return enqueued


def _handle(record: Mapping[str, Any]) -> bool:
    logging.unbind()
    logging.bind(message=record["messageId"])
    try:
        origin, delivery_id = _read(record["body"])
        deliverer.deliver(origin, delivery_id)
    except _Poison as error:
        _log.error("message not understood", extra={"why": str(error)})
        return False
    except Exception:  # whatever it is, the other messages of the batch are not to suffer for it
        _log.exception("delivery failed by our own fault")
        return False
    return True


def _read(body: str) -> tuple[str, str]:
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _Poison("not JSON") from error
    if not isinstance(message, dict) or message.get("version") != 1 or message.get("task") != DELIVER:
        raise _Poison("unknown version or task")
    origin, delivery_id = message.get("origin"), message.get("delivery_id")
    if not isinstance(origin, str) or not isinstance(delivery_id, str):
        raise _Poison("no delivery is named")
    return origin, delivery_id
