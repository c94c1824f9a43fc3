"""Endpoints, how many a partner has, what is left to do after one was deleted, and letters about one."""

from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)

from chalicelib.core.tables import Bytes, JsonText, key
from chalicelib.webhooks.breaker import OPEN, Health
from chalicelib.webhooks.models.table import WebhooksRow

COUNT_SK = "COUNT"

CLOSURE_SK = "CLOSURE"

LETTER_SK = "LETTER"


class EndpointRow(WebhooksRow):
    """pk: `{origin}#ENDPOINTS`; sk: its id, `ep_…`, or `hook_…` of a REST hook.

    `sealed_secrets` holds `{"secret", "until"}`, newest first, `sealed_header` the value of `X-API-key`, and
    `sealed_headers` other headers by name; rows of an earlier version have `secrets` and `api_key_header`, not sealed.
    `health` is the circuit breaker's, empty without trouble, and `health_version` counts its changes. `probe_until` is
    the end of the probe's lease, `released` how many of the backlog were let out, `next_slot` when the rate limit
    allows the next call, `next_place` when the next delivery that waits for a slot is to come back, and `slow_until`
    until when the endpoint counts as slow; times are microseconds. With `own_list` its deliveries are in a list of its
    own alone, which the partner's list is merged from.
    """

    id = UnicodeAttribute()
    origin = UnicodeAttribute()
    url = UnicodeAttribute()
    event_types: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute)
    api_key_header = UnicodeAttribute(null=True)
    sealed_header = Bytes(null=True)
    sealed_headers = Bytes(null=True)
    filter = JsonText(null=True)
    schedule = UnicodeAttribute()
    ordering = UnicodeAttribute(default="none")
    rate_limit = NumberAttribute(null=True)
    description = UnicodeAttribute(null=True)
    enabled = BooleanAttribute()
    secrets = JsonText(null=True)
    sealed_secrets = Bytes(null=True)
    created_at = UTCDateTimeAttribute()
    health = JsonText(default=dict)
    health_version = NumberAttribute(default=0)
    probe_until = NumberAttribute(default=0)
    released = NumberAttribute(default=0)
    next_slot = NumberAttribute(default=0)
    next_place = NumberAttribute(default=0)
    slow_until = NumberAttribute(default=0)
    own_list = BooleanAttribute(default=False)

    @property
    def has_api_key_header(self) -> bool:
        """Whether deliveries carry a value of the partner's own as `X-API-key`."""
        return self.sealed_header is not None or self.api_key_header is not None

    @property
    def created(self) -> int:
        """Unix seconds."""
        return int(self.created_at.timestamp())

    @property
    def state(self) -> str:
        """What the partner is shown: healthy, failing, open or disabled."""
        if not self.enabled:
            return "disabled"
        health = self.known_health
        if health.state == OPEN:
            return OPEN
        return "failing" if health.in_trouble else "healthy"

    def is_slow(self, *, at: int) -> bool:
        """True for a while after one of its calls took long; `at` is in microseconds."""
        return int(self.slow_until) > at

    @property
    def known_health(self) -> Health:
        """The circuit breaker's state."""
        return Health(**self.health)


class EndpointCountRow(WebhooksRow):
    """pk: `{origin}#ENDPOINTS`; sk: `COUNT`. How many endpoints the partner has."""

    endpoints = NumberAttribute()


class OwnListRow(WebhooksRow):
    """pk: `{origin}#LISTS`; sk: `LIST#{endpoint}`. Its deliveries are in its own list alone; outlives the endpoint."""

    endpoint_id = UnicodeAttribute()


class ClosureRow(WebhooksRow):
    """pk: `{origin}#CLOSURE#{endpoint}`; sk: `CLOSURE`. A deleted endpoint whose open deliveries are to be ended.

    `id` is the endpoint's. In the index `due` while there may be more to do.
    """

    id = UnicodeAttribute()
    origin = UnicodeAttribute()


class LetterRow(WebhooksRow):
    """pk: `{origin}#LETTER#{id}`; sk: `LETTER`. A letter to the partner about an endpoint that fails, until it is sent.

    `number` says which of the three; `url` is the endpoint's at that time. In the index `due` while it is there.
    """

    id = UnicodeAttribute()
    origin = UnicodeAttribute()
    endpoint_id = UnicodeAttribute()
    url = UnicodeAttribute()
    number = NumberAttribute()
    created_at = UTCDateTimeAttribute()


def endpoints_pk(origin: str) -> str:
    """Where a partner's endpoints lie."""
    return key(origin, "ENDPOINTS")


def own_lists_pk(origin: str) -> str:
    """Where it is noted which endpoints have a list of their own."""
    return key(origin, "LISTS")


def own_list_sk(endpoint_id: str) -> str:
    """The sort key of an endpoint's own list."""
    return key("LIST", endpoint_id)


def closure_pk(origin: str, endpoint_id: str) -> str:
    """Where a deleted endpoint's closure lies."""
    return key(origin, "CLOSURE", endpoint_id)


def letter_pk(origin: str, letter_id: str) -> str:
    """Where a letter lies that is to be sent."""
    return key(origin, "LETTER", letter_id)
