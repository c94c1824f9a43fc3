"""One function a queue message of the chain's worker; records of one batch go in order.

A message that fails stays in the queue and holds back those of its group behind it, for as long as its visibility
time-out and five times over. So one that nobody here can ever understand is put into the dead-letter queue at once.
"""

import json
from typing import Any

from chalicelib.chain.queues import JOBS
from chalicelib.chain.service.outbox import CONFIRM_TRANSACTION, WORK_TOKEN, TokenOwner
from chalicelib.core.logging import logger
from chalicelib.core.queues import bury

_log = logger("chain")


class UnknownTask(Exception):
    """A message of another version, or for another worker."""


def work(event: dict[str, Any], owner: TokenOwner) -> dict[str, Any]:
    """Works a Lambda SQS event. From a failure on, the rest of its group is handed back: the group's order is kept."""
    failed: list[str] = []
    stopped: set[str] = set()
    for record in event["Records"]:
        group = record.get("attributes", {}).get("MessageGroupId", "")
        if group in stopped or not _is_done(record, owner):
            stopped.add(group)
            failed.append(record["messageId"])
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def sweep() -> int:
    """The scheduled sweep; gives how many rows were due. Writes the signers' balances on the way."""
    from chalicelib.chain.service.balances import measure
    from chalicelib.chain.service.sweeping import sweep as sweep_due

    due = sweep_due()
    measure()
    return due


def _is_done(record: dict[str, Any], owner: TokenOwner) -> bool:
    """Works one message; False where it must stay in the queue."""
    try:
        _work_one(record["body"], owner)
    except UnknownTask as error:
        _log.error("message not understood", extra={"message_id": record["messageId"], "why": str(error)})
        return bury(JOBS, record["body"])
    except Exception:
        _log.exception("chain task failed", extra={"message_id": record["messageId"]})
        return False
    return True


def _work_one(body: str, owner: TokenOwner) -> None:
    # The node, the signer and the encoders load with the first message, not with the API.
    from chalicelib.chain.service import jobs

    task, pk, sk = _read(body)
    if task == CONFIRM_TRANSACTION:
        jobs.confirm(pk, sk, owner)
    else:
        jobs.work_token(pk, owner)


def _read(body: str) -> tuple[str, str, str]:
    """The task and the key it names; the sort key is empty where the task needs none. Raises `UnknownTask`."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnknownTask("not JSON") from error
    if not isinstance(message, dict) or message.get("version") != 1:
        raise UnknownTask("unknown version")
    task, pk, sk = message.get("task"), message.get("pk"), message.get("sk", "")
    if task not in (WORK_TOKEN, CONFIRM_TRANSACTION):
        raise UnknownTask("unknown task")
    if not isinstance(pk, str) or not isinstance(sk, str):
        raise UnknownTask("no row is named")
    return task, pk, sk
