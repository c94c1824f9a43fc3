"""What partners are told of changes: events that are recorded only while an endpoint names them.

A call tells of each object that it creates, changes or removes itself. What comes or goes with another object is told
by that: stamps that a document brings, replaces or takes along by the document's event, which has them; specimens and
transactions of a user that is removed by the user's.
"""

from functools import partial
from typing import Any, NamedTuple

from chalicelib.core.clock import epoch_micros, now
from chalicelib.core.errors import BadRequest
from chalicelib.core.transactions import MAX_WRITES, Transaction
from chalicelib.dreamspace.domain.changes import Kind, Verb
from chalicelib.dreamspace.domain.models import Model
from chalicelib.webhooks.telling import add_named


class Change(NamedTuple):
    """A change of an object, or the creation of several: rows or views as they are after it, or were before the end."""

    model: Model
    verb: Verb
    objects: tuple[Any, ...]


def changed(model: Model, verb: Verb | None, *objects: Any) -> tuple[Change, ...]:
    """The change, or none by no verb."""
    return () if verb is None else (Change(model, verb, objects),)


def add(transaction: Transaction, origin: str, *changes: Change) -> None:
    """Adds the events of a call's changes, whose other writes are in the transaction already.

    Raises `BadRequest` where so many endpoints name them that one transaction cannot hold all.
    """
    at, before = epoch_micros(now()), len(transaction)
    kinds = [(Kind(each.model, each.verb), each.objects) for each in changes]
    bodies = {kind.event_type: partial(_body, kind, objects, at) for kind, objects in kinds}
    add_named(transaction, origin, bodies)
    if before <= MAX_WRITES < len(transaction):
        raise BadRequest("Too many of your webhook endpoints name this change: send fewer stamps by one call.")


def _body(kind: Kind, objects: tuple[Any, ...], at: int) -> object:
    from chalicelib.dreamspace.event_bodies import body_of  # loads with the first change that is told

    return body_of(kind, objects, at=at)
