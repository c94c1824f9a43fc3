"""Changes that are decided anew where somebody else's came first: no conflict ever reaches the client."""

from collections.abc import Callable
from typing import TypeVar

from chalicelib.activity.service import ActRecorded, ActUnknown
from chalicelib.core import retrying
from chalicelib.dreamspace.domain.models import Model
from chalicelib.dreamspace.repository.children import ChildChanged
from chalicelib.dreamspace.repository.documents import DocumentChanged
from chalicelib.dreamspace.repository.users import UserChanged
from chalicelib.dreamspace.service.storage import ObjectGone

T = TypeVar("T")
# An act that is not where its row says has moved with the row: both are written together.
CHANGED = (ActRecorded, ActUnknown, ChildChanged, DocumentChanged, UserChanged, ObjectGone)


class PathMoved(Exception):
    """A relation that the path goes along leads elsewhere by now."""


def until_followed(once: Callable[[], T]) -> T:
    """What `once` gives; it follows a path and acts on what it finds, and is called again where the path has moved."""
    return retrying.until_unchanged("the path", once, moved=PathMoved)


def until_unchanged(what: str, once: Callable[[], T]) -> T:
    """What `once` gives; it reads, decides and writes nothing, or only what is its own."""
    return retrying.until_unchanged(what, once, moved=CHANGED)


def until_written(origin: str, model: Model, number: int | str | None, once: Callable[[], T]) -> T:
    """What `once` gives; it changes one object, or adds to it. Callers who meet there take turns.

    The object is named by its id or another name, None where it is known only when it has been read. Raises
    `TooManyRequests`.
    """
    return retrying.until_unchanged(f"the {model.noun}", once, moved=CHANGED, at=("dreamspace", origin, model, number))
