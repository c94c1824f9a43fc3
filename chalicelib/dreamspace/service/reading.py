"""One object of any model, as clients see it."""

from typing import Any

from pydantic import BaseModel

from chalicelib.dreamspace.domain.models import Model, Parent
from chalicelib.dreamspace.schemas.documents import DocumentRead, StampRead
from chalicelib.dreamspace.schemas.events import READS
from chalicelib.dreamspace.schemas.users import SpecimenRead, TransactionRead, UserDetails
from chalicelib.dreamspace.service import documents, events, specimens, stamps, transactions, users
from chalicelib.dreamspace.service.retried import until_unchanged

SERVICES: dict[Model, Any] = {
    Model.USERS: users,
    Model.TRANSACTIONS: transactions,
    Model.SPECIMENS: specimens,
    Model.EVENTS: events,
    Model.DOCUMENTS: documents,
    Model.STAMPS: stamps,
}
READ_SCHEMAS: dict[Model, type[Any]] = {
    Model.USERS: UserDetails,
    Model.TRANSACTIONS: TransactionRead,
    Model.SPECIMENS: SpecimenRead,
    Model.DOCUMENTS: DocumentRead,
    Model.STAMPS: StampRead,
}


def get_object(origin: str, model: Model, number: int, parent: Parent | None = None) -> Any:
    """An object that perhaps must lie under another. Raises `NotFound`."""
    return until_unchanged("the object", lambda: SERVICES[model].get(origin, number, parent))


def shown(model: Model, found: Any) -> BaseModel:
    """What was found, in the form of the wire."""
    schema: type[BaseModel] = READS[found.event_type] if model is Model.EVENTS else READ_SCHEMAS[model]
    return schema.model_validate(found)
