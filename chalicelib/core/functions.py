"""The Lambda functions besides the API, as features declare them in `functions.FUNCTIONS`.

A Lambda function has the name of the Python function that it runs. It loads its feature's tasks with its first event.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from chalicelib.core.queues import Queue

Event = Mapping[str, Any]


class QueueFunction(NamedTuple):
    """Works a queue: `run` gets a Lambda SQS event of at most `batch_size` messages and returns those that failed.

    `at_once` is how many batches may be worked at the same time; None sets no limit of its own.
    """

    run: Callable[[Event], Mapping[str, Any]]
    queue: Queue
    batch_size: int
    at_once: int | None = None

    @property
    def name(self) -> str:
        """What the function is called."""
        return self.run.__name__


class ScheduledFunction(NamedTuple):
    """Runs every so many minutes."""

    run: Callable[[], object]
    minutes: int

    @property
    def name(self) -> str:
        """What the function is called."""
        return self.run.__name__


Function = QueueFunction | ScheduledFunction
