"""Use cases of stamps. A stamp is there while its document is, and holds it in its present generation."""

from collections import defaultdict
from collections.abc import Sequence

from chalicelib.core.errors import BadRequest, NotFound
from chalicelib.core.transactions import MAX_WRITES, Transaction
from chalicelib.dreamspace.domain.models import Model, Parent
from chalicelib.dreamspace.models import StampRow
from chalicelib.dreamspace.repository import documents as repository
from chalicelib.dreamspace.repository.counters import take_ids
from chalicelib.dreamspace.repository.documents import DocumentRows, Stamp
from chalicelib.dreamspace.schemas.documents import StampCreate, StampUpdate
from chalicelib.dreamspace.service.documents import find_many
from chalicelib.dreamspace.service.retried import until_unchanged


def read_stamp(row: StampRow) -> Stamp:
    """A stamp from the row by which it is found."""
    return Stamp(
        row.stamp_id,
        row.document_id,
        row.stamp_type,
        row.pos_x,
        row.pos_y,
        float(row.rotation),
    )


def get(origin: str, stamp_id: int, inside: Parent | None = None) -> Stamp:
    """Raises `NotFound`."""
    row = repository.find_stamp(origin, stamp_id)
    if row is None or (inside is not None and row.document_id != inside.id):
        raise NotFound("There is no such stamp.")
    entry = repository.find_entry(origin, row.document_id)
    if entry is None or entry.generation != row.generation:
        raise NotFound("There is no such stamp.")
    return read_stamp(row)


def create(origin: str, body: StampCreate) -> Stamp:
    """Puts a stamp on a document. Raises `NotFound`."""
    [stamp] = create_many(origin, [body], where="document_id")
    return stamp


def create_many(origin: str, bodies: Sequence[StampCreate], *, where: str = "stamps[{}].document_id") -> list[Stamp]:
    """Puts stamps on documents, all or none, with ids that rise in their order. Raises `NotFound`."""
    numbers: list[int] = []

    def once() -> list[Stamp]:
        documents = find_many(origin, list(dict.fromkeys(body.document_id for body in bodies)))
        for position, body in enumerate(bodies):
            if body.document_id not in documents:
                param = where.format(position)
                raise NotFound(f"{param}: there is no such document", param=param)
        if not numbers:
            numbers.extend(take_ids(origin, Model.STAMPS, len(bodies)))
        stamps = [
            Stamp(number, body.document_id, body.stamp_type, body.pos_x, body.pos_y, body.rotation)
            for number, body in zip(numbers, bodies, strict=True)
        ]
        of_document: defaultdict[int, list[Stamp]] = defaultdict(list)
        for stamp in stamps:
            of_document[stamp.document_id].append(stamp)
        transaction = Transaction()
        for document_id, added in of_document.items():
            repository.add_stamps(transaction, origin, documents[document_id], added)
        if len(transaction) > MAX_WRITES:
            raise BadRequest("The stamps name more documents with many stamps than one call can change.")
        transaction.commit()
        return stamps

    return until_unchanged("the document", once)


def update(origin: str, stamp_id: int, body: StampUpdate, inside: Parent | None = None) -> Stamp:
    """Changes the given fields; another `document_id` moves the stamp. Raises `NotFound`."""
    given = body.model_dump(exclude_unset=True)

    def once() -> Stamp:
        row, rows = _find(origin, stamp_id, inside)
        old = read_stamp(row)
        stamp = old._replace(**given)
        if repr(stamp) == repr(old):  # which tells −0.0 from 0.0
            return stamp
        transaction = Transaction()
        if stamp.document_id == old.document_id:
            repository.add_stamp_change(transaction, origin, rows, row, stamp)
        else:
            target = find_many(origin, [stamp.document_id]).get(stamp.document_id)
            if target is None:
                raise NotFound("document_id: there is no such document", param="document_id")
            repository.add_stamp_removal(transaction, origin, rows, row)
            repository.add_stamps(transaction, origin, target, [stamp])
        transaction.commit()
        return stamp

    return until_unchanged("the stamp", once)


def delete(origin: str, stamp_id: int, inside: Parent | None = None) -> Stamp:
    """Takes a stamp off its document. Raises `NotFound`."""

    def once() -> Stamp:
        row, rows = _find(origin, stamp_id, inside)
        transaction = Transaction()
        repository.add_stamp_removal(transaction, origin, rows, row)
        repository.add_stamp_row_removal(transaction, origin, stamp_id)
        transaction.commit()
        return read_stamp(row)

    return until_unchanged("the stamp", once)


def _find(origin: str, stamp_id: int, inside: Parent | None) -> tuple[StampRow, DocumentRows]:
    row = repository.find_stamp(origin, stamp_id)
    if row is None or (inside is not None and row.document_id != inside.id):
        raise NotFound("There is no such stamp.")
    rows = repository.find_document(origin, row.document_id)
    if rows is None or rows.row.generation != row.generation:
        raise NotFound("There is no such stamp.")
    return row, rows
