"""The six models as resources: by which schemas and use cases an object of each is read, made, changed and removed."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from pydantic import BaseModel

from chalicelib.dreamspace.domain.models import Model, Parent, Referrer
from chalicelib.dreamspace.repository.documents import Stamp
from chalicelib.dreamspace.schemas.documents import (
    DocumentCreate,
    DocumentRead,
    DocumentUpdate,
    StampCreate,
    StampRead,
    StampUpdate,
)
from chalicelib.dreamspace.schemas.events import READS, EventCreate
from chalicelib.dreamspace.schemas.users import (
    SpecimenCreate,
    SpecimenRead,
    SpecimenUpdate,
    TransactionCreate,
    TransactionRead,
    UserCreate,
    UserDetails,
    UserUpdate,
)
from chalicelib.dreamspace.service import documents, events, specimens, stamps, transactions, users
from chalicelib.dreamspace.service.retried import until_unchanged
from chalicelib.dreamspace.service.views import DocumentView, EventView, SpecimenView, TransactionView, UserDetailsView

B = TypeVar("B", bound=BaseModel)
Shown: TypeAlias = UserDetailsView | TransactionView | SpecimenView | EventView | DocumentView | Stamp
Get = Callable[[str, int, Parent | None], Shown]


class Creation(NamedTuple):
    """By which schema a body is read, and what makes an object of it."""

    schema: type[Any]
    create: Callable[[str, Any], Shown]


class Change(NamedTuple):
    """By which schema a change is read, and what makes it to the object of an id, perhaps under a parent."""

    schema: type[Any]
    update: Callable[[str, int, Any, Parent | None], Shown]


def _creation(schema: type[B], create: Callable[[str, B], Shown]) -> Creation:
    return Creation(schema, create)


def _change(schema: type[B], update: Callable[[str, int, B, Parent | None], Shown]) -> Change:
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
# An event's fields depend on its type, so that it is loaded before its change is read.
UPDATE: Final[Mapping[Model, Change]] = {
    Model.USERS: _change(UserUpdate, users.update),
    Model.SPECIMENS: _change(SpecimenUpdate, specimens.update),
    Model.DOCUMENTS: _change(DocumentUpdate, documents.update),
    Model.STAMPS: _change(StampUpdate, stamps.update),
}
DELETE: Final[Mapping[Model, Get]] = {
    Model.SPECIMENS: specimens.delete,
    Model.EVENTS: events.delete,
    Model.STAMPS: stamps.delete,
}
# To these a relation may lead, of an object that goes with them.
DELETE_REFERRED: Final[Mapping[Model, Callable[[str, int, Referrer | None], Shown]]] = {
    Model.USERS: users.delete,
    Model.DOCUMENTS: documents.delete,
}
READ_SCHEMAS: Final[Mapping[Model, type[BaseModel]]] = {
    Model.USERS: UserDetails,
    Model.TRANSACTIONS: TransactionRead,
    Model.SPECIMENS: SpecimenRead,
    Model.DOCUMENTS: DocumentRead,
    Model.STAMPS: StampRead,
}


def get_object(origin: str, model: Model, number: int, parent: Parent | None = None) -> Shown:
    """An object that perhaps must lie under another. Raises `NotFound`."""
    return until_unchanged("the object", lambda: GET[model](origin, number, parent))


def shown(model: Model, found: Shown) -> BaseModel:
    """What was found, in the form of the wire."""
    schema = READS[found.event_type] if isinstance(found, EventView) else READ_SCHEMAS[model]
    return schema.model_validate(found)
