"""Rows of acts, and of the hours that count them."""

from datetime import datetime

from chalicelib.activity.domain import MICROS_OF_AN_HOUR, Identity, Window, position_of
from chalicelib.activity.models import ActRow, HourRow
from chalicelib.core.clock import epoch_micros
from chalicelib.core.tables import count_rows, key
from chalicelib.core.transactions import Transaction


class ActRecorded(Exception):
    """The act of this source and time is in the ledger already."""


class ActUnknown(Exception):
    """No act was recorded under this name."""


def add_act(
    transaction: Transaction, origin: str, *, identity: Identity, activity: str, at: datetime, source: str
) -> None:
    """Adds an act and counts it; the commit may raise `ActRecorded`."""
    row = ActRow(acts_key(origin, identity, activity), act_sk(at, source), at_micros=epoch_micros(at), source=source)
    transaction.create(row, otherwise=ActRecorded(source))
    transaction.count(_hour(origin, identity, activity, at), {"acts": 1})


def remove_act(
    transaction: Transaction, origin: str, *, identity: Identity, activity: str, at: datetime, source: str
) -> None:
    """Removes an act and counts it no more; the commit may raise `ActUnknown`."""
    row = ActRow(acts_key(origin, identity, activity), act_sk(at, source))
    transaction.delete(row, condition=ActRow.pk.exists(), otherwise=ActUnknown(source))
    transaction.count(_hour(origin, identity, activity, at), {"acts": -1})


def newest_acts(origin: str, identity: Identity, activity: str, window: Window, *, limit: int) -> list[int]:
    """Positions of at most `limit` acts, newest first, strongly consistent."""
    if window.is_empty:
        return []
    rows = ActRow.query(
        acts_key(origin, identity, activity),
        ActRow.sk.between(f"{window.start:018d}", f"{window.end:018d}"),
        scan_index_forward=False,
        consistent_read=True,
        limit=limit,
    )
    return [int(row.sk.partition("#")[0]) for row in rows]


def count_acts(origin: str, identity: Identity, activity: str, window: Window) -> int:
    """How many acts lie in the window; reads each of them."""
    if window.is_empty:
        return 0
    condition = ActRow.sk.between(f"{window.start:018d}", f"{window.end:018d}")
    return count_rows(ActRow, acts_key(origin, identity, activity), condition)


def acts_by_hour(origin: str, identity: Identity, activity: str, window: Window) -> dict[int, int]:
    """How many acts each hour has that the window touches; hours without any are left out."""
    if window.is_empty:
        return {}
    first, last = window.start // MICROS_OF_AN_HOUR, (window.end - 1) // MICROS_OF_AN_HOUR
    rows = HourRow.query(
        hours_key(origin, identity, activity),
        HourRow.sk.between(f"{first:09d}", f"{last:09d}"),
        consistent_read=True,
    )
    return {int(row.sk): int(row.acts) for row in rows if row.acts > 0}


def acts_key(origin: str, identity: Identity, activity: str) -> str:
    """Where an identity's acts of an activity lie."""
    return key(origin, "ACT", identity.digest, activity)


def act_sk(at: datetime, source: str) -> str:
    """An act's place among them, by its time."""
    return key(f"{position_of(at):018d}", source)


def hours_key(origin: str, identity: Identity, activity: str) -> str:
    """Where they are counted by the hour."""
    return key(origin, "HOUR", identity.digest, activity)


def _hour(origin: str, identity: Identity, activity: str, at: datetime) -> HourRow:
    return HourRow(hours_key(origin, identity, activity), f"{position_of(at) // MICROS_OF_AN_HOUR:09d}")
