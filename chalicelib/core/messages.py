"""What a queue's message says, where this version of a worker understands it; and what a worker answers to a batch."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.core.json_reader import NotJson, read_json
from chalicelib.core.metrics import count_failures

_VERSION = 1


class NotUnderstood(Exception):
    """A message of another version, or for another worker; the text says what is wrong."""


def read_message(body: str) -> dict[str, Any]:
    """The fields of a message, whose task is the worker's to judge. Raises `NotUnderstood`."""
    try:
        message = read_json(body.encode("utf-8", "surrogatepass"))
    except NotJson as error:
        raise NotUnderstood("not JSON") from error
    if not isinstance(message, dict) or message.get("version") != _VERSION:
        raise NotUnderstood("unknown version")
    return message


def text_of(message: Mapping[str, Any], name: str) -> str:
    """A field that must be text. Raises `NotUnderstood`."""
    value = message.get(name)
    if not isinstance(value, str):
        raise NotUnderstood(f"no {name} is named")
    return value


def batch_answer(failed: Sequence[str]) -> dict[str, list[dict[str, str]]]:
    """What a worker answers to a batch: the ids of the messages that failed, which come again."""
    count_failures(len(failed))
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
