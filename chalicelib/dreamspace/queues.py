"""The queue of what a change leaves to be tidied up behind it."""

from chalicelib.core.queues import Queue

TIDYING = Queue("dreamspace-tidying", visibility_seconds=180)
QUEUES = (TIDYING,)
