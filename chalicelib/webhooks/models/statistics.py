"""Hourly counts of attempts."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.core.tables import key
from chalicelib.webhooks.models.table import WebhooksRow


class StatisticsRow(WebhooksRow):
    """pk: `{origin}#STATISTICS`; sk: `{hour}#{endpoint}`, the hour as 2026-11-22T02. Counts of attempts.

    `ms_…` count attempts by latency, up to and including that many milliseconds; `ms_more` the rest.
    """

    hour = UnicodeAttribute()
    endpoint_id = UnicodeAttribute()
    succeeded = NumberAttribute(default=0)
    failed = NumberAttribute(default=0)
    ms_5 = NumberAttribute(default=0)
    ms_10 = NumberAttribute(default=0)
    ms_25 = NumberAttribute(default=0)
    ms_50 = NumberAttribute(default=0)
    ms_100 = NumberAttribute(default=0)
    ms_250 = NumberAttribute(default=0)
    ms_500 = NumberAttribute(default=0)
    ms_1000 = NumberAttribute(default=0)
    ms_2500 = NumberAttribute(default=0)
    ms_5000 = NumberAttribute(default=0)
    ms_10000 = NumberAttribute(default=0)
    ms_more = NumberAttribute(default=0)


def statistics_pk(origin: str) -> str:
    """Where a partner's hourly counts lie."""
    return key(origin, "STATISTICS")
