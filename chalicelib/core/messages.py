"""Batches of a queue's messages: how they are read, worked one by one, and answered."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from chalicelib.core import logging
from chalicelib.core.json_reader import NotJson, read_json
from chalicelib.core.metrics import count_failures
from chalicelib.core.queues import Queue, move_to_dead_letters

T = TypeVar("T")
Record = Mapping[str, Any]
Fields = Mapping[str, Any]
BatchAnswer = dict[str, list[dict[str, str]]]
_VERSION = 1
_log = logging.logger("messages")


class NotUnderstood(Exception):
    """A message of another version, or for another worker; the text says what is wrong."""


class Worked(NamedTuple, Generic[T]):
    """What came of a message: what its work gave, or that it stays in the queue."""

    stays: bool
    result: T | None = None


def work_batch(
    event: Mapping[str, Any],
    work: Callable[[Fields], object],
    *,
    poison_of: Queue | None = None,
    in_order: bool = False,
) -> BatchAnswer:
    """Works the messages of a Lambda SQS event, one by one; those that fail come again.

    With `in_order`, a failed message keeps back those behind it in its group. `poison_of` is as for `work_message`.
    """
    failed: list[str] = []
    stopped: set[str] = set()
    for record in event["Records"]:
        group = group_of(record)
        if group in stopped or work_message(record, work, poison_of=poison_of).stays:
            failed.append(record["messageId"])
            if in_order:
                stopped.add(group)
    return batch_answer(failed)


def work_message(record: Record, work: Callable[[Fields], T], *, poison_of: Queue | None = None) -> Worked[T]:
    """Works one message; whatever it raises, the others of its batch do not suffer for it.

    `work` raises `NotUnderstood` for a message that no retry can help. Such a message goes to the dead letters of
    `poison_of` at once; without a queue it stays, and SQS puts it there after some tries.
    """
    logging.unbind()
    logging.bind(message_id=record["messageId"])
    try:
        return Worked(False, work(read_message(record["body"])))
    except NotUnderstood as error:
        _log.error("message not understood", extra={"why": str(error)})
        return Worked(poison_of is None or not move_to_dead_letters(poison_of, record["body"]))
    except Exception:
        _log.exception("message failed by our own fault")
        return Worked(True)


def group_of(record: Record) -> str:
    """The FIFO group of a message; empty in other queues."""
    return str(record.get("attributes", {}).get("MessageGroupId", ""))


def read_message(body: str) -> Fields:
    """The fields of a message; its task is not checked. Raises `NotUnderstood`."""
    try:
        message = read_json(body.encode("utf-8", "surrogatepass"))
    except NotJson as error:
        raise NotUnderstood("not JSON") from error
    if not isinstance(message, dict) or message.get("version") != _VERSION:
        raise NotUnderstood("unknown version")
    return message


def require_task(message: Fields, task: str) -> None:
    """Raises `NotUnderstood` for a message of another task."""
    if message.get("task") != task:
        raise NotUnderstood("unknown task")


def text_of(message: Fields, name: str) -> str:
    """A field that must be text. Raises `NotUnderstood`."""
    value = message.get(name)
    if not isinstance(value, str):
        raise NotUnderstood(f"no {name} is named")
    return value


def batch_answer(failed: Sequence[str]) -> BatchAnswer:
    """What a worker answers to a batch: the ids of the messages that failed, which come again."""
    count_failures(len(failed))
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
