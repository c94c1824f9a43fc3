"""The cursors that consumers of the stream have stored."""

from datetime import timedelta

from chalicelib.core.clock import now
from chalicelib.core.tables import find
from chalicelib.webhooks.models.consumers import CONSUMER_SK, ConsumerRow, consumer_pk

KEPT_FOR = timedelta(days=90)


def store_cursor(origin: str, name: str, cursor: str) -> None:
    """Stores how far a consumer has come; forgotten when it is not stored again in time."""
    ConsumerRow(consumer_pk(origin, name), CONSUMER_SK, cursor=cursor, ttl=now() + KEPT_FOR).save()


def find_cursor(origin: str, name: str) -> str | None:
    """How far a consumer has come; None of one that has stored nothing."""
    row = find(ConsumerRow, consumer_pk(origin, name), CONSUMER_SK)
    return None if row is None or row.ttl < now() else row.cursor
