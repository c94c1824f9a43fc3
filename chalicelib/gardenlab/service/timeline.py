"""A partner's timeline: the latest items, and counts by day.

Writes do not update counters. A reader of the counts adds the new entries of the timeline, which holds only keys, and
stores the sums for the next reader.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, cast

from chalicelib.core.clock import now
from chalicelib.core.tables import read_batch
from chalicelib.gardenlab.models import ScanRow, TokenRow
from chalicelib.gardenlab.repository import timeline as repository
from chalicelib.gardenlab.repository.timeline import (
    ANNOUNCED,
    CHANGED,
    HAPPENED,
    KINDS,
    MINTED,
    SCANNED,
    SPENT,
    UPDATED,
    Entry,
)

__all__ = ["ANNOUNCED", "CHANGED", "KINDS", "MINTED", "SCANNED", "UPDATED"]
DAYS = 30
# Longer than any call lasts: older entries are complete in the index, and no new one sorts before them.
SETTLED_SECONDS = 120
_AT_ONCE = 4_000  # about 1 MB of keys
_MOST_REQUESTS = 5
_DAY = timedelta(days=1)
# A chain's name behind it: the sum, in wei, among a day's counts.
_COSTS = {kind: f"{prefix}cost of " for kind, prefix in ((MINTED, ""), (UPDATED, "updated "), (CHANGED, "changed "))}

Sums = dict[str, Counter[str]]  # by UTC day: how many there were of each kind, and what they cost on each chain


class Day(NamedTuple):
    """The counts of a UTC day, and what its mints cost: wei by chain, as far as that is known."""

    date: date
    announced: int
    scanned: int
    minted: int
    costs: Mapping[str, int]


class Daily(NamedTuple):
    """The last 30 days, today last; `is_complete` is false while entries are still uncounted."""

    days: list[Day]
    is_complete: bool


class TimelineItem(NamedTuple):
    """One item of the timeline with its NFT; a scan has `interaction` and `xp` (in millionths)."""

    at: datetime
    kind: str
    token: TokenRow
    interaction: str | None = None
    xp: int = 0


def daily(origin: str) -> Daily:
    """The counts of the last 30 days: one read, and one query of the new entries."""
    sums, is_complete = _sums(origin, HAPPENED)
    return Daily([_day(day, sums) for day in _days()], is_complete)


def spent(origin: str) -> tuple[Sums, bool]:
    """The sums of final updates and changes by UTC day, and whether all are counted; as many requests."""
    return _sums(origin, SPENT)


def costs_in(sums: Mapping[str, int], kind: str) -> dict[str, int]:
    """What the transactions of a kind cost in wei by chain, of a day's sums."""
    prefix = _COSTS[kind]
    return {name.removeprefix(prefix): wei for name, wei in sums.items() if name.startswith(prefix)}


def _days() -> list[date]:
    first = now().date() - (DAYS - 1) * _DAY
    return [first + number * _DAY for number in range(DAYS)]


def _sums(origin: str, of: str) -> tuple[Sums, bool]:
    first = _days()[0]
    known = repository.find_tally(origin, of)
    sums: Sums = {day: Counter(counts) for day, counts in (known.days if known else {}).items()}
    begin = repository.position_at(datetime(first.year, first.month, first.day, tzinfo=UTC))
    entries, is_complete = _new_entries(origin, max(begin, known.position) if known else begin, of)
    settled_before = repository.position_at(now() - timedelta(seconds=SETTLED_SECONDS))
    settled = [entry for entry in entries if entry.position < settled_before]
    _add(sums, settled)
    if settled:
        kept = {day: counts for day, counts in sums.items() if day >= first.isoformat()}
        repository.keep_tally(origin, known, position=settled[-1].position, days=kept, of=of)
    _add(sums, entries[len(settled) :])
    return sums, is_complete


def latest(origin: str, *, limit: int, before: str | None = None) -> tuple[list[TimelineItem], str | None]:
    """The newest items, and the position before which older ones are: two requests."""
    entries, has_more = repository.newest_entries(origin, before=before, limit=limit)
    tokens = [(TokenRow, entry.pk, "NFT") for entry in entries]
    scans = [(ScanRow, entry.pk, entry.sk) for entry in entries if entry.kind == SCANNED]
    wanted = list(dict.fromkeys([*tokens, *scans]))
    found = {(pk, sk): row for (_, pk, sk), row in zip(wanted, read_batch(wanted, consistent=False), strict=True)}
    happened = [
        _timeline_item(entry, cast(TokenRow, token), cast("ScanRow | None", found.get((entry.pk, entry.sk))))
        for entry in entries
        if (token := found.get((entry.pk, "NFT"))) is not None
    ]
    return happened, entries[-1].position if has_more else None


def _new_entries(origin: str, position: str, of: str) -> tuple[list[Entry], bool]:
    entries: list[Entry] = []
    for _ in range(_MOST_REQUESTS):
        found, has_more = repository.entries_after(origin, position, limit=_AT_ONCE, of=of)
        entries += found
        if not has_more:
            return entries, True
        position = found[-1].position
    return entries, False


def _add(sums: Sums, entries: list[Entry]) -> None:
    for entry in entries:
        day = sums.setdefault(repository.moment_of(entry.position).date().isoformat(), Counter())
        day[entry.kind] += 1
        if entry.cost is not None:
            chain, wei = entry.cost
            day[_COSTS[entry.kind] + chain] += wei


def _day(day: date, sums: Mapping[str, Mapping[str, int]]) -> Day:
    counts = sums.get(day.isoformat(), {})
    announced, scanned, minted = (counts.get(kind, 0) for kind in KINDS)
    return Day(day, announced, scanned, minted, costs_in(counts, MINTED))


def _timeline_item(entry: Entry, token: TokenRow, scan: ScanRow | None) -> TimelineItem:
    if entry.kind != SCANNED or scan is None:
        return TimelineItem(repository.moment_of(entry.position), entry.kind, token)
    xp = int(scan.xp_after) - int(scan.xp_before)
    return TimelineItem(repository.moment_of(entry.position), entry.kind, token, scan.interaction_name, xp)
