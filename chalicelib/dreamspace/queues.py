"""The queue of tidying: rows to remove or correct after a change."""

from chalicelib.core.queues import Queue

TIDYING = Queue("dreamspace-tidying", visibility_seconds=180)
QUEUES = (TIDYING,)
