"""Events, and the keys of their lists."""

from datetime import datetime

from pynamodb.attributes import BooleanAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.core.tables import WholeNumber, has_expired, key
from chalicelib.webhooks.models.table import WebhooksRow

EVENT_SK, TAKEN_SK = "EVENT", "TAKEN"


class EventRow(WebhooksRow):
    """pk: `{origin}#EVENT#{id}`; sk: `EVENT`. `content` is the JSON text that is sent.

    `ttl` is when it expires. An unfinished delivery postpones that, and `own_end` (unix seconds) then keeps the first
    value. Rows of an earlier version never expire. The lists' indexes hold neither attribute.
    """

    id = UnicodeAttribute()
    origin = UnicodeAttribute()
    event_type = UnicodeAttribute()
    test = BooleanAttribute()
    content = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    own_end = WholeNumber(null=True)
    ttl = TTLAttribute(null=True)

    def is_past(self, at: datetime) -> bool:
        """Whether it has expired, whether or not it is removed yet."""
        return has_expired(self.ttl, at)

    def is_past_own_time(self, at: datetime) -> bool:
        """Whether its first expiry has passed, so that an unfinished delivery alone may keep it."""
        return self.is_past(at) if self.own_end is None else self.own_end <= at.timestamp()

    @property
    def created(self) -> int:
        """Unix seconds."""
        return int(self.created_at.timestamp())


class TakenIdRow(WebhooksRow):
    """pk: its event's; sk: `TAKEN`. An id that stays taken when its event has expired."""


def event_pk(origin: str, event_id: str) -> str:
    """Where an event lies."""
    return key(origin, "EVENT", event_id)


def events_list(origin: str) -> str:
    """`list_key` of a partner's events."""
    return key(origin, "EVENTS")


def events_group(origin: str, event_type: str) -> str:
    """`group_key` of events of a type."""
    return key(origin, "EVENTS", event_type)
