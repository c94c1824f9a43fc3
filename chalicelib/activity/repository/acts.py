"""Rows of acts, and of the days that count them by the hour."""

from datetime import datetime

from chalicelib.activity.domain import HOURS_OF_A_DAY, MICROS_OF_AN_HOUR, Identity, Window, day_of, position_of
from chalicelib.activity.models import HOUR_NAMES, ActRow, DayRow
from chalicelib.core.clock import epoch_micros
from chalicelib.core.tables import count_rows, highest_sort_keys, key
from chalicelib.core.transactions import Transaction


class ActRecorded(Exception):
    """The ledger has an act of this source and time already."""


class ActUnknown(Exception):
    """The ledger has no such act."""


def record_act(
    transaction: Transaction, origin: str, *, identity: Identity, activity: str, at: datetime, source: str
) -> None:
    """Adds one countable act to the transaction that performs it, and counts it: two writes.

    The commit raises `ActRecorded` if the ledger has an act of this source and time already.
    """
    row = ActRow(acts_key(origin, identity, activity), act_sk(at, source), at_micros=epoch_micros(at), source=source)
    transaction.create(row, otherwise=ActRecorded(source))
    _count(transaction, origin, identity, activity, at, 1)


def remove_act(
    transaction: Transaction, origin: str, *, identity: Identity, activity: str, at: datetime, source: str
) -> None:
    """Adds the removal of an act to a transaction, with the values that it was recorded with.

    The commit raises `ActUnknown` if there is no such act. One transaction may remove an act and record it again with
    another time, identity or activity.
    """
    row = ActRow(acts_key(origin, identity, activity), act_sk(at, source))
    transaction.delete(row, condition=ActRow.pk.exists(), otherwise=ActUnknown(source))
    _count(transaction, origin, identity, activity, at, -1)


def newest_acts(origin: str, identity: Identity, activity: str, window: Window, *, limit: int) -> list[int]:
    """Positions of at most `limit` acts, newest first, strongly consistent."""
    if window.is_empty:
        return []
    condition = ActRow.sk.between(f"{window.start:018d}", f"{window.end:018d}")
    found = highest_sort_keys(ActRow, acts_key(origin, identity, activity), condition, limit=limit)
    return [int(sk.partition("#")[0]) for sk in found]


def count_acts(origin: str, identity: Identity, activity: str, window: Window) -> int:
    """The number of acts in the window; reads each act."""
    if window.is_empty:
        return 0
    condition = ActRow.sk.between(f"{window.start:018d}", f"{window.end:018d}")
    return count_rows(ActRow, acts_key(origin, identity, activity), condition)


def acts_by_hour(origin: str, identity: Identity, activity: str, window: Window) -> dict[int, int]:
    """The number of acts per hour of the window; hours without acts are left out."""
    if window.is_empty:
        return {}
    first, last = day_of(window.start), day_of(window.end - 1)
    rows = DayRow.query(
        days_key(origin, identity, activity),
        DayRow.sk.between(f"{first:07d}", f"{last:07d}"),
        consistent_read=True,
    )
    hours = {
        int(row.sk) * HOURS_OF_A_DAY + hour: int(getattr(row, name) or 0)
        for row in rows
        if row.acts > 0
        for hour, name in enumerate(HOUR_NAMES)
    }
    return {hour: acts for hour, acts in hours.items() if acts > 0 and window.touches(hour)}


def acts_key(origin: str, identity: Identity, activity: str) -> str:
    """The partition of an identity's acts of an activity."""
    return key(origin, "ACT", identity.digest, activity)


def act_sk(at: datetime, source: str) -> str:
    """The sort key of an act, by its time."""
    return key(f"{position_of(at):018d}", source)


def days_key(origin: str, identity: Identity, activity: str) -> str:
    """The partition of the counts by day and hour."""
    return key(origin, "DAY", identity.digest, activity)


def _count(transaction: Transaction, origin: str, identity: Identity, activity: str, at: datetime, amount: int) -> None:
    day, hour = divmod(position_of(at) // MICROS_OF_AN_HOUR, HOURS_OF_A_DAY)
    row = DayRow(days_key(origin, identity, activity), f"{day:07d}")
    transaction.count(row, {"acts": amount, HOUR_NAMES[hour]: amount})
