"""Use cases of specimens."""

from chalicelib.core.acting import actor
from chalicelib.core.errors import NotFound
from chalicelib.core.retrying import RowChanged
from chalicelib.core.tables import read_batch
from chalicelib.core.times import stored_time
from chalicelib.core.transactions import Transaction
from chalicelib.dreamspace.domain.models import Model, Parent
from chalicelib.dreamspace.models import SpecimenRow, UserRow
from chalicelib.dreamspace.repository import children as repository
from chalicelib.dreamspace.repository import users as users_repository
from chalicelib.dreamspace.repository.counters import ids_of_call
from chalicelib.dreamspace.schemas.users import SpecimenCreate, SpecimenUpdate
from chalicelib.dreamspace.service.audits import audit_removal, audit_update, values_of
from chalicelib.dreamspace.service.change_events import Change, changed, commit_with_events
from chalicelib.dreamspace.service.retried import PathMoved, until_written, written
from chalicelib.dreamspace.service.users import Upsert, named_user
from chalicelib.dreamspace.service.views import SpecimenView, server_now


def get(origin: str, specimen_id: int, inside: Parent | None = None) -> SpecimenView:
    """Raises `NotFound`, or `PathMoved` if it is no longer its owner's current specimen."""
    place = repository.find_place(origin, Model.SPECIMENS, specimen_id)
    if place is None or (inside is not None and place.user_id != inside.id):
        raise PathMoved if inside is not None and inside.has_one else NotFound(Model.SPECIMENS.unknown)
    row, owner = read_batch(repository.child_and_user(origin, Model.SPECIMENS, place, specimen_id))
    if not isinstance(owner, UserRow):
        raise NotFound(Model.SPECIMENS.unknown)
    if inside is not None and inside.has_one and (not isinstance(row, SpecimenRow) or row.forgotten_at is not None):
        raise PathMoved
    if not isinstance(row, SpecimenRow):
        raise RowChanged  # it has just moved
    return SpecimenView(row, owner)


def create(origin: str, body: SpecimenCreate) -> SpecimenView:
    """Creates a specimen for a user, who may be in the same body. Raises `NotFound`."""
    upsert = None if body.owner is None else Upsert(origin, body.owner)
    born_at = body.born_at or server_now()
    new_ids = ids_of_call(origin, Model.SPECIMENS)

    def once() -> SpecimenView:
        transaction = Transaction()
        changes: list[Change] = []
        if upsert is None:
            owner = named_user(origin, body.owner_id, "owner_id")
            users_repository.add_user_touch(transaction, owner)
        else:
            known_id = upsert.known_id()
            known = None if known_id is None else users_repository.find_user(origin, known_id)
            if known_id is not None and known is None:
                raise RowChanged  # it is just being deleted
            plan = upsert.plan(known, unchanged=users_repository.add_user_touch)
            plan.add_to(transaction)
            owner = plan.row
            changes.append(changed(Model.USERS, plan.verb, owner))
        [number] = new_ids()
        row = repository.specimen_row(
            origin,
            number,
            owner_id=owner.user_id,
            born_at=born_at,
            forgotten_at=body.forgotten_at,
            posted_by=actor(),
        )
        repository.add_child(transaction, origin, Model.SPECIMENS, row)
        commit_with_events(transaction, origin, *changes, changed(Model.SPECIMENS, "created", row))
        return SpecimenView(row, owner)

    return until_written(origin, Model.USERS, body.owner_id if body.owner is None else body.owner.twitch_id, once)


@written(Model.SPECIMENS)
def update(origin: str, specimen_id: int, body: SpecimenUpdate, inside: Parent | None = None) -> SpecimenView:
    """Changes a specimen's owner or its `forgotten_at`. Raises `NotFound`."""
    given = body.model_fields_set
    view = get(origin, specimen_id, inside)
    row: SpecimenRow = view.row
    forgotten_at = body.forgotten_at
    if "forgotten_at" not in given and row.forgotten_at is not None:
        forgotten_at = stored_time(row.forgotten_at)
    transaction = Transaction()
    before = values_of(row, SpecimenUpdate.model_fields)
    if "owner_id" in given and body.owner_id != row.owner_id:
        users_repository.add_user_touch(transaction, view.owner)
        view.owner = named_user(origin, body.owner_id, "owner_id")
        users_repository.add_user_touch(transaction, view.owner)
        view.row = repository.specimen_row(
            origin,
            specimen_id,
            owner_id=body.owner_id,
            born_at=stored_time(row.born_at),
            forgotten_at=forgotten_at,
            posted_by=row.posted_by,
            version=row.version + 1,
        )
        repository.add_child_move(transaction, origin, Model.SPECIMENS, old=row, new=view.row)
    elif (forgotten_at and forgotten_at.isoformat()) != row.forgotten_at:
        users_repository.add_user_touch(transaction, view.owner)
        repository.add_forgotten_change(transaction, origin, row, forgotten_at)
    after = values_of(view.row, SpecimenUpdate.model_fields)
    audit_update(transaction, origin, Model.SPECIMENS, specimen_id, before=before, after=after)
    if after != before:
        commit_with_events(transaction, origin, changed(Model.SPECIMENS, "updated", view.row))
    return view


@written(Model.SPECIMENS)
def delete(origin: str, specimen_id: int, inside: Parent | None = None) -> SpecimenView:
    """Removes a specimen. Raises `NotFound`."""
    view = get(origin, specimen_id, inside)
    transaction = Transaction()
    users_repository.add_user_touch(transaction, view.owner)
    repository.add_child_removal(transaction, origin, Model.SPECIMENS, view.row)
    before = values_of(view.row, SpecimenUpdate.model_fields)
    audit_removal(transaction, origin, Model.SPECIMENS, specimen_id, before=before)
    commit_with_events(transaction, origin, changed(Model.SPECIMENS, "deleted", view.row))
    return view
