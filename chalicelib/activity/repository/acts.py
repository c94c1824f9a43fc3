"""Rows of days, which count acts by the hour and keep the first of them, and rows of further acts.

An act that does not fit into its day's row has a row of its own.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import cast

from pynamodb.expressions.condition import size

from chalicelib.activity.domain import (
    HOURS_OF_A_DAY,
    MICROS_OF_AN_HOUR,
    Hours,
    Identity,
    Window,
    day_of,
    day_window,
    position_of,
)
from chalicelib.activity.models import HOUR_NAMES, ActRow, DayRow
from chalicelib.core.cache import TtlCache
from chalicelib.core.clock import epoch_micros
from chalicelib.core.retrying import RowChanged
from chalicelib.core.settings import settings
from chalicelib.core.tables import count_rows, find, highest_sort_keys, key
from chalicelib.core.transactions import Transaction

# With sources as long as Gardenlab's, a row of so many is still a write unit.
KEPT_A_DAY = 24
_KEPT = "kept"
# A few rows more than acts are asked for, since a day's acts may all have been taken back.
_SPARE_DAYS = 4
# Days that were found full, so that the next act of one needs a single try. It is a hint; the row decides.
_full_days: TtlCache[tuple[str, str], bool] = TtlCache(seconds=24 * 3600, max_entries=4096)


class ActRecorded(RowChanged):
    """The ledger has an act of this source and time already, or its day has no room; the caller tries again."""


class ActUnknown(Exception):
    """The ledger has no such act."""


def record_act(
    transaction: Transaction,
    origin: str,
    *,
    identity: Identity,
    activity: str,
    at: datetime,
    source: str,
    apart: bool = False,
) -> None:
    """Adds one countable act to the transaction that performs it, and counts it.

    The commit raises `ActRecorded`, which is a `RowChanged`, if the ledger has an act of this source and time already,
    or if the act's day has just become full. Where many acts are moved at once, they are written `apart`, so that no
    full day stops them.
    """
    day, kept = _day_row(origin, identity, activity, at), kept_text(at, source)
    is_new = ~DayRow.kept.contains(kept)
    if apart or not _keeps(day) or transaction.removes_from(day):
        row = ActRow(
            acts_key(origin, identity, activity), act_sk(at, source), at_micros=epoch_micros(at), source=source
        )
        transaction.create(row, otherwise=ActRecorded(source))
        transaction.count(day, _counts(at, 1), condition=is_new, otherwise=ActRecorded(source))
    else:
        number = size(DayRow.kept)  # type: ignore[no-untyped-call]  # pynamodb has no types there
        has_room = DayRow.kept.does_not_exist() | (number < KEPT_A_DAY)
        otherwise = partial(_day_is_full, day, source)
        transaction.count(day, _counts(at, 1), add=(_KEPT, kept), condition=has_room & is_new, otherwise=otherwise)


def remove_act(
    transaction: Transaction, origin: str, *, identity: Identity, activity: str, at: datetime, source: str
) -> None:
    """Adds the removal of an act to a transaction, by the values it was recorded with. Reads the row of its day.

    The commit raises `ActUnknown` if there is no such act. One transaction may remove an act and then record it again
    with another time, identity or activity.
    """
    day, kept = _day_row(origin, identity, activity, at), kept_text(at, source)
    present = find(DayRow, day.pk, day.sk)
    if present is not None and kept in (present.kept or ()):
        condition = DayRow.kept.contains(kept)
        otherwise = ActUnknown(source)
        transaction.count(day, _counts(at, -1), remove=(_KEPT, kept), condition=condition, otherwise=otherwise)
    else:
        row = ActRow(acts_key(origin, identity, activity), act_sk(at, source))
        transaction.delete(row, condition=ActRow.pk.exists(), otherwise=ActUnknown(source))
        transaction.count(day, _counts(at, -1))


def acts_by_hour(origin: str, identity: Identity, activity: str, window: Window, *, enough: int | None = None) -> Hours:
    """The acts of the window's hours, strongly consistent; hours without acts are left out.

    Where full hours of the newest days have `enough` acts, older days are not read.
    """
    found = Hours({}, [])
    if window.is_empty:
        return found
    first, last = day_of(window.start), day_of(window.end - 1)
    rows = DayRow.query(
        days_key(origin, identity, activity),
        DayRow.sk.between(f"{first:07d}", f"{last:07d}"),
        consistent_read=True,
        scan_index_forward=False,
        page_size=None if enough is None else enough + _SPARE_DAYS,
    )
    certain = 0
    for row in rows:
        of_day = _hours_of(row, window)
        found.acts.update(of_day.acts)
        found.kept.extend(of_day.kept)
        certain += sum(of_day.whole(window).values())
        if enough is not None and certain >= enough:
            break
    return found


def newest_apart(origin: str, identity: Identity, activity: str, window: Window, *, limit: int) -> list[int]:
    """Positions of at most `limit` acts that have rows of their own, newest first, strongly consistent."""
    if window.is_empty:
        return []
    condition = ActRow.sk.between(f"{window.start:018d}", f"{window.end:018d}")
    found = highest_sort_keys(ActRow, acts_key(origin, identity, activity), condition, limit=limit)
    return [int(sk.partition("#")[0]) for sk in found]


def count_apart(origin: str, identity: Identity, activity: str, window: Window) -> int:
    """The number of acts in the window that have rows of their own; reads each of them."""
    if window.is_empty:
        return 0
    condition = ActRow.sk.between(f"{window.start:018d}", f"{window.end:018d}")
    return count_rows(ActRow, acts_key(origin, identity, activity), condition)


def acts_key(origin: str, identity: Identity, activity: str) -> str:
    """The partition of an identity's acts of an activity that have rows of their own."""
    return key(origin, "ACT", identity.digest, activity)


def act_sk(at: datetime, source: str) -> str:
    """The sort key of an act, by its time."""
    return key(f"{position_of(at):018d}", source)


def days_key(origin: str, identity: Identity, activity: str) -> str:
    """The partition of the days."""
    return key(origin, "DAY", identity.digest, activity)


def kept_text(at: datetime, source: str) -> str:
    """An act as its day's row keeps it."""
    position = position_of(at)
    return f"{position - day_window(day_of(position)).start:011d}#{source}"


def kept_acts(row: DayRow) -> Iterator[tuple[int, str]]:
    """Position and source of each act that a day's row keeps."""
    start = day_window(int(row.sk)).start
    for text in cast("set[str]", row.kept or set()):
        micros, _, source = text.partition("#")
        yield start + int(micros), source


def _day_row(origin: str, identity: Identity, activity: str, at: datetime) -> DayRow:
    return DayRow(days_key(origin, identity, activity), f"{day_of(position_of(at)):07d}")


def _counts(at: datetime, amount: int) -> dict[str, int]:
    return {"acts": amount, HOUR_NAMES[position_of(at) // MICROS_OF_AN_HOUR % HOURS_OF_A_DAY]: amount}


def _keeps(day: DayRow) -> bool:
    """True if the day's row may keep another act, as far as is known here."""
    return settings().older_release == "none" and not _full_days.get((day.pk, day.sk), lambda: None)


def _day_is_full(day: DayRow, source: str) -> ActRecorded:
    _full_days.put((day.pk, day.sk), True)
    return ActRecorded(source)


def _hours_of(row: DayRow, window: Window) -> Hours:
    """What a day's row says of the hours that the window touches."""
    start = int(row.sk) * HOURS_OF_A_DAY
    acts = {start + hour: int(getattr(row, name) or 0) for hour, name in enumerate(HOUR_NAMES)}
    acts = {hour: number for hour, number in acts.items() if number > 0 and window.touches(hour)}
    return Hours(acts, [position for position, _ in kept_acts(row) if position // MICROS_OF_AN_HOUR in acts])
