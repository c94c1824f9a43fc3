"""What the reward queue starts."""

from collections.abc import Mapping
from functools import partial
from typing import Any, cast

from chalicelib.activity.domain import IDENTITY_KINDS, Identity, IdentityKind
from chalicelib.activity.queues import GRANT_REWARD, WAKE_REWARDS
from chalicelib.activity.service import rewards
from chalicelib.activity.service.rewards import Granter
from chalicelib.core.messages import BatchAnswer, Fields, NotUnderstood, text_of, work_batch


def work(event: Mapping[str, Any], granter: Granter) -> BatchAnswer:
    """Processes a Lambda SQS event. Failed and invalid messages are retried and end in the dead-letter queue."""
    return work_batch(event, partial(_perform, granter))


def _perform(granter: Granter, message: Fields) -> None:
    origin = text_of(message, "origin")
    if message.get("task") == GRANT_REWARD:
        rewards.grant(origin, text_of(message, "reward_id"), granter)
    elif message.get("task") == WAKE_REWARDS and message.get("kind") in IDENTITY_KINDS:
        kind = cast(IdentityKind, message["kind"])
        rewards.wake(origin, Identity(kind, text_of(message, "value")), granter)
    else:
        raise NotUnderstood("unknown task")
