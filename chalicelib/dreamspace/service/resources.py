"""The six models as resources: the schemas and use cases to read, create, change and remove an object of each."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from pydantic import BaseModel

from chalicelib.dreamspace.domain.models import Model, Parent, Referrer
from chalicelib.dreamspace.repository.documents import Stamp
from chalicelib.dreamspace.schemas.documents import DocumentCreate, DocumentUpdate, StampCreate, StampUpdate
from chalicelib.dreamspace.schemas.events import READS, EventCreate
from chalicelib.dreamspace.schemas.listed import LISTED
from chalicelib.dreamspace.schemas.users import (
    SpecimenCreate,
    SpecimenUpdate,
    TransactionCreate,
    UserCreate,
    UserDetails,
    UserUpdate,
)
from chalicelib.dreamspace.service import documents, events, specimens, stamps, transactions, users
from chalicelib.dreamspace.service.retried import until_unchanged
from chalicelib.dreamspace.service.views import DocumentView, EventView, SpecimenView, TransactionView, UserDetailsView

B = TypeVar("B", bound=BaseModel)
By = TypeVar("By", bound=Parent | Referrer | None)
ObjectView: TypeAlias = UserDetailsView | TransactionView | SpecimenView | EventView | DocumentView | Stamp
Get = Callable[[str, int, Parent | None], ObjectView]


class Creation(NamedTuple):
    """The schema of a new object's body, and the use case that creates it."""

    schema: type[Any]
    create: Callable[[str, Any], ObjectView]


class Change(NamedTuple):
    """The schema of a change, and the use case that applies it to an object that was reached by another or by none."""

    schema: type[Any]
    update: Callable[[str, int, Any, Any], ObjectView]


def _creation(schema: type[B], create: Callable[[str, B], ObjectView]) -> Creation:
    return Creation(schema, create)


def _change(schema: type[B], update: Callable[[str, int, B, By], ObjectView]) -> Change:
    return Change(schema, update)


GET: Final[Mapping[Model, Get]] = {
    Model.USERS: users.get,
    Model.TRANSACTIONS: transactions.get,
    Model.SPECIMENS: specimens.get,
    Model.EVENTS: events.get,
    Model.DOCUMENTS: documents.get,
    Model.STAMPS: stamps.get,
}
CREATE: Final[Mapping[Model, Creation]] = {
    Model.USERS: _creation(UserCreate, users.create),
    Model.TRANSACTIONS: _creation(TransactionCreate, transactions.create),
    Model.SPECIMENS: _creation(SpecimenCreate, specimens.create),
    Model.EVENTS: _creation(EventCreate, events.create),
    Model.DOCUMENTS: _creation(DocumentCreate, documents.create),
    Model.STAMPS: _creation(StampCreate, stamps.create),
}
# An event's fields depend on its type, so it is loaded before its change is parsed.
UPDATE: Final[Mapping[Model, Change]] = {
    Model.USERS: _change(UserUpdate, users.update),
    Model.SPECIMENS: _change(SpecimenUpdate, specimens.update),
    Model.DOCUMENTS: _change(DocumentUpdate, documents.update),
    Model.STAMPS: _change(StampUpdate, stamps.update),
}
DELETE: Final[Mapping[Model, Callable[[str, int, Any], ObjectView]]] = {
    Model.USERS: users.delete,
    Model.SPECIMENS: specimens.delete,
    Model.EVENTS: events.delete,
    Model.DOCUMENTS: documents.delete,
    Model.STAMPS: stamps.delete,
}
# As lists show them, but for a user, which has more.
READ_SCHEMAS: Final[Mapping[Model, type[BaseModel]]] = {**LISTED, Model.USERS: UserDetails}


def get_object(origin: str, model: Model, number: int, parent: Parent | None = None) -> ObjectView:
    """An object, which must belong to `parent` if that is given. Raises `NotFound`."""
    return until_unchanged("the object", lambda: GET[model](origin, number, parent))


def wire_object(model: Model, found: ObjectView) -> BaseModel:
    """The object as its response schema."""
    schema = READS[found.event_type] if isinstance(found, EventView) else READ_SCHEMAS[model]
    return schema.model_validate(found)
