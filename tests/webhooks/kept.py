"""How long rows are kept, as tests see it: an operator's setting, and DynamoDB that removes what has expired."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Protocol

from chalicelib.core import aws
from chalicelib.core.clock import now, travelled
from chalicelib.core.pynamo import connection_of
from chalicelib.webhooks.models.table import WebhooksRow
from tests.faults.invariants import Item, rows_of
from tests.platform import start_platform
from tests.webhooks.world import Partner


class HasOrigin(Protocol):
    """A partner, as any test knows it."""

    @property
    def origin(self) -> str:
        """Its name."""


def keep(partner: HasOrigin, **days: int) -> None:
    """What an operator sets."""
    answer = start_platform().admin("PATCH", f"/{partner.origin}", {"retention": days})
    assert answer.status == 200, answer


def remove_expired(partner: HasOrigin) -> int:
    """What DynamoDB does some time after a row has expired, here at once; how many rows that are."""
    table, moment = connection_of(WebhooksRow).table_name, now().timestamp()
    gone = [row for row in rows_of(partner.origin, "webhooks") if row.get("ttl", moment) < moment]
    for row in gone:
        aws.client("dynamodb").delete_item(TableName=table, Key={"pk": {"S": row["pk"]}, "sk": {"S": row["sk"]}})
    return len(gone)


def rows(partner: Partner, sort_key: str) -> list[Item]:
    """A partner's rows whose sort key begins so, expired ones too."""
    return [row for row in rows_of(partner.origin, "webhooks") if row["sk"].startswith(sort_key)]


@contextmanager
def days_later(days: float) -> Iterator[Any]:
    """Runs the block so many days later."""
    with travelled(timedelta(days=days)) as further:
        yield further


def assert_kept(partner: Partner) -> None:
    """Nothing unfinished expires or lacks its body, and whatever has ended expires, not before its event."""
    events = {row["id"]: row for row in rows(partner, "EVENT")}
    for row in rows(partner, "DELIVERY"):
        event = events.get(row["event_id"])
        if row["status"] == "scheduled":
            assert "ttl" not in row, row
            assert event is not None, row
        else:
            assert row["ttl"] >= row["body_until"], row
        if event is not None:
            assert row["body_until"] <= event["ttl"], row
