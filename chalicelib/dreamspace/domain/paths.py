"""Paths as a series of hops along the relations between the models.

`/users/4/events/21/document` is the hops users/4, events/21 (many), document (one).
"""

import re
from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from chalicelib.dreamspace.domain.models import Model

_ID = re.compile(r"[1-9][0-9]{0,14}", re.ASCII)


class Reach(Enum):
    """The kind of relation that a hop follows."""

    MANY = "many"  # a collection, of which an id picks one
    ONE = "one"  # the one object that the previous refers to
    WALLET = "wallet"
    INVENTORY = "inventory"


class Relation(NamedTuple):
    """A segment that may follow an object. `field` is the foreign key between the two objects."""

    reach: Reach
    model: Model
    field: str


class Hop(NamedTuple):
    """One step of a path; `via` is None at the root, `id` None where no object of a collection is picked."""

    model: Model
    reach: Reach
    id: int | None = None
    via: str | None = None
    field: str | None = None


class NoSuchPath(ValueError):
    """The path does not exist; the message is a sentence."""


_OWNER = Relation(Reach.ONE, Model.USERS, "owner_id")
RELATIONS: dict[Model, dict[str, Relation]] = {
    Model.USERS: {
        "transactions": Relation(Reach.MANY, Model.TRANSACTIONS, "user_id"),
        "events": Relation(Reach.MANY, Model.EVENTS, "user_id"),
        "specimens": Relation(Reach.MANY, Model.SPECIMENS, "owner_id"),
        "specimen": Relation(Reach.ONE, Model.SPECIMENS, "owner_id"),
        "wallet": Relation(Reach.WALLET, Model.USERS, "user_id"),
        "inventory": Relation(Reach.INVENTORY, Model.USERS, "user_id"),
    },
    Model.TRANSACTIONS: {"user": Relation(Reach.ONE, Model.USERS, "user_id")},
    Model.SPECIMENS: {"owner": _OWNER, "user": _OWNER},
    Model.EVENTS: {
        "document": Relation(Reach.ONE, Model.DOCUMENTS, "document_id"),
        "user": Relation(Reach.ONE, Model.USERS, "user_id"),
    },
    Model.DOCUMENTS: {"stamps": Relation(Reach.MANY, Model.STAMPS, "document_id")},
    Model.STAMPS: {"document": Relation(Reach.ONE, Model.DOCUMENTS, "document_id")},
}
_ON_COLLECTIONS = {Model.STAMPS: ("GET", "POST", "PUT")}
_ON_OBJECTS = {Model.TRANSACTIONS: ("GET",)}


def read_path(segments: Sequence[str]) -> list[Hop]:
    """The hops of a path's segments, the first of which names a model. Raises `NoSuchPath`."""
    hops = [Hop(Model(segments[0]), Reach.MANY)]
    for segment in segments[1:]:
        last = hops[-1]
        if last.reach is Reach.MANY and last.id is None:
            if not _ID.fullmatch(segment):
                raise NoSuchPath(last.model.unknown)
            hops[-1] = Hop(last.model, last.reach, int(segment), last.via, last.field)
            continue
        relation = RELATIONS[last.model].get(segment) if last.reach in (Reach.MANY, Reach.ONE) else None
        if relation is None:
            raise NoSuchPath("There is nothing at this address.")
        hops.append(Hop(relation.model, relation.reach, via=segment, field=relation.field))
    return hops


def creates_document(hops: Sequence[Hop]) -> bool:
    """True of `/events/{id}/document`, on which POST makes and attaches one."""
    return len(hops) > 1 and hops[-2].model is Model.EVENTS and hops[-1].via == "document"


def methods_of(hops: Sequence[Hop]) -> tuple[str, ...]:
    """The methods that a path answers."""
    last = hops[-1]
    if last.reach in (Reach.WALLET, Reach.INVENTORY):
        return ("GET",)
    if last.reach is Reach.MANY and last.id is None:
        return _ON_COLLECTIONS.get(last.model, ("GET", "POST"))
    methods = _ON_OBJECTS.get(last.model, ("GET", "PATCH", "DELETE"))
    return (*methods, "POST") if creates_document(hops) else methods


def address_of(hops: Sequence[Hop]) -> str:
    """The path of these hops."""
    segments: list[str] = []
    for hop in hops:
        segments.append(hop.via or hop.model)
        if hop.id is not None:
            segments.append(str(hop.id))
    return "/" + "/".join(segments)
