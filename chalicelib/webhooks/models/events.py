"""Events, and the keys of their lists."""

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.core.tables import key
from chalicelib.webhooks.models.table import WebhooksRow

EVENT_SK = "EVENT"


class EventRow(WebhooksRow):
    """pk: `{origin}#EVENT#{id}`; sk: `EVENT`. `content` is the JSON text that is sent."""

    id = UnicodeAttribute()
    origin = UnicodeAttribute()
    event_type = UnicodeAttribute()
    test = BooleanAttribute()
    content = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()

    @property
    def created(self) -> int:
        """Unix seconds."""
        return int(self.created_at.timestamp())


def event_pk(origin: str, event_id: str) -> str:
    """Where an event lies."""
    return key(origin, "EVENT", event_id)


def events_list(origin: str) -> str:
    """`list_key` of a partner's events."""
    return key(origin, "EVENTS")


def events_group(origin: str, event_type: str) -> str:
    """`group_key` of events of a type."""
    return key(origin, "EVENTS", event_type)
