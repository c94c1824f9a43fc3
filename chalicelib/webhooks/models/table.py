"""Any row of the table, and the outbox that a sweep looks at."""

from datetime import datetime
from typing import Any
from zlib import crc32

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.core.tables import Row, index, key

DUE_SHARDS = 8


class WebhooksRow(Row):
    """Any row of the table."""

    table = "webhooks"

    # A partner's events, or its deliveries but for those in their endpoint's own list, by creation.
    listing = index(
        "listing",
        list_key=UnicodeAttribute,
        list_sort=UnicodeAttribute,
        holds=["id", "event_type", "test", "created_at", "content"],
    )
    # A partner's events of one type, or deliveries to one endpoint, by creation.
    grouped = index(
        "grouped",
        group_key=UnicodeAttribute,
        list_sort=UnicodeAttribute,
        holds=["id", "event_type", "test", "created_at", "content"],
    )
    # A partner's deliveries of one status, but for those delivered and those never tried, by creation.
    by_status = index("by_status", status_key=UnicodeAttribute, list_sort=UnicodeAttribute, holds=[])
    # An endpoint's deliveries of one status likewise.
    grouped_by_status = index(
        "grouped_by_status", group_status_key=UnicodeAttribute, list_sort=UnicodeAttribute, holds=[]
    )
    # Deliveries of one surface's events, by creation; those of events that no surface claims are not in it.
    owned = index("owned", owner_key=UnicodeAttribute, list_sort=UnicodeAttribute, holds=[])
    # The outbox: unfinished deliveries and other rows with work to do, by when a sweep must look at them.
    due = index("due", due_shard=UnicodeAttribute, due_at=UTCDateTimeAttribute, holds=["id", "origin"])
    list_key = UnicodeAttribute(null=True)
    group_key = UnicodeAttribute(null=True)
    status_key = UnicodeAttribute(null=True)
    group_status_key = UnicodeAttribute(null=True)
    list_sort = UnicodeAttribute(null=True)
    owner_key = UnicodeAttribute(null=True)
    due_shard = UnicodeAttribute(null=True)
    due_at = UTCDateTimeAttribute(null=True)


def due_shard(number: int) -> str:
    """`due_shard` of the shard with this number."""
    return key("DUE", number)


def due_keys(delivery_id: str, at: datetime) -> dict[str, Any]:
    """What a row must hold to be swept at a time; its id chooses the shard."""
    return {"due_shard": due_shard(crc32(delivery_id.encode()) % DUE_SHARDS), "due_at": at}
