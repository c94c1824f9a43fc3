"""Hourly counts of attempts, by endpoint."""

from collections.abc import Mapping
from datetime import datetime

from chalicelib.core.tables import key, update_as_written
from chalicelib.webhooks.models.deliveries import DeliveryRow, status_keys
from chalicelib.webhooks.models.statistics import StatisticsRow, statistics_pk

BOUNDS = (5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000)
MOST_COUNTED = 10_000
_HOUR = "%Y-%m-%dT%H"


def bucket_of(latency_ms: float) -> str:
    """The attribute that counts an attempt of this latency."""
    return next((f"ms_{bound}" for bound in BOUNDS if latency_ms <= bound), "ms_more")


def add_counts(origin: str, endpoint_id: str, at: datetime, counts: Mapping[str, int]) -> None:
    """Adds to one endpoint's hour, in one request."""
    hour = at.strftime(_HOUR)
    added = ", ".join(f"{name} :{name}" for name in counts)
    update_as_written(
        StatisticsRow,
        statistics_pk(origin),
        key(hour, endpoint_id),
        f"SET #hour = :hour, endpoint_id = :endpoint ADD {added}",
        values={
            "hour": {"S": hour},
            "endpoint": {"S": endpoint_id},
            **{name: {"N": str(count)} for name, count in counts.items()},
        },
        names={"#hour": "hour"},
    )


def list_hours(origin: str, *, since: datetime, until: datetime) -> list[StatisticsRow]:
    """Every endpoint's hours of a span, oldest first."""
    span = StatisticsRow.sk.between(since.strftime(_HOUR), until.strftime(_HOUR) + "~")
    return list(StatisticsRow.query(statistics_pk(origin), span))


def list_outcomes(origin: str, *, since: datetime, until: datetime) -> list[StatisticsRow]:
    """As `list_hours`, without latencies and endpoints."""
    span = StatisticsRow.sk.between(since.strftime(_HOUR), until.strftime(_HOUR) + "~")
    return list(StatisticsRow.query(statistics_pk(origin), span, attributes_to_get=["hour", "succeeded", "failed"]))


def count_scheduled(origin: str, endpoint_id: str) -> int:
    """An endpoint's deliveries that are listed as unfinished, counted up to 10,000."""
    partition = status_keys(origin, endpoint_id, "scheduled")["group_status_key"]
    return DeliveryRow.grouped_by_status.count(partition, limit=MOST_COUNTED)
