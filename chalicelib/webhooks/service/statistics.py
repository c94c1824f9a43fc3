"""How deliveries go, hour by hour: counted by the workers, read by the partner.

Counts are added once a batch and endpoint, outside the deliveries' transactions, where one row an hour would be a
bottleneck; a worker that dies may lose the counts of its last batch, never a delivery.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from pydantic import Field

from chalicelib.core.cache import TtlCache
from chalicelib.core.clock import now
from chalicelib.core.logging import logger
from chalicelib.core.schemas import Read
from chalicelib.webhooks.models.endpoints import EndpointRow
from chalicelib.webhooks.repository import statistics as repository
from chalicelib.webhooks.repository.waiting import waiting_deliveries
from chalicelib.webhooks.service.endpoints import all_endpoints, get_endpoint

HOURS = 24
_QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_SLOWEST_MS = 15_000
_DAYS_SECONDS = 600.0
_log = logger("webhooks.statistics")


class Attempted(NamedTuple):
    """What one attempt adds to the counts."""

    origin: str
    endpoint_id: str
    at: datetime
    succeeded: bool
    latency_ms: float


class Outcomes(NamedTuple):
    """How a day's attempts went."""

    succeeded: int
    failed: int


class Figures(Read):
    """Counts of attempts and what follows from them; rates are null where nothing was attempted."""

    attempts: int
    """How many attempts were made."""
    succeeded: int
    """How many of them were answered by 2xx."""
    failed: int
    """How many were not."""
    success_rate: float | None
    """The share that succeeded; null where nothing was attempted."""
    latency_ms: dict[str, float | None]
    """Percentiles (`p50`, `p95`, `p99`) of how long attempts took."""


class Hour(Figures):
    """One hour, by its beginning in UTC."""

    hour: str
    """The hour's beginning, UTC."""


class Statistics(Figures):
    """The last day together and hour by hour."""

    endpoint: str | None
    """The endpoint asked for; null: all together."""
    backlog: int = Field(
        description=f"Deliveries that are not finished, up to {repository.MOST_COUNTED:,} an endpoint."
    )
    hours: list[Hour]
    """The hours in which something was attempted, oldest first."""


_days: TtlCache[tuple[str, date], dict[date, Outcomes]] = TtlCache(seconds=_DAYS_SECONDS, max_entries=256)


def count(attempts: Iterable[Attempted]) -> None:
    """Adds a batch's attempts to the hours. Never raises: figures must not fail a delivery."""
    together: defaultdict[tuple[str, str, datetime], Counter[str]] = defaultdict(Counter)
    for attempt in attempts:
        hour = attempt.at.replace(minute=0, second=0, microsecond=0)
        counts = together[attempt.origin, attempt.endpoint_id, hour]
        counts["succeeded" if attempt.succeeded else "failed"] += 1
        counts[repository.bucket_of(attempt.latency_ms)] += 1
    for (origin, endpoint_id, hour), counts in together.items():
        try:
            repository.add_counts(origin, endpoint_id, hour, counts)
        except Exception:  # whatever it is: the attempts are stored
            _log.exception("statistics not counted", extra={"endpoint": endpoint_id})


def statistics(origin: str, endpoint_id: str | None, *, known: Sequence[EndpointRow] | None = None) -> Statistics:
    """One endpoint's figures, or all of the partner's, whose endpoints may be `known`. Raises `EndpointUnknown`."""
    if endpoint_id is not None:
        endpoints = [get_endpoint(origin, endpoint_id).id]
    else:
        endpoints = [row.id for row in (all_endpoints(origin) if known is None else known)]
    moment = now()
    rows = repository.list_hours(origin, since=moment - timedelta(hours=HOURS - 1), until=moment)
    if endpoint_id is not None:
        rows = [row for row in rows if row.endpoint_id == endpoint_id]
    by_hour: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_hour[row.hour].append(row)
    return Statistics(
        endpoint=endpoint_id,
        backlog=_backlog(origin, endpoints),
        hours=[Hour(hour=f"{hour}:00:00Z", **_figures(found)) for hour, found in sorted(by_hour.items())],
        **_figures(rows),
    )


def by_day(origin: str, *, days: int) -> dict[date, Outcomes]:
    """Attempts of the last days, today last; days that are over are remembered for a while.

    Reads the hours of every endpoint: at most 480 small rows a day, the same however many deliveries there were.
    """
    today = now().replace(hour=0, minute=0, second=0, microsecond=0)
    first = today - timedelta(days=days - 1)

    def over() -> dict[date, Outcomes]:
        return _outcomes(repository.list_outcomes(origin, since=first, until=today - timedelta(hours=1)))

    known = _days.get((origin, first.date()), over) or {}
    found = {**known, **_outcomes(repository.list_outcomes(origin, since=today, until=now()))}
    dates = (first.date() + timedelta(days=number) for number in range(days))
    return {day: found.get(day, Outcomes(0, 0)) for day in dates}


def _backlog(origin: str, endpoints: Sequence[str]) -> int:
    waiting = Counter(row.endpoint_id for row in waiting_deliveries(origin))
    counts = (waiting[each] + repository.count_scheduled(origin, each) for each in endpoints)
    return sum(min(count, repository.MOST_COUNTED) for count in counts)


def _outcomes(rows: Iterable[Any]) -> dict[date, Outcomes]:
    sums: defaultdict[date, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        counts = sums[date.fromisoformat(row.hour[:10])]
        counts[0] += int(row.succeeded)
        counts[1] += int(row.failed)
    return {day: Outcomes(*counts) for day, counts in sums.items()}


def percentile(counts: Mapping[str, int], share: float) -> float | None:
    """The latency in milliseconds below which `share` of the attempts lie, interpolated in its bucket; or None."""
    total = sum(counts.values())
    if total == 0:
        return None
    below, lower = 0, 0
    for name, upper in _BUCKETS:
        inside = counts.get(name, 0)
        if inside and below + inside >= share * total:
            return round(lower + (upper - lower) * (share * total - below) / inside, 1)
        below, lower = below + inside, upper
    return float(_SLOWEST_MS)


_BUCKETS = (*((f"ms_{bound}", bound) for bound in repository.BOUNDS), ("ms_more", _SLOWEST_MS))


def _figures(rows: Sequence[Any]) -> dict[str, Any]:
    succeeded, failed = (int(sum(getattr(row, name) for row in rows)) for name in ("succeeded", "failed"))
    attempts = succeeded + failed
    counts = {name: int(sum(getattr(row, name) for row in rows)) for name, _ in _BUCKETS}
    return {
        "attempts": attempts,
        "succeeded": succeeded,
        "failed": failed,
        "success_rate": round(succeeded / attempts, 4) if attempts else None,
        "latency_ms": {name: percentile(counts, share) for name, share in _QUANTILES.items()},
    }
