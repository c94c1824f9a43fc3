"""Every table and queue of the platform, found where the features declare them.

A feature names its tables in `models.ROWS` and its queues in `queues.QUEUES`. Whoever makes them, locally or in the
deployment template, and whoever looks after them asks here, so that a new feature needs no second entry anywhere.
"""

import pkgutil
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import chalicelib
from chalicelib.core.queues import Queue
from chalicelib.core.tables import Row


@lru_cache(maxsize=1)
def rows() -> tuple[type[Row], ...]:
    """One row class a table, features in alphabetical order."""
    return tuple(row for module in _modules("models") for row in module.ROWS)


@lru_cache(maxsize=1)
def queues() -> tuple[Queue, ...]:
    """Every queue, features in alphabetical order."""
    return tuple(queue for module in _modules("queues") for queue in module.QUEUES)


def _modules(name: str) -> Iterator[Any]:
    for feature in sorted(found.name for found in pkgutil.iter_modules(chalicelib.__path__) if found.ispkg):
        module = f"chalicelib.{feature}.{name}"
        # core's own `queues` says what a queue is, and declares none.
        if feature != "core" and find_spec(module) is not None:
            yield import_module(module)
