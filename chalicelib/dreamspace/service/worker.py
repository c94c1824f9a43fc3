"""The worker's side of `tidying`: what lies under a user or document is brought in line with it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from chalicelib.core import storage
from chalicelib.core.queues import send_best_effort
from chalicelib.core.transactions import Transaction
from chalicelib.dreamspace.domain.models import Model
from chalicelib.dreamspace.models import ChildRow, EventRow, StampGroupRow, UserRow
from chalicelib.dreamspace.queues import TIDYING
from chalicelib.dreamspace.repository import children, documents, keys, pending, users
from chalicelib.dreamspace.service.ledger import add_entry, add_entry_removal
from chalicelib.dreamspace.service.retried import CHANGED
from chalicelib.dreamspace.service.tidying import message_of

T = TypeVar("T")
# A child takes up to five writes, of which the ledger's entry has two each way, and the user's check is one more.
_CHILDREN_AT_ONCE = 19
_STAMPS_AT_ONCE = 90
# Some ten thousand rows: a small part of the time that a message has.
_BATCHES_AT_ONCE = 300


class Untidy(Exception):
    """Something moved meanwhile: the row stays, and the sweep comes back to it."""


class TooMuch(Exception):
    """More than one message's worth is left."""


def tidy_up(pk: str, sk: str) -> None:
    """Works one row of what is to be tidied up; one that is gone was worked already. Raises `Untidy`."""
    if sk != keys.PENDING:
        _remove_object(pk, sk)
        return
    row = pending.find_pending(pk)
    if row is None:
        return
    is_user = pk == keys.user_pk(row.origin, row.owner_id)
    try:
        (_tidy_user if is_user else _tidy_document)(row.origin, row.owner_id)
    except TooMuch:
        send_best_effort([(TIDYING, message_of(pk, sk))])
        return
    if not pending.is_settled(row):
        pending.keep_pending(row)
    elif not pending.end_pending(row):
        raise Untidy(pk)


def _remove_object(pk: str, sk: str) -> None:
    row = pending.find_object(pk, sk)
    if row is not None and pending.doom_object(row):
        storage.remove(row.object_key)
        pending.forget_object(row)


def _tidy_user(origin: str, user_id: int) -> None:
    user = users.find_user(origin, user_id)
    waiting = _untidy_children(origin, user_id, user)
    _in_batches(waiting, lambda batch: _tidy_children(origin, user, batch))
    if user is None:
        _remove_leftovers(origin, user_id)


def _untidy_children(origin: str, user_id: int, user: UserRow | None) -> Iterator[tuple[Model, ChildRow]]:
    identity = None if user is None else user.twitch_id
    for model, row in children.iterate_all_children(origin, user_id):
        if model is None or not isinstance(row, ChildRow):
            continue
        goes = user is None and model is not Model.EVENTS
        if goes or (model is not Model.SPECIMENS and row.recorded_as != identity):
            yield model, row


def _tidy_children(origin: str, user: UserRow | None, batch: Sequence[tuple[Model, ChildRow]]) -> None:
    transaction = Transaction()
    if user is not None:
        users.add_user_check(transaction, user)
    for model, row in batch:
        add_entry_removal(transaction, origin, row)
        if user is None and model is not Model.EVENTS:
            children.add_child_removal(transaction, origin, model, row)
        else:
            children.add_record_change(transaction, row, None if user is None else user.twitch_id)
            add_entry(transaction, origin, row)
    transaction.commit()


def _remove_leftovers(origin: str, user_id: int) -> None:
    leftovers = [row for model, row in children.iterate_all_children(origin, user_id) if model is None]
    for batch in _batches(leftovers, _STAMPS_AT_ONCE):
        transaction = Transaction()
        for row in batch:
            transaction.delete(row)
        transaction.commit()


def _tidy_document(origin: str, document_id: int) -> None:
    found = documents.find_document(origin, document_id)
    for group in documents.iterate_groups(origin, document_id):
        if found is None or group.generation < found.row.generation:
            _remove_group(origin, group)
    seal = None if found is None else found.row.seal
    events = (row for row in children.iterate_sealable(origin, document_id) if seal is None or row.seal != seal)

    def reseal(batch: Sequence[EventRow]) -> None:
        transaction = Transaction()
        if seal is not None:
            documents.add_entry_check(transaction, origin, document_id, seal=seal)
        for event in batch:
            children.add_seal(transaction, origin, event, document_id, seal)
        transaction.commit()

    _in_batches(events, reseal)


def _remove_group(origin: str, group: StampGroupRow) -> None:
    for batch in _batches(group.stamps, _STAMPS_AT_ONCE):
        transaction = Transaction()
        for values in batch:
            documents.add_stamp_row_removal(transaction, origin, values[0])
        transaction.commit()
    transaction = Transaction()
    documents.add_group_removal(transaction, group)
    transaction.commit()


def _in_batches(rows: Iterable[T], write: Callable[[Sequence[T]], None]) -> None:
    """Writes rows many at a time. Raises `Untidy` where one of them has moved, `TooMuch` where many are left."""
    left = 0
    for number, batch in enumerate(_batches(rows, _CHILDREN_AT_ONCE)):
        if number == _BATCHES_AT_ONCE:
            raise TooMuch
        try:
            write(batch)
        except CHANGED:
            left += len(batch)
    if left:
        raise Untidy(f"{left} rows moved meanwhile")


def _batches(rows: Iterable[T], size: int) -> Iterator[Sequence[T]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, size)):
        yield batch
