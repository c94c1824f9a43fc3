"""What a queue's message says, where this version of a worker understands it."""

from collections.abc import Mapping
from typing import Any

from chalicelib.core.json_reader import NotJson, read_json

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
