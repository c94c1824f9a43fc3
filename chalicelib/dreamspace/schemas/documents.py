"""Documents and stamps."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, TypeAdapter

from chalicelib.core.schemas import Read, Wire
from chalicelib.dreamspace.domain.models import MAX_STAMPS
from chalicelib.dreamspace.schemas.fields import Data, Integer, Long, Number, Short

# One write per stamp, and one more per document, must fit into a transaction of 100 writes.
MAX_DOCUMENTS_STAMPED = 99 - MAX_STAMPS


class StampBody(Wire):
    """A stamp inside a document's body."""

    stamp_type: Short
    """The kind of stamp, kept as it is given."""
    pos_x: Integer
    """Where it stands, from the left."""
    pos_y: Integer
    """Where it stands, from the top."""
    rotation: Number
    """How it is turned."""


class StampCreate(StampBody):
    """POST and PUT /stamps."""

    document_id: Integer
    """The document."""


class StampUpdate(Wire):
    """PATCH /stamps/{id}: only the given fields are used, never the defaults."""

    document_id: Integer = 0
    stamp_type: Short = ""
    pos_x: Integer = 0
    pos_y: Integer = 0
    rotation: Number = 0.0


class StampInside(StampBody):
    """A stamp inside a document's body, as clients may send it."""

    document_id: Any = None
    """Ignored: the document decides."""


def _without_document(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: field for name, field in value.items() if name != "document_id"}
    return value


def _not_too_many(value: Any) -> Any:
    if isinstance(value, list) and len(value) > MAX_STAMPS:
        raise ValueError(f"must hold at most {MAX_STAMPS} stamps")
    return value


def _few_documents(stamps: list[StampCreate]) -> list[StampCreate]:
    if len({stamp.document_id for stamp in stamps}) > MAX_DOCUMENTS_STAMPED:
        raise ValueError(f"must name at most {MAX_DOCUMENTS_STAMPED} different documents")
    return stamps


# The number is checked before the stamps, so that a list that is too long gets one error only.
InlineStamp = Annotated[StampBody, BeforeValidator(_without_document, json_schema_input_type=StampInside)]
InlineStamps = Annotated[
    list[InlineStamp],
    BeforeValidator(_not_too_many),
]
STAMP_ARRAY: TypeAdapter[list[StampCreate]] = TypeAdapter(
    Annotated[
        list[StampCreate],
        BeforeValidator(_not_too_many),
        AfterValidator(_few_documents),
    ],
    config=ConfigDict(defer_build=True),
)


class DocumentCreate(Wire):
    """POST /documents, and a document inside an event's body."""

    document_data: Data
    seal: Integer
    """A number of the client's own."""
    metadata: Long | None = None
    """A text of the client's own."""
    stamps: InlineStamps = Field(
        default_factory=list, description=f"The stamps, ascending by id; at most {MAX_STAMPS} in one call."
    )


class DocumentUpdate(Wire):
    """PATCH /documents/{id}: only the given fields are used, never the defaults."""

    document_data: Data = ""
    seal: Integer = 0
    metadata: Long | None = None
    stamps: InlineStamps = Field(default_factory=list)
    """Replaces all stamps; an empty array clears them."""


class StampRead(Read):
    """A stamp."""

    stamp_id: int
    """The stamp's id."""
    document_id: int
    stamp_type: str
    pos_x: int
    pos_y: int
    rotation: float


class DocumentRead(Read):
    """A document with its stamps, ascending by id."""

    document_id: int
    document_data: str
    seal: int
    created_at: str
    """When the server made it."""
    metadata: str | None
    stamps: list[StampRead]
