"""Events about changes: they are recorded only while an endpoint names their type.

Each object that a call itself creates, changes or removes has an event. What comes or goes with another object is in
that object's event: the stamps that a document brings, replaces or takes along in the document's; the specimens and
transactions of a removed user in the user's.
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
    """A change of an object, or the creation of several, as rows or views; of removed ones as they were.

    `verb` is None where nothing was changed, which has no event.
    """

    model: Model
    verb: Verb | None
    objects: tuple[Any, ...]


def changed(model: Model, verb: Verb | None, *objects: Any) -> Change:
    """A change of these objects."""
    return Change(model, verb, objects)


def commit_with_events(transaction: Transaction, origin: str, *changes: Change) -> None:
    """Adds the events of a call's changes to its other writes, and commits them together.

    Raises `BadRequest` where so many endpoints name the events that one transaction cannot hold all.
    """
    at, before = epoch_micros(now()), len(transaction)
    kinds = [(Kind(each.model, each.verb), each.objects) for each in changes if each.verb is not None]
    bodies = {kind.event_type: partial(_body, kind, objects, at) for kind, objects in kinds}
    add_named(transaction, origin, bodies)
    if before <= MAX_WRITES < len(transaction):
        raise BadRequest("Too many of your webhook endpoints name this change: send fewer stamps by one call.")
    transaction.commit()


def _body(kind: Kind, objects: tuple[Any, ...], at: int) -> object:
    from chalicelib.dreamspace.event_bodies import body_of  # loads with the first event

    return body_of(kind, objects, at=at)
