"""How far the consumers of the stream have come, and which of its calls wait."""

from pynamodb.attributes import TTLAttribute, UnicodeAttribute

from chalicelib.core.tables import key
from chalicelib.webhooks.models.table import WebhooksRow

CONSUMER_SK = "CONSUMER"


class ConsumerRow(WebhooksRow):
    """pk: `{origin}#CONSUMER#{name}`; sk: `CONSUMER`. The cursor that a consumer has stored."""

    cursor = UnicodeAttribute()
    ttl = TTLAttribute()


class WaitRow(WebhooksRow):
    """pk: `{origin}#WAITS`; sk: `WAIT#{number}`. A call with this token waits, until `ttl` at most."""

    token = UnicodeAttribute()
    ttl = TTLAttribute()


def waits_pk(origin: str) -> str:
    """Where it is noted which of a partner's calls wait."""
    return key(origin, "WAITS")


def wait_sk(number: int) -> str:
    """The sort key of one of the calls that may wait at once."""
    return key("WAIT", number)


def consumer_pk(origin: str, name: str) -> str:
    """Where the cursor of a consumer lies."""
    return key(origin, "CONSUMER", name)
