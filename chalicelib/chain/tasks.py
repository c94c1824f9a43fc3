"""One function a queue message of the chain's worker; records of one batch go in order."""

import json
from typing import Any

from chalicelib.chain.service.outbox import CONFIRM_TRANSACTION, WORK_TOKEN, TokenOwner
from chalicelib.core.logging import logger

_log = logger("chain")


class UnknownTask(Exception):
    """A message of another version or for another worker; it goes to the dead-letter queue."""


def work(event: dict[str, Any], owner: TokenOwner) -> dict[str, Any]:
    """Works a Lambda SQS event. From the first failure on, the rest of the batch is handed back: order is kept."""
    records = event["Records"]
    for number, record in enumerate(records):
        try:
            _work_one(record["body"], owner)
        except Exception:
            _log.exception("chain task failed", extra={"message_id": record["messageId"]})
            return {"batchItemFailures": [{"itemIdentifier": rest["messageId"]} for rest in records[number:]]}
    return {"batchItemFailures": []}


def sweep() -> int:
    """The scheduled sweep; gives how many rows were due."""
    from chalicelib.chain.service.sweeping import sweep as sweep_due

    return sweep_due()


def _work_one(body: str, owner: TokenOwner) -> None:
    # The node, the signer and the encoders load with the first message, not with the API.
    from chalicelib.chain.service import jobs

    message = json.loads(body)
    task = message.get("task") if message.get("version") == 1 else None
    if task == WORK_TOKEN:
        jobs.work_token(message["pk"], owner)
    elif task == CONFIRM_TRANSACTION:
        jobs.confirm(message["pk"], message["sk"], owner)
    else:
        raise UnknownTask(body[:200])
