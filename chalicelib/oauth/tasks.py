"""What the queue of rotations starts."""

from collections.abc import Mapping
from typing import Any

from chalicelib.core.logging import logger
from chalicelib.core.messages import NotUnderstood, batch_answer, read_message, text_of
from chalicelib.core.queues import bury
from chalicelib.oauth.queues import ROTATE_KEYS, ROTATIONS
from chalicelib.oauth.service import rotation

_log = logger("oauth.tasks")


def work(event: Mapping[str, Any]) -> dict[str, list[dict[str, str]]]:
    """Works a Lambda SQS event; what fails is handed back and comes again."""
    failed = [record["messageId"] for record in event["Records"] if not _is_done(record)]
    return batch_answer(failed)


def _is_done(record: Mapping[str, Any]) -> bool:
    try:
        rotation.work(_read(record["body"]))
    except NotUnderstood as error:
        _log.error("message not understood", extra={"message_id": record["messageId"], "why": str(error)})
        return bury(ROTATIONS, record["body"])
    except Exception:
        _log.exception("rotation failed", extra={"message_id": record["messageId"]})
        return False
    return True


def _read(body: str) -> str:
    message = read_message(body)
    if message.get("task") != ROTATE_KEYS:
        raise NotUnderstood("unknown task")
    return text_of(message, "rotation_id")
