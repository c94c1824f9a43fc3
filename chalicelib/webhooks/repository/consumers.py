"""The cursors that consumers of the stream have stored, and its calls that wait."""

import random
import secrets
from datetime import datetime, timedelta

from chalicelib.core.clock import now
from chalicelib.core.tables import assign, find, has_expired, update_if
from chalicelib.webhooks.models.consumers import (
    CONSUMER_SK,
    ConsumerRow,
    WaitRow,
    consumer_pk,
    wait_sk,
    waits_pk,
)

KEPT_FOR = timedelta(days=90)


def store_cursor(origin: str, name: str, cursor: str) -> None:
    """Stores how far a consumer has come; forgotten `KEPT_FOR` after it was last stored."""
    ConsumerRow(consumer_pk(origin, name), CONSUMER_SK, cursor=cursor, ttl=now() + KEPT_FOR).save()


def find_cursor(origin: str, name: str) -> str | None:
    """How far a consumer has come; None of one that has stored nothing."""
    row = find(ConsumerRow, consumer_pk(origin, name), CONSUMER_SK)
    return None if row is None or row.ttl < now() else row.cursor


def begin_wait(origin: str, *, until: datetime, most: int) -> WaitRow | datetime:
    """Notes that a call waits, at most until `until`; where `most` calls wait already, gives when the first ends."""
    while True:
        at = now()
        waits = {row.sk: row.ttl for row in WaitRow.query(waits_pk(origin), consistent_read=True)}
        free = [sk for sk in map(wait_sk, range(most)) if sk not in waits or has_expired(waits[sk], at)]
        if not free:
            return min(waits.values())
        row = WaitRow(waits_pk(origin), random.choice(free))
        unused = WaitRow.ttl.does_not_exist() | (WaitRow.ttl <= at)
        if update_if(row, assign(row, {"token": secrets.token_hex(8), "ttl": until}), unused):
            return row


def end_wait(row: WaitRow) -> None:
    """Notes that the call waits no more; does nothing where another call has its row by now."""
    update_if(row, [WaitRow.ttl.set(now())], WaitRow.token == row.token)
