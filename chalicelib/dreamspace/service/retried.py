"""Changes that are decided anew where somebody else's came first: no conflict ever reaches the client."""

from collections.abc import Callable
from typing import TypeVar

from chalicelib.activity.service import ActRecorded, ActUnknown
from chalicelib.core.retrying import attempts, in_turn
from chalicelib.core.transactions import Contended
from chalicelib.dreamspace.repository.children import ChildChanged
from chalicelib.dreamspace.repository.documents import DocumentChanged
from chalicelib.dreamspace.repository.users import UserChanged
from chalicelib.dreamspace.service.storage import ObjectGone

T = TypeVar("T")
# An act that is not where its row says has moved with the row: both are written together.
CHANGED = (ActRecorded, ActUnknown, ChildChanged, DocumentChanged, UserChanged, ObjectGone, Contended)


def until_unchanged(what: str, once: Callable[[], T]) -> T:
    """What `once` gives; it reads, decides and writes, and is called again where what it read has changed."""
    for number in attempts(what):
        with in_turn(number):
            try:
                return once()
            except CHANGED:
                continue
    raise AssertionError("attempts() ends by raising")
