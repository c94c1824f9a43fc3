"""How far the consumers of the stream have come."""

from pynamodb.attributes import TTLAttribute, UnicodeAttribute

from chalicelib.core.tables import key
from chalicelib.webhooks.models.table import WebhooksRow

CONSUMER_SK = "CONSUMER"


class ConsumerRow(WebhooksRow):
    """pk: `{origin}#CONSUMER#{name}`; sk: `CONSUMER`. The cursor that a consumer has stored."""

    cursor = UnicodeAttribute()
    ttl = TTLAttribute()


def consumer_pk(origin: str, name: str) -> str:
    """Where the cursor of a consumer lies."""
    return key(origin, "CONSUMER", name)
