"""What lists, and events about changes, show of each model: an event of Dreamspace by its type."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

from chalicelib.dreamspace.domain.models import Model
from chalicelib.dreamspace.schemas.documents import DocumentRead, StampRead
from chalicelib.dreamspace.schemas.events import READS
from chalicelib.dreamspace.schemas.users import SpecimenRead, TransactionRead, UserRead

LISTED: Final[Mapping[Model, type[BaseModel]]] = {
    Model.USERS: UserRead,
    Model.TRANSACTIONS: TransactionRead,
    Model.SPECIMENS: SpecimenRead,
    Model.DOCUMENTS: DocumentRead,
    Model.STAMPS: StampRead,
}


def listed_schemas(model: Model) -> tuple[type[BaseModel], ...]:
    """Every form in which an object of the model is shown."""
    return tuple(READS.values()) if model is Model.EVENTS else (LISTED[model],)


def listed_schema(model: Model, shown: Any) -> type[BaseModel]:
    """The form in which this row or view is shown."""
    return READS[shown.event_type] if model is Model.EVENTS else LISTED[model]
