"""Which time a verification asks about.

`once` is the mission's whole life up to now; the others are the present day, week (from Monday) or month in UTC, as
far as the mission lives in it. All are half-open, in whole milliseconds.
"""

from datetime import UTC, datetime, timedelta
from typing import Final, Literal, NamedTuple

Recurrence = Literal["once", "daily", "weekly", "monthly"]
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


class OutsideWindow(Exception):
    """The mission has not begun yet, or has ended."""


class TimeWindow(NamedTuple):
    """[start, end)."""

    start: datetime
    end: datetime

    def holds(self, moment: datetime) -> bool:
        """Whether a time is in the window."""
        return self.start <= moment < self.end


def iso_millis(moment: datetime) -> str:
    """The time as `2023-12-04T07:09:03.186Z`; what is finer than a millisecond is cut off."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def is_beginning(text: str) -> bool:
    """Whether a window starts at this text because its mission has no start."""
    return text == iso_millis(_EPOCH)


def window_at(
    recurrence: Recurrence, *, starts_at: datetime | None, ends_at: datetime | None, at: datetime
) -> TimeWindow:
    """The window at a moment between the mission's start and end. Raises `OutsideWindow` for any other."""
    if (starts_at is not None and at < starts_at) or (ends_at is not None and at >= ends_at):
        raise OutsideWindow
    start, end = _period(recurrence, at)
    return TimeWindow(
        start if starts_at is None else max(start, _whole(starts_at)), end if ends_at is None else min(end, ends_at)
    )


def trial_window(recurrence: Recurrence, *, at: datetime) -> TimeWindow:
    """The window of a trial, for which the mission's start and end do not matter."""
    return TimeWindow(*_period(recurrence, at))


def _period(recurrence: Recurrence, at: datetime) -> tuple[datetime, datetime]:
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if recurrence == "daily":
        return midnight, midnight + timedelta(days=1)
    if recurrence == "weekly":
        monday = midnight - timedelta(days=midnight.weekday())
        return monday, monday + timedelta(days=7)
    if recurrence == "monthly":
        first = midnight.replace(day=1)
        return first, (first + timedelta(days=32)).replace(day=1)
    # What happened within the present millisecond is part of the past.
    return _EPOCH, _whole(at) + _MILLISECOND


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
