"""What the queue of jobs and the clock start."""

from collections.abc import Mapping
from typing import Any

from chalicelib.core.logging import logger
from chalicelib.core.messages import NotUnderstood, batch_answer, read_message, text_of
from chalicelib.core.queues import bury
from chalicelib.space3.queues import JOBS, WORK_JOB
from chalicelib.space3.service import jobs

_log = logger("space3.tasks")


def work(event: Mapping[str, Any]) -> dict[str, list[dict[str, str]]]:
    """Works a Lambda SQS event. From a failure on, the rest of its group is handed back: the group's order is kept."""
    failed: list[str] = []
    stopped: set[str] = set()
    for record in event["Records"]:
        group = record.get("attributes", {}).get("MessageGroupId", "")
        if group in stopped or not _is_done(record):
            stopped.add(group)
            failed.append(record["messageId"])
    return batch_answer(failed)


def sweep() -> int:
    """The scheduled sweep; gives how many jobs were due."""
    return jobs.sweep()


def _is_done(record: Mapping[str, Any]) -> bool:
    try:
        origin, job_id = _read(record["body"])
        jobs.work(origin, job_id)
    except NotUnderstood as error:
        _log.error("message not understood", extra={"message_id": record["messageId"], "why": str(error)})
        return bury(JOBS, record["body"])
    except Exception:
        _log.exception("job failed by our own fault", extra={"message_id": record["messageId"]})
        return False
    return True


def _read(body: str) -> tuple[str, str]:
    message = read_message(body)
    if message.get("task") != WORK_JOB:
        raise NotUnderstood("unknown task")
    return text_of(message, "origin"), text_of(message, "job_id")
