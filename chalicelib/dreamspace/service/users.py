"""Use cases of users, also of users inside another object's body."""

from collections.abc import Callable
from typing import Any, NamedTuple

from chalicelib.core.errors import BadRequest, NotFound, existing
from chalicelib.core.retrying import RowChanged
from chalicelib.core.transactions import Transaction
from chalicelib.dreamspace.domain.changes import Verb
from chalicelib.dreamspace.domain.models import Model, Parent, Referrer
from chalicelib.dreamspace.models import UserRow
from chalicelib.dreamspace.repository import children
from chalicelib.dreamspace.repository import users as repository
from chalicelib.dreamspace.repository.counters import ids_of_call
from chalicelib.dreamspace.repository.users import TwitchTaken, UserRows
from chalicelib.dreamspace.schemas.users import UserCreate, UserUpdate
from chalicelib.dreamspace.service.audits import audit_removal, audit_update, values_of
from chalicelib.dreamspace.service.change_events import changed, commit_with_events
from chalicelib.dreamspace.service.retried import PathMoved, until_written, written
from chalicelib.dreamspace.service.tidying import request_user_tidying
from chalicelib.dreamspace.service.views import UserDetailsView, server_now
from chalicelib.partners.removals import note_removal


class UserPlan(NamedTuple):
    """A user's new row, and a function that adds it to a transaction. The commit may raise `RowChanged`.

    `verb` says what is done to the user; None where it stays as it is.
    """

    row: UserRow
    add_to: Callable[[Transaction], None]
    verb: Verb | None = None


class Upsert:
    """Updates the user with a twitch_id, or creates one."""

    def __init__(self, origin: str, body: UserCreate) -> None:
        self._origin = origin
        self._body = body
        self._new_ids = ids_of_call(origin, Model.USERS)
        self._created_at = server_now()

    def known_id(self) -> int | None:
        """The id of the user with the twitch_id."""
        twitch_id = self._body.twitch_id
        return None if twitch_id is None else repository.find_by_twitch(self._origin, twitch_id)

    def plan(
        self, known: UserRow | None, *, unchanged: Callable[[Transaction, UserRow], None] = repository.add_user_check
    ) -> UserPlan:
        """The plan of the write; `known` is the user of `known_id`, or None for a new user.

        `unchanged` adds what is written of a user that stays as it is.
        """
        if known is None:
            row = self._new_row()
            return UserPlan(row, lambda transaction: repository.add_user(transaction, self._origin, row), "created")
        if known.twitch_id != self._body.twitch_id:
            raise RowChanged
        given = self._body.model_dump(exclude_unset=True)
        changes = {name: value for name, value in given.items() if getattr(known, name) != value}
        before = values_of(known, changes)

        def add(transaction: Transaction) -> None:
            if changes:
                audit_update(transaction, self._origin, Model.USERS, known.user_id, before=before, after=changes)
                transaction.change_version(known, changes)
            else:
                unchanged(transaction, known)

        shown = UserRow(known.pk, known.sk, **{**_attributes(known), **changes})
        return UserPlan(shown, add, "updated" if changes else None)

    def _new_row(self) -> UserRow:
        [new_id] = self._new_ids()
        return repository.user_row(self._origin, new_id, created_at=self._created_at, **self._body.model_dump())


def get(origin: str, user_id: int, inside: Parent | None = None) -> UserDetailsView:
    """Raises `NotFound`."""
    del inside  # a user is in no other object's collection
    return UserDetailsView(_find(origin, user_id))


def create(origin: str, body: UserCreate) -> UserDetailsView:
    """Creates a user, or updates the one with its twitch_id."""
    upsert = Upsert(origin, body)

    def once() -> UserDetailsView:
        known_id = upsert.known_id()
        rows = None if known_id is None else repository.find_whole_user(origin, known_id)
        if known_id is not None and rows is None:
            raise RowChanged  # it is just being deleted
        plan = upsert.plan(None if rows is None else rows.user)
        if rows is None or _attributes(plan.row) != _attributes(rows.user):
            transaction = Transaction()
            plan.add_to(transaction)
            commit_with_events(transaction, origin, changed(Model.USERS, plan.verb, plan.row))
        return UserDetailsView(UserRows(plan.row, None, None) if rows is None else rows._replace(user=plan.row))

    return until_written(origin, Model.USERS, body.twitch_id, once)


@written(Model.USERS)
def update(origin: str, user_id: int, body: UserUpdate, referrer: Referrer | None = None) -> UserDetailsView:
    """Changes the given fields.

    Raises `NotFound`, `BadRequest` for a twitch_id that another user has, or `PathMoved`.
    """
    rows = _find(origin, user_id)
    given = body.model_dump(exclude_unset=True)
    changes = {name: value for name, value in given.items() if getattr(rows.user, name) != value}
    if changes:
        _change(origin, rows.user, changes, referrer)
    return UserDetailsView(rows)


@written(Model.USERS)
def delete(origin: str, user_id: int, referrer: Referrer | None = None) -> UserDetailsView:
    """Removes a user; its transactions and specimens are no longer shown.

    Raises `NotFound`, or `PathMoved` if the path no longer leads to it.
    """
    rows = _find(origin, user_id)
    transaction = Transaction()
    repository.add_user_removal(transaction, rows.user)
    audit_removal(transaction, origin, Model.USERS, user_id, before=values_of(rows.user, UserUpdate.model_fields))
    if rows.user.twitch_id is not None:
        repository.add_twitch_removal(transaction, origin, rows.user.twitch_id, user_id)
    request_user_tidying(transaction, origin, user_id)
    note_removal(origin)
    _add_path(transaction, origin, referrer)
    commit_with_events(transaction, origin, changed(Model.USERS, "deleted", rows.user))
    return UserDetailsView(rows)


def named_user(origin: str, user_id: int, field: str) -> UserRow:
    """The user that a body's field names. Raises `NotFound`."""
    user = repository.find_user(origin, user_id)
    return existing(user, otherwise=NotFound(f"{field}: there is no such user", param=field))


def _find(origin: str, user_id: int) -> UserRows:
    return existing(repository.find_whole_user(origin, user_id), otherwise=NotFound(Model.USERS.unknown))


def _add_path(transaction: Transaction, origin: str, referrer: Referrer | None) -> None:
    """Adds the condition that the path's object still belongs to the user, and that the path was followed."""
    if referrer is not None:
        children.add_followed(transaction, origin, referrer, otherwise=PathMoved())


def _change(origin: str, row: UserRow, changes: dict[str, Any], referrer: Referrer | None) -> None:
    transaction = Transaction()
    user_id, former = row.user_id, row.twitch_id
    audit_update(transaction, origin, Model.USERS, user_id, before=values_of(row, changes), after=changes)
    transaction.change_version(row, changes)
    if "twitch_id" in changes:
        if former is not None:
            repository.add_twitch_removal(transaction, origin, former, user_id)
        if row.twitch_id is not None:
            repository.add_twitch(transaction, origin, row.twitch_id, user_id, otherwise=TwitchTaken())
        request_user_tidying(transaction, origin, user_id)
    _add_path(transaction, origin, referrer)
    try:
        commit_with_events(transaction, origin, changed(Model.USERS, "updated", row))
    except TwitchTaken as error:
        raise BadRequest("twitch_id: is taken by another user", param="twitch_id") from error


def _attributes(row: UserRow) -> dict[str, Any]:
    return {name: value for name, value in row.attribute_values.items() if name not in ("pk", "sk")}
