"""Rows of users, their wallets and their twitch_ids."""

from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.core.acting import actor
from chalicelib.core.retrying import RowChanged
from chalicelib.core.tables import Row, as_read, find, read_collection
from chalicelib.core.transactions import Transaction
from chalicelib.dreamspace.domain.models import MAX_INTEGER, Model
from chalicelib.dreamspace.models import DreamspaceRow, SpecimenRow, TwitchRow, UserRow, WalletRow
from chalicelib.dreamspace.repository import keys


class TwitchTaken(Exception):
    """Another user has the twitch_id."""


class WalletFull(Exception):
    """The balance would exceed exact JSON numbers, or the user no longer exists."""


class UserRows(NamedTuple):
    """A user with its wallet (None without transactions) and its current specimen."""

    user: UserRow
    wallet: WalletRow | None
    specimen: SpecimenRow | None


def user_row(origin: str, user_id: int, *, created_at: datetime, **fields: Any) -> UserRow:
    """A new user's row, not yet stored."""
    return UserRow(
        keys.user_pk(origin, user_id),
        keys.USER,
        user_id=user_id,
        created_at=created_at.isoformat(),
        version=1,
        posted_by=actor(),
        **keys.listed(origin, Model.USERS, user_id, created_at),
        **fields,
    )


def user_address(origin: str, user_id: int) -> tuple[type[UserRow], str, str]:
    """The key of a user's row, for a batch."""
    return UserRow, keys.user_pk(origin, user_id), keys.USER


def find_user(origin: str, user_id: int) -> UserRow | None:
    """A user, strongly consistent."""
    return find(*user_address(origin, user_id))


def find_whole_user(origin: str, user_id: int) -> UserRows | None:
    """A user with wallet and current specimen, strongly consistent, in one request."""
    span = DreamspaceRow.sk.between(keys.UNFORGOTTEN, keys.WALLET)
    rows = read_collection(
        DreamspaceRow, keys.user_pk(origin, user_id), span, kind_of=_kind_of, newest_first=True, limit=3
    )
    user, wallet, specimen = None, None, None
    for row in rows:
        if isinstance(row, UserRow):
            user = row
        elif isinstance(row, WalletRow):
            wallet = row
        elif isinstance(row, SpecimenRow) and specimen is None:
            specimen = row
    return None if user is None else UserRows(user, wallet, specimen)


def find_by_twitch(origin: str, twitch_id: str) -> int | None:
    """The user id of a twitch_id, strongly consistent."""
    row = find(TwitchRow, keys.twitch_pk(origin, twitch_id), keys.TWITCH)
    return None if row is None else row.user_id


def add_user(transaction: Transaction, origin: str, row: UserRow) -> None:
    """Adds a new user; the commit may raise `RowChanged` if its twitch_id is taken."""
    transaction.create(row, otherwise=RowChanged())
    if row.twitch_id is not None:
        add_twitch(transaction, origin, row.twitch_id, row.user_id, otherwise=RowChanged())


def add_twitch(transaction: Transaction, origin: str, twitch_id: str, user_id: int, *, otherwise: Exception) -> None:
    """Adds that a user has a twitch_id, which must be free."""
    row = TwitchRow(keys.twitch_pk(origin, twitch_id), keys.TWITCH, user_id=user_id)
    transaction.create(row, otherwise=otherwise)


def add_twitch_removal(transaction: Transaction, origin: str, twitch_id: str, user_id: int) -> None:
    """Adds that a user's twitch_id is free."""
    row = TwitchRow(keys.twitch_pk(origin, twitch_id), keys.TWITCH)
    transaction.delete(row, condition=TwitchRow.user_id == user_id, otherwise=RowChanged())


def add_user_removal(transaction: Transaction, row: UserRow) -> None:
    """Adds the removal of a user; the commit may raise `RowChanged`."""
    transaction.delete(UserRow(row.pk, row.sk), condition=UserRow.version == row.version, otherwise=RowChanged())


def add_user_check(transaction: Transaction, row: UserRow) -> None:
    """Adds the condition that the user exists and has the same twitch_id."""
    same = as_read(row, "twitch_id")
    transaction.check(UserRow, row.pk, row.sk, condition=same, otherwise=RowChanged())


def add_user_touch(transaction: Transaction, row: UserRow) -> None:
    """Raises the user's version, because something that is shown with the user changes: other writers must read again.

    The commit may raise `RowChanged` if a shown field of the user is no longer as in the row.
    """
    same = as_read(row, "twitch_id", "name", "preferences")
    transaction.update(UserRow(row.pk, row.sk), [UserRow.version.add(1)], condition=same, otherwise=RowChanged())


def add_to_wallet(transaction: Transaction, origin: str, user_id: int, amount: int) -> None:
    """Adds an amount to a wallet; the commit may raise `WalletFull`."""
    row = WalletRow(keys.user_pk(origin, user_id), keys.WALLET)
    in_range = WalletRow.balance <= MAX_INTEGER - amount if amount >= 0 else WalletRow.balance >= -MAX_INTEGER - amount
    condition = WalletRow.balance.does_not_exist() | in_range
    transaction.update(row, [WalletRow.balance.add(amount)], condition=condition, otherwise=WalletFull())


def _kind_of(sk: str) -> type[Row] | None:
    if sk.startswith(keys.UNFORGOTTEN):
        return SpecimenRow
    return {keys.USER: UserRow, keys.WALLET: WalletRow}.get(sk)
