"""Retries of changes after a concurrent change, so that clients see no conflicts."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Concatenate, ParamSpec, TypeVar

from chalicelib.activity.service import ActRecorded, ActUnknown
from chalicelib.core import retrying
from chalicelib.core.retrying import RowChanged
from chalicelib.dreamspace.domain.models import Model
from chalicelib.dreamspace.service.storage import ObjectGone

T = TypeVar("T")
P = ParamSpec("P")
UseCase = Callable[Concatenate[str, int, P], T]
# An act and its row are written together: if the act has moved, so has the row.
CHANGED = (ActRecorded, ActUnknown, RowChanged, ObjectGone)


class PathMoved(Exception):
    """A relation of the path has changed meanwhile."""


def until_unchanged(what: str, once: Callable[[], T]) -> T:
    """Calls `once`, which only reads or writes rows of its own; calls it again after a concurrent change."""
    return retrying.until_unchanged(what, once, moved=CHANGED)


def until_written(origin: str, model: Model, number: int | str | None, once: Callable[[], T]) -> T:
    """Calls `once`, which changes one object; repeats it after a concurrent change. Callers of one object take turns.

    `number` is its id or another name; None if it is known only after reading. Raises `TooManyRequests`.
    """
    return retrying.until_unchanged(f"the {model.noun}", once, moved=CHANGED, at=("dreamspace", origin, model, number))


def written(model: Model, *, by_id: bool = True) -> Callable[[UseCase[P, T]], UseCase[P, T]]:
    """Runs a use case of an object, which takes an origin and an id, as `until_written` runs `once`.

    What is written is the object of the model with that id; not `by_id`, it is known only after reading.
    """

    def decorate(once: UseCase[P, T]) -> UseCase[P, T]:
        @wraps(once)
        def call(origin: str, number: int, /, *args: P.args, **kwargs: P.kwargs) -> T:
            attempt = partial(once, origin, number, *args, **kwargs)
            return until_written(origin, model, number if by_id else None, attempt)

        return call

    return decorate
