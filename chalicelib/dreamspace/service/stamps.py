"""Use cases of stamps. A stamp exists while its document exists in the stamp's generation.

A stamp's own row points to the row that holds it. Changes are made from the holder's row and checked by its version;
the pointer only says where to look.
"""

from collections import defaultdict
from collections.abc import Sequence

from chalicelib.core.acting import actor
from chalicelib.core.errors import BadRequest, NotFound
from chalicelib.core.retrying import RowChanged
from chalicelib.core.transactions import MAX_WRITES, Transaction
from chalicelib.dreamspace.domain.models import Model, Parent
from chalicelib.dreamspace.models import StampRow
from chalicelib.dreamspace.repository import documents as repository
from chalicelib.dreamspace.repository.counters import ids_of_call
from chalicelib.dreamspace.repository.documents import PlacedStamp, Stamp, stamp_of_row
from chalicelib.dreamspace.schemas.documents import StampCreate, StampUpdate
from chalicelib.dreamspace.service.audits import audit_removal, audit_update
from chalicelib.dreamspace.service.change_events import changed, commit_with_events
from chalicelib.dreamspace.service.documents import find_many
from chalicelib.dreamspace.service.retried import until_written, written


def get(origin: str, stamp_id: int, inside: Parent | None = None) -> Stamp:
    """Raises `NotFound`, or `RowChanged` if the stamp moved between the two reads."""
    pointer = _pointer(origin, stamp_id, inside)
    entry = repository.find_entry(origin, pointer.document_id)
    if entry is None or entry.generation != pointer.generation:
        raise _missing(origin, pointer)
    return stamp_of_row(pointer)


def create(origin: str, body: StampCreate) -> Stamp:
    """Adds a stamp to a document. Raises `NotFound`."""
    [stamp] = create_many(origin, [body], where="document_id")
    return stamp


def create_many(origin: str, bodies: Sequence[StampCreate], *, where: str = "stamps[{}].document_id") -> list[Stamp]:
    """Adds stamps to documents, all or none, with ids that rise in their order. Raises `NotFound`."""
    new_ids = ids_of_call(origin, Model.STAMPS, len(bodies))

    def once() -> list[Stamp]:
        documents = find_many(origin, list(dict.fromkeys(body.document_id for body in bodies)))
        for position, body in enumerate(bodies):
            if body.document_id not in documents:
                param = where.format(position)
                raise NotFound(f"{param}: there is no such document", param=param)
        stamps = [Stamp(number, **dict(body)) for number, body in zip(new_ids(), bodies, strict=True)]
        of_document: defaultdict[int, list[Stamp]] = defaultdict(list)
        for stamp in stamps:
            of_document[stamp.document_id].append(stamp)
        transaction = Transaction()
        for document_id, added in of_document.items():
            repository.add_stamps(transaction, origin, documents[document_id], added, posted_by=actor())
        if len(transaction) > MAX_WRITES:
            raise BadRequest("The stamps name more documents with many stamps than one call can change.")
        commit_with_events(transaction, origin, changed(Model.STAMPS, "created" if stamps else None, *stamps))
        return stamps

    return until_written(origin, Model.DOCUMENTS, None, once)


@written(Model.DOCUMENTS, by_id=False)
def update(origin: str, stamp_id: int, body: StampUpdate, inside: Parent | None = None) -> Stamp:
    """Changes the given fields; another `document_id` moves the stamp. Raises `NotFound`."""
    given = body.model_dump(exclude_unset=True)
    placed, posted_by = _find(origin, stamp_id, inside)
    old = placed.stamp
    stamp = old._replace(**given)
    if repr(stamp) == repr(old):  # `==` does not distinguish −0.0 from 0.0
        return stamp
    transaction = Transaction()
    if stamp.document_id == old.document_id:
        repository.add_stamp_change(transaction, origin, placed.holder, stamp, posted_by=posted_by)
    else:
        target = find_many(origin, [stamp.document_id]).get(stamp.document_id)
        if target is None:
            raise NotFound("document_id: there is no such document", param="document_id")
        repository.add_stamp_removal(transaction, origin, placed.holder, stamp_id)
        repository.add_stamps(transaction, origin, target, [stamp], posted_by=posted_by)
    audit_update(transaction, origin, Model.STAMPS, stamp_id, before=old._asdict(), after=stamp._asdict())
    commit_with_events(transaction, origin, changed(Model.STAMPS, "updated", stamp))
    return stamp


@written(Model.DOCUMENTS, by_id=False)
def delete(origin: str, stamp_id: int, inside: Parent | None = None) -> Stamp:
    """Removes a stamp from its document. Raises `NotFound`."""
    placed, _ = _find(origin, stamp_id, inside)
    transaction = Transaction()
    repository.add_stamp_removal(transaction, origin, placed.holder, stamp_id)
    repository.add_stamp_row_removal(transaction, origin, stamp_id)
    audit_removal(transaction, origin, Model.STAMPS, stamp_id, before=placed.stamp._asdict())
    commit_with_events(transaction, origin, changed(Model.STAMPS, "deleted", placed.stamp))
    return placed.stamp


def _find(origin: str, stamp_id: int, inside: Parent | None) -> tuple[PlacedStamp, str | None]:
    """A stamp with its holder's row, and who posted it.

    Raises `NotFound`, or `RowChanged` if it moved between the reads.
    """
    pointer = _pointer(origin, stamp_id, inside)
    rows = repository.find_document(origin, pointer.document_id)
    if rows is None or rows.row.generation != pointer.generation:
        raise _missing(origin, pointer)
    placed = rows.find_stamp(stamp_id)
    if placed is None:  # moved or removed since the pointer was read
        raise RowChanged
    return placed, pointer.posted_by


def _pointer(origin: str, stamp_id: int, inside: Parent | None) -> StampRow:
    row = repository.find_stamp(origin, stamp_id)
    if row is None or (inside is not None and row.document_id != inside.id):
        raise NotFound(Model.STAMPS.unknown)
    return row


def _missing(origin: str, pointer: StampRow) -> Exception:
    """The error for a stamp that was not found: `NotFound` if it no longer exists, `RowChanged` if it moved.

    Removed documents and earlier generations never come back, so an unchanged pointer means that the stamp is gone.
    """
    latest = repository.find_stamp(origin, pointer.stamp_id)
    if latest is None or (latest.document_id, latest.generation) == (pointer.document_id, pointer.generation):
        return NotFound(Model.STAMPS.unknown)
    return RowChanged()
