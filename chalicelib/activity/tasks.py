"""What the queue of rewards and the clock start."""

from collections.abc import Mapping
from typing import Any, cast

from chalicelib.activity.domain import IDENTITY_KINDS, Identity, IdentityKind
from chalicelib.activity.queues import GRANT_REWARD, WAKE_REWARDS
from chalicelib.activity.service import rewards
from chalicelib.activity.service.rewards import Granter
from chalicelib.core import logging
from chalicelib.core.messages import NotUnderstood, batch_answer, read_message, text_of

_log = logging.logger("rewards.tasks")


def work(event: Mapping[str, Any], granter: Granter) -> dict[str, list[dict[str, str]]]:
    """Works a Lambda SQS event; what failed, or is not understood, comes again and ends in the dead-letter queue."""
    failed = [record["messageId"] for record in event["Records"] if not _is_done(record, granter)]
    return batch_answer(failed)


def sweep() -> int:
    """The scheduled sweep; gives how many rewards were due."""
    return rewards.sweep()


def _is_done(record: Mapping[str, Any], granter: Granter) -> bool:
    logging.unbind()
    logging.bind(message_id=record["messageId"])
    try:
        _perform(record["body"], granter)
    except NotUnderstood as error:
        _log.error("message not understood", extra={"why": str(error)})
        return False
    except Exception:  # whatever it is, the other messages of the batch are not to suffer for it
        _log.exception("reward failed by our own fault")
        return False
    return True


def _perform(body: str, granter: Granter) -> None:
    message = read_message(body)
    origin = text_of(message, "origin")
    if message.get("task") == GRANT_REWARD:
        rewards.grant(origin, text_of(message, "reward_id"), granter)
    elif message.get("task") == WAKE_REWARDS and message.get("kind") in IDENTITY_KINDS:
        kind = cast(IdentityKind, message["kind"])
        rewards.wake(origin, Identity(kind, text_of(message, "value")), granter)
    else:
        raise NotUnderstood("unknown task")
