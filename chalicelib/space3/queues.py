"""The queue of jobs. Messages are grouped by the host that is called, so that one worker at a time calls it."""

from chalicelib.core.queues import Message, Queue

WORK_JOB = "VerifyMany"
JOBS = Queue("space3-jobs", visibility_seconds=180, fifo=True)
QUEUES = (JOBS,)


def work_message(origin: str, job_id: str, *, host: str) -> Message:
    """The message that lets a worker go on with a job."""
    return Message(WORK_JOB, {"origin": origin, "job_id": job_id}, group=host)
