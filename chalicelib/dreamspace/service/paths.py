"""From a path to the object or collection it stands for, hop by hop, strongly consistent."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from chalicelib.core.errors import NotFound
from chalicelib.dreamspace.domain.models import Model, Parent, Referrer
from chalicelib.dreamspace.domain.paths import Hop, Reach
from chalicelib.dreamspace.repository import children, users
from chalicelib.dreamspace.service import events, specimens, stamps, transactions
from chalicelib.dreamspace.service.retried import until_followed, until_unchanged

T = TypeVar("T")


class Target(NamedTuple):
    """What a path stands for: an object where `id` is given, else a collection.

    `parent` is the object under which the path looks; where that is a collection's, whoever uses it finds out whether
    it is there. `foreign_key` is the field that the path decides. `referrer` is the object that refers to it.
    """

    model: Model
    reach: Reach
    id: int | None
    parent: Parent | None
    referrer: Referrer | None = None

    @property
    def foreign_key(self) -> str | None:
        """The field of the objects there that the path decides."""
        return None if self.parent is None else self.parent.field


def follow(origin: str, hops: Sequence[Hop], act: Callable[[Target], T]) -> T:
    """What `act` gives of what hops lead to; both are done anew where a relation leads elsewhere by the time.

    Raises `NotFound` where one on the way leads to nothing.
    """
    return until_followed(lambda: act(resolve(origin, hops)))


def resolve(origin: str, hops: Sequence[Hop]) -> Target:
    """What hops lead to. Raises `NotFound` where one on the way leads to nothing, and `PathMoved`."""
    first = hops[0]
    target = Target(first.model, first.reach, first.id, None)
    for hop in hops[1:]:
        target = _follow(origin, target, hop)
    return target


def _follow(origin: str, target: Target, hop: Hop) -> Target:
    number, field = target.id or 0, hop.field or ""
    if hop.reach is Reach.MANY:
        return Target(hop.model, hop.reach, hop.id, Parent(target.model, field, number))
    if hop.reach is not Reach.ONE:
        return Target(hop.model, hop.reach, number, None)
    if target.model is Model.USERS:
        parent = Parent(Model.USERS, field, number, has_one=True)
        return Target(hop.model, hop.reach, _current_specimen(origin, number), parent)
    found = until_unchanged(target.model.noun, lambda: _related(origin, target, hop.model))
    if found is None:
        raise NotFound(f"The {target.model.noun} has no {hop.via}.")
    return Target(hop.model, hop.reach, found, None, Referrer(target.model, number))


def _current_specimen(origin: str, user_id: int) -> int:
    if users.find_user(origin, user_id) is None:
        raise NotFound("There is no such user.")
    row = children.find_current_specimen(origin, user_id)
    if row is None:
        raise NotFound("The user has no specimen.")
    return row.specimen_id


def _related(origin: str, target: Target, model: Model) -> int | None:
    """The id of the one object that an object refers to. Raises `NotFound` for an object that is not there."""
    number, inside = target.id or 0, target.parent
    if target.model is Model.TRANSACTIONS:
        return int(transactions.get(origin, number, inside).user_id)
    if target.model is Model.SPECIMENS:
        return int(specimens.get(origin, number, inside).owner_id)
    if target.model is Model.STAMPS:
        return stamps.get(origin, number, inside).document_id
    event = events.find(origin, number, inside)
    return event.user_id if model is Model.USERS else event.document_id
