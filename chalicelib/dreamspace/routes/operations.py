"""The operations of the API: one function per method, one use case per model."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from chalice.app import Response

from chalicelib.core.http.parse import validated, validated_as
from chalicelib.core.http.respond import answer, answer_array
from chalicelib.core.settings import settings
from chalicelib.dreamspace.domain.models import Model
from chalicelib.dreamspace.domain.paths import Reach, address_of
from chalicelib.dreamspace.routes.calls import Call
from chalicelib.dreamspace.schemas.documents import STAMP_ARRAY, DocumentCreate, StampCreate, StampRead
from chalicelib.dreamspace.schemas.events import UPDATES, EventCreate, create_schema
from chalicelib.dreamspace.schemas.users import UserDetails, WalletRead
from chalicelib.dreamspace.service import events, lists, stamps
from chalicelib.dreamspace.service.resources import (
    CREATE,
    DELETE,
    UPDATE,
    ObjectView,
    get_object,
    wire_object,
)


def read(call: Call) -> Response:
    """Answers an object, its wallet or inventory, or a page of a collection."""
    if call.target.id is None:
        return _list(call)
    found = get_object(call.origin, call.target.model, call.id, call.target.parent)
    if call.target.reach is Reach.INVENTORY:
        return answer(UserDetails.model_validate(found).inventory)
    if call.target.reach is Reach.WALLET:
        return answer(WalletRead.model_validate(found))
    return _answer(call.target.model, found)


def create(call: Call) -> Response:
    """Creates an object in a collection; an event's type selects its schema."""
    model = call.target.model
    if model is Model.EVENTS:
        return _answer(model, events.create(call.origin, call.read(lambda value: _event(call.under_path(value)))))
    creation = CREATE[model]
    return _answer(model, creation.create(call.origin, call.body(creation.schema)))


def create_stamps(call: Call) -> Response:
    """Adds stamps to documents, all or none of them."""
    bodies = call.read(lambda value: _stamps(call, value))
    if not bodies:
        call.require_parent()
    return answer([StampRead.model_validate(stamp) for stamp in stamps.create_many(call.origin, bodies)])


def attach_document(call: Call) -> Response:
    """Creates a document for the target event."""
    body = call.read(lambda value: validated(DocumentCreate, value))
    return _answer(Model.DOCUMENTS, events.attach(call.origin, call.id, body, call.target.parent))


def update(call: Call) -> Response:
    """Changes the given fields of an object; a stored event's type selects its schema."""
    model, target = call.target.model, call.target
    if model is Model.EVENTS:
        event = events.load(call.origin, call.id, target.parent)
        changes = call.change(UPDATES[event.event_type])
        return _answer(model, events.update(call.origin, event, changes, target.parent))
    change = UPDATE[model]
    return _answer(model, change.update(call.origin, call.id, call.change(change.schema), target.reached_by))


def delete(call: Call) -> Response:
    """Removes an object and answers its last state."""
    model = call.target.model
    return _answer(model, DELETE[model](call.origin, call.id, call.target.reached_by))


METHODS: Final[Mapping[str, Callable[[Call], Response]]] = {
    "GET": read,
    "POST": create,
    "PUT": create_stamps,
    "PATCH": update,
    "DELETE": delete,
}


def _list(call: Call) -> Response:
    query, listing = call.listing()
    page = lists.list_page(listing)
    headers = {}
    if page.next_after is not None:
        parameters = urlencode({**query, "starting_after": page.next_after})
        headers["Link"] = f'<{settings().public_url}{address_of(call.hops)}?{parameters}>; rel="next"'
    return answer_array(page.items, headers=headers)


def _event(value: Any) -> EventCreate:
    return validated(create_schema(value), value)


def _stamps(call: Call, value: Any) -> list[StampCreate]:
    if isinstance(value, list):
        value = [call.under_path(item) for item in value]
    return validated_as(STAMP_ARRAY, value, name="stamps")


def _answer(model: Model, found: ObjectView) -> Response:
    return answer(wire_object(model, found))
