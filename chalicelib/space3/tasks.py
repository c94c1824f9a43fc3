"""What the queue of jobs starts."""

from collections.abc import Mapping
from typing import Any

from chalicelib.core.messages import BatchAnswer, Fields, require_task, text_of, work_batch
from chalicelib.space3.queues import JOBS, WORK_JOB
from chalicelib.space3.service import jobs


def work(event: Mapping[str, Any]) -> BatchAnswer:
    """Works a Lambda SQS event; the jobs of one partner's host in their order."""
    return work_batch(event, _work_job, poison_of=JOBS, in_order=True)


def _work_job(message: Fields) -> None:
    require_task(message, WORK_JOB)
    jobs.work(text_of(message, "origin"), text_of(message, "job_id"))
