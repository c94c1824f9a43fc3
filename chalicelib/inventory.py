"""Every table, queue and Lambda function of the platform, found where the features declare them.

A feature lists its tables in `models.ROWS`, its queues in `queues.QUEUES` and its functions in `functions.FUNCTIONS`.
The local run, the deployment template and the operator's routes read them here, so a new feature needs no second entry.
"""

from functools import lru_cache

from chalicelib.core.features import modules_named
from chalicelib.core.functions import Function
from chalicelib.core.queues import Queue
from chalicelib.core.tables import Row


@lru_cache(maxsize=1)
def rows() -> tuple[type[Row], ...]:
    """One row class a table, features in alphabetical order."""
    return tuple(row for module in modules_named("models") for row in module.ROWS)


@lru_cache(maxsize=1)
def queues() -> tuple[Queue, ...]:
    """Every queue, features in alphabetical order."""
    return tuple(queue for module in modules_named("queues") for queue in module.QUEUES)


@lru_cache(maxsize=1)
def functions() -> tuple[Function, ...]:
    """Every Lambda function but the API's, features in alphabetical order."""
    return tuple(function for module in modules_named("functions") for function in module.FUNCTIONS)
