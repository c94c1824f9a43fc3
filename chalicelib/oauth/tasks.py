"""Works the queue of rotations."""

from collections.abc import Mapping
from typing import Any

from chalicelib.core.messages import BatchAnswer, Fields, require_task, text_of, work_batch
from chalicelib.oauth.queues import ROTATE_KEYS, ROTATIONS
from chalicelib.oauth.service import rotation


def work(event: Mapping[str, Any]) -> BatchAnswer:
    """Works a Lambda SQS event."""
    return work_batch(event, _rotate, poison_of=ROTATIONS)


def _rotate(message: Fields) -> None:
    require_task(message, ROTATE_KEYS)
    rotation.work(text_of(message, "rotation_id"))
