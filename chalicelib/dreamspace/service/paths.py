"""Resolves a path to its object or collection, hop by hop, strongly consistent."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from chalicelib.core import retrying
from chalicelib.core.errors import NotFound
from chalicelib.dreamspace.domain.models import Model, Parent, Referrer
from chalicelib.dreamspace.domain.paths import Hop, Reach
from chalicelib.dreamspace.repository import children, users
from chalicelib.dreamspace.service import events, specimens, stamps, transactions
from chalicelib.dreamspace.service.retried import PathMoved, until_unchanged

T = TypeVar("T")


class Target(NamedTuple):
    """The target of a path: an object if `id` is set, else a collection.

    `parent` is the object above the target, and its `field` is decided by the path; the caller checks that the parent
    of a collection exists. `referrer` is the object that refers to the target. A target has at most one of the two.
    """

    model: Model
    reach: Reach
    id: int | None
    parent: Parent | None
    referrer: Referrer | None = None

    @property
    def reached_by(self) -> Parent | Referrer | None:
        """The object by which the path has reached the target."""
        return self.parent or self.referrer


def follow(origin: str, hops: Sequence[Hop], act: Callable[[Target], T]) -> T:
    """Resolves the hops and calls `act` with the target; repeats both if a relation has changed meanwhile.

    Raises `NotFound` if an object on the path does not exist.
    """

    def once() -> T:
        first, *others = hops
        target = Target(first.model, first.reach, first.id, None)
        for hop in others:
            target = _follow(origin, target, hop)
        return act(target)

    return retrying.until_unchanged("the path", once, moved=PathMoved)


def _follow(origin: str, target: Target, hop: Hop) -> Target:
    number, field = target.id or 0, hop.field or ""
    if hop.reach is Reach.MANY:
        return Target(hop.model, hop.reach, hop.id, Parent(target.model, field, number))
    if hop.reach is not Reach.ONE:
        return Target(hop.model, hop.reach, number, None)
    if target.model is Model.USERS:
        parent = Parent(Model.USERS, field, number, has_one=True)
        return Target(hop.model, hop.reach, _current_specimen(origin, number), parent)
    found, user_id = until_unchanged(target.model.noun, lambda: _related(origin, target, hop.model))
    if found is None:
        raise NotFound(f"The {target.model.noun} has no {hop.via}.")
    return Target(hop.model, hop.reach, found, None, Referrer(target.model, number, user_id))


def _current_specimen(origin: str, user_id: int) -> int:
    if users.find_user(origin, user_id) is None:
        raise NotFound(Model.USERS.unknown)
    row = children.find_current_specimen(origin, user_id)
    if row is None:
        raise NotFound("The user has no specimen.")
    return row.specimen_id


def _related(origin: str, target: Target, model: Model) -> tuple[int | None, int | None]:
    """The id of a referenced object, and of the user that the referring one belongs to.

    Raises `NotFound` if the referring object does not exist.
    """
    number, inside = target.id or 0, target.parent
    if target.model is Model.TRANSACTIONS:
        user_id = int(transactions.get(origin, number, inside).user_id)
        return user_id, user_id
    if target.model is Model.SPECIMENS:
        owner_id = int(specimens.get(origin, number, inside).owner_id)
        return owner_id, owner_id
    if target.model is Model.STAMPS:
        return stamps.get(origin, number, inside).document_id, None
    event = events.find(origin, number, inside)
    return event.user_id if model is Model.USERS else event.document_id, int(event.row.user_id)
