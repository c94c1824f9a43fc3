"""The worker of tidying: removes and corrects rows of a user or document after a change."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from chalicelib.core import storage
from chalicelib.core.queues import send_best_effort
from chalicelib.core.transactions import Transaction
from chalicelib.dreamspace.domain.models import Model
from chalicelib.dreamspace.models import ChildRow, EventRow, StampGroupRow, UserRow
from chalicelib.dreamspace.queues import TIDYING
from chalicelib.dreamspace.repository import children, documents, indexes, keys, pending, users
from chalicelib.dreamspace.service.ledger import add_entry, add_entry_removal
from chalicelib.dreamspace.service.retried import CHANGED
from chalicelib.dreamspace.service.tidying import message_of

T = TypeVar("T")
# A child needs up to five writes (two to remove a ledger entry, two to add one), and the user's check one more.
_CHILDREN_AT_ONCE = 19
_STAMPS_AT_ONCE = 90
# About 5,700 rows, which take a small part of a message's time.
_BATCHES_AT_ONCE = 300


class TidyingIncomplete(Exception):
    """Rows changed meanwhile; the request stays for the next sweep."""


class TooManyRows(Exception):
    """More rows are left than one message should process."""


def tidy_up(pk: str, sk: str) -> None:
    """Processes one request row; a missing row is done already. Raises `TidyingIncomplete`."""
    if sk != keys.PENDING:
        _remove_object(pk, sk)
        return
    row = pending.find_pending(pk)
    if row is None:
        return
    is_user = pk == keys.user_pk(row.origin, row.owner_id)
    try:
        (_tidy_user if is_user else _tidy_document)(row.origin, row.owner_id)
    except TooManyRows:
        send_best_effort([(TIDYING, message_of(pk, sk))])
        return
    if not pending.is_settled(row):
        pending.postpone_pending(row)
    elif not pending.remove_pending(row):
        raise TidyingIncomplete(pk)


def _remove_object(pk: str, sk: str) -> None:
    row = pending.find_object(pk, sk)
    if row is not None and pending.discard_object(row):
        storage.remove(row.object_key)
        pending.remove_object_row(row)


def _tidy_user(origin: str, user_id: int) -> None:
    user = users.find_user(origin, user_id)
    waiting = _children_to_tidy(origin, user_id, user)
    _in_batches(waiting, lambda batch: _tidy_children(origin, user, batch))
    if user is None:
        _remove_other_rows(origin, user_id)


def _children_to_tidy(origin: str, user_id: int, user: UserRow | None) -> Iterator[tuple[Model, ChildRow]]:
    identity = None if user is None else user.twitch_id
    for model, row in children.iterate_all_children(origin, user_id):
        if model is None or not isinstance(row, ChildRow):
            continue
        is_removed = user is None and model is not Model.EVENTS
        if is_removed or (model is not Model.SPECIMENS and row.recorded_as != identity):
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
            transaction.change_version(row, {"recorded_as": None if user is None else user.twitch_id})
            add_entry(transaction, origin, row, is_one_of_many=True)
    transaction.commit()


def _remove_other_rows(origin: str, user_id: int) -> None:
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
    events = (row for row in indexes.iterate_events_of(origin, document_id) if seal is None or row.seal != seal)

    def write_seal(batch: Sequence[EventRow]) -> None:
        transaction = Transaction()
        if seal is not None:
            documents.add_entry_check(transaction, origin, document_id, seal=seal)
        for event in batch:
            children.add_seal_change(transaction, origin, event, document_id, seal)
        transaction.commit()

    _in_batches(events, write_seal)


def _remove_group(origin: str, group: StampGroupRow) -> None:
    for batch in _batches(group.stamps, _STAMPS_AT_ONCE):
        transaction = Transaction()
        for values in batch:
            documents.add_stamp_row_removal(transaction, origin, values[0])
        transaction.commit()
    transaction = Transaction()
    transaction.delete(group)
    transaction.commit()


def _in_batches(rows: Iterable[T], write: Callable[[Sequence[T]], None]) -> None:
    """Writes rows in batches. Raises `TidyingIncomplete` if a row has changed, `TooManyRows` if too many are left."""
    left = 0
    for number, batch in enumerate(_batches(rows, _CHILDREN_AT_ONCE)):
        if number == _BATCHES_AT_ONCE:
            raise TooManyRows
        try:
            write(batch)
        except CHANGED:
            left += len(batch)
    if left:
        raise TidyingIncomplete(f"{left} rows moved meanwhile")


def _batches(rows: Iterable[T], size: int) -> Iterator[Sequence[T]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, size)):
        yield batch
