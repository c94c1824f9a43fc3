"""Frees what moto keeps for ever: a list of every item and message that was ever made, and what was deleted."""

from collections.abc import Iterable
from functools import wraps
from typing import Any

from moto.core.common_models import BaseModel
from moto.sqs.models import Queue

# For each queue. A second deletion of a message comes soon after the first, if at all.
_MOST_REMEMBERED = 1_000


class _Latest:
    """The last names that were added, of many."""

    def __init__(self) -> None:
        self._names: dict[str, None] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def update(self, names: Iterable[str]) -> None:
        self._names.update(dict.fromkeys(names))
        for name in list(self._names)[: max(0, len(self._names) - _MOST_REMEMBERED)]:
            del self._names[name]


def forget_what_is_gone() -> None:
    """Makes moto hold what it stores, and no more. A run never resets models, for which alone moto lists them."""
    make_queue = Queue.__init__

    def make(cls: type[Any], *_: Any, **__: Any) -> Any:
        return object.__new__(cls)

    @wraps(make_queue)
    def made(self: Queue, *arguments: Any, **named: Any) -> None:
        make_queue(self, *arguments, **named)
        self.deleted_messages = _Latest()

    BaseModel.__new__ = make
    Queue.__init__ = made
