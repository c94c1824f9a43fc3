"""The `webhooks` table.

| access pattern | by | cost |
| --- | --- | --- |
| a partner's endpoints (at most 20) | Query of `{origin}#ENDPOINTS`, kept 10 s | 1 read unit for 4 KB |
| one endpoint | GetItem | 1 read unit |
| add or delete an endpoint | transaction with the partner's `COUNT` | 4 write units, 8 to delete |
| end what a deleted endpoint did not get | Query of `grouped_by_status`; UpdateItem each | 1 and 8 a delivery |
| record an event for n endpoints | n + 1 puts in the surface's transaction | 4 and 7 n write units |
| a letter to the partner about an endpoint | Put in the change's transaction; Delete once it is sent | 4 write units |
| note, forget a missed delivery | Put, Delete in the transaction that ends or restarts it | 2 write units |
| what an endpoint missed | Query of `{origin}#MISSED#{endpoint}`, strong | its page |
| claim a delivery | UpdateItem, answers the whole row | 1 write unit |
| store a first attempt that succeeds | UpdateItem | 1 write unit, 1 in `due`, 2 by a status no more |
| store any other attempt | transaction of the delivery and the attempt | 4, 1 or 2 in `due`, 4 by a new status |
| one delivery with its attempts | Query of its item collection, newest first | its size |
| a partner's or an endpoint's deliveries | Query of `listing`, `grouped`; BatchGet | 1 a delivery |
| the same of one status | Query of `by_status`, `grouped_by_status`; BatchGet | 1 a delivery |
| the same of those delivered, which no status lists | pages of all of them | 1 a delivery looked at |
| deliveries of one surface's events | Query of `owned`; BatchGet | 1 a delivery |
| one event | GetItem | 1 read unit |
| a partner's events, or those of one type | Query of `listing` or `grouped` | its page |
| work that is due | Query of `due`, each of 8 shards | ½ unit for an empty shard |
| what a lane's workers have in hand | Put of the worker's own, Query of all | 1 write unit, 1 read unit for 4 KB |

Write units are those of rows up to 1 KB, the entries in indexes included. Lists are newest first. The lists' indexes
hold of a delivery its keys alone and of an event all that is shown: an attribute that a row lacks costs nothing in an
index, and nothing that changes on a delivery is copied into one but its status and due time.
"""

from datetime import datetime
from typing import Any
from zlib import crc32

from pynamodb.attributes import (
    BooleanAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)

from chalicelib.core.tables import Bytes, JsonText, Row, index, key
from chalicelib.webhooks.breaker import OPEN, Health

DUE_SHARDS = 8


class WebhooksRow(Row):
    """Any row of the table."""

    table = "webhooks"

    # All of a partner's events, or deliveries, by creation.
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
    # A partner's deliveries of one status, by creation.
    by_status = index("by_status", status_key=UnicodeAttribute, list_sort=UnicodeAttribute, holds=[])
    # An endpoint's deliveries of one status, by creation.
    grouped_by_status = index(
        "grouped_by_status", group_status_key=UnicodeAttribute, list_sort=UnicodeAttribute, holds=[]
    )
    # Deliveries of one surface's events, by creation; those of events that no surface claims are not in it.
    owned = index("owned", owner_key=UnicodeAttribute, list_sort=UnicodeAttribute, holds=[])
    # The outbox: deliveries that a sweep must look at, by when. Only unfinished ones are in it.
    due = index("due", due_shard=UnicodeAttribute, due_at=UTCDateTimeAttribute, holds=["id", "origin"])
    list_key = UnicodeAttribute(null=True)
    group_key = UnicodeAttribute(null=True)
    status_key = UnicodeAttribute(null=True)
    group_status_key = UnicodeAttribute(null=True)
    list_sort = UnicodeAttribute(null=True)
    owner_key = UnicodeAttribute(null=True)
    due_shard = UnicodeAttribute(null=True)
    due_at = UTCDateTimeAttribute(null=True)


class EndpointRow(WebhooksRow):
    """pk: `{origin}#ENDPOINTS`; sk: its id, `ep_…`, or `hook_…` of a REST hook.

    `sealed_secrets` holds `{"secret", "until"}`, newest first, and `sealed_header` the value of `X-API-key`; rows of
    before have `secrets` and `api_key_header`, not sealed. `health` is the circuit breaker's, empty without trouble,
    and `health_version` counts its changes. `probe_until` is the probe's lease, `released` how many of the backlog were
    let out, `next_slot` when the rate limit allows the next call, and `next_place` when the next delivery that must
    wait for one is to come back; `slow_until` is how long it counts as slow; times are microseconds.
    """

    id = UnicodeAttribute()
    origin = UnicodeAttribute()
    url = UnicodeAttribute()
    event_types: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute)
    api_key_header = UnicodeAttribute(null=True)
    sealed_header = Bytes(null=True)
    schedule = UnicodeAttribute()
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


class DeliveryRow(WebhooksRow):
    """pk: `{origin}#DELIVERY#{id}`; sk: `DELIVERY`. One event for one endpoint.

    `next_attempt_at` is when the next attempt may be made, `due_at` when a sweep looks at the row: later than that
    while a queued message or a worker is expected to take care of it. `lease` is a random token that the worker which
    claimed the row wrote, good until `lease_until`. `tries` counts the attempts of this run of the schedule,
    `attempts_made` all of them. `faults` counts claims since the last that was settled: more than one means that a
    worker failed in between. `cleared` says that it was given its time already, in the release of a backlog or behind
    a rate limit. `body` is absent where the event's content is long. `url` is where it was to go when it was laid out.
    """

    id = UnicodeAttribute()
    origin = UnicodeAttribute()
    endpoint_id = UnicodeAttribute()
    event_id = UnicodeAttribute()
    event_type = UnicodeAttribute()
    test = BooleanAttribute()
    status = UnicodeAttribute()
    body = UnicodeAttribute(null=True)
    url = UnicodeAttribute(null=True)
    created_at = UTCDateTimeAttribute()
    next_attempt_at = UTCDateTimeAttribute(null=True)
    lease = UnicodeAttribute(null=True)
    lease_until = UTCDateTimeAttribute(null=True)
    tries = NumberAttribute(default=0)
    attempts_made = NumberAttribute(default=0)
    faults = NumberAttribute(default=0)
    cleared = BooleanAttribute(default=False)
    recent_attempts = JsonText(default=list)


class AttemptRow(WebhooksRow):
    """pk: its delivery's; sk: `ATTEMPT#{number, six digits}`. Every attempt, for good.

    A first attempt that succeeds stands in its delivery's `recent_attempts` instead, marked `inside`, until the next.
    """

    number = NumberAttribute()
    at = UTCDateTimeAttribute()
    status = NumberAttribute(null=True)
    latency_ms = NumberAttribute()
    error = UnicodeAttribute(null=True)
    head = UnicodeAttribute()


class MissedRow(WebhooksRow):
    """pk: `{origin}#MISSED#{endpoint}`; sk: a delivery's id. It ended `exhausted` or `disabled`, at `missed_at`.

    It is written and removed with the delivery's change, so it is found where the indexes do not show that yet.
    Deliveries from before there were these rows have none, nor have those of an endpoint that was deleted.
    """

    missed_at = UTCDateTimeAttribute()


class RecoveryRow(WebhooksRow):
    """pk: `{origin}#RECOVERY#{id}`; sk: `RECOVERY`. Deliveries of an endpoint to be begun anew, page by page.

    Those created from `since` to `until` (ids of deliveries, as positions) and missed by `missed_by`, by their
    `MissedRow`; with a `status` instead, those that an index shows with it. `position` is the last one seen to. All are
    gone through once more at `again_at`. In the index `due` while there is more to do.
    """

    id = UnicodeAttribute()
    origin = UnicodeAttribute()
    endpoint_id = UnicodeAttribute()
    status = UnicodeAttribute(null=True)
    since = UnicodeAttribute()
    until = UnicodeAttribute()
    missed_by = UTCDateTimeAttribute(null=True)
    position = UnicodeAttribute(null=True)
    again_at = UTCDateTimeAttribute(null=True)


class ClosureRow(WebhooksRow):
    """pk: `{origin}#CLOSURE#{endpoint}`; sk: `CLOSURE`. A deleted endpoint whose open deliveries are to be ended.

    `id` is the endpoint's. In the index `due` while there may be more to do.
    """

    id = UnicodeAttribute()
    origin = UnicodeAttribute()


class LetterRow(WebhooksRow):
    """pk: `{origin}#LETTER#{id}`; sk: `LETTER`. A letter to the partner about an endpoint that fails, until it is sent.

    `number` says which of the three; `url` is the endpoint's of then. In the index `due` while it is there.
    """

    id = UnicodeAttribute()
    origin = UnicodeAttribute()
    endpoint_id = UnicodeAttribute()
    url = UnicodeAttribute()
    number = NumberAttribute()
    created_at = UTCDateTimeAttribute()


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


class WorkerRow(WebhooksRow):
    """pk: `WORKERS#{lane}`; sk: a worker. What it has in hand since `at`, which counts `until` then (microseconds).

    `shares` are, by partner and endpoint, `[state, flow]`: 1 while calls are in hand, 2 while one of them is slow;
    how much of the second before `at` the worker was answered by the endpoint.
    """

    at = NumberAttribute()
    until = NumberAttribute()
    shares = JsonText()


ROWS: tuple[type[Row], ...] = (WebhooksRow,)

DELIVERY_SK = "DELIVERY"
EVENT_SK = "EVENT"
COUNT_SK = "COUNT"
RECOVERY_SK = "RECOVERY"
CLOSURE_SK = "CLOSURE"
LETTER_SK = "LETTER"


def endpoints_pk(origin: str) -> str:
    """Where a partner's endpoints lie."""
    return key(origin, "ENDPOINTS")


def event_pk(origin: str, event_id: str) -> str:
    """Where an event lies."""
    return key(origin, "EVENT", event_id)


def delivery_pk(origin: str, delivery_id: str) -> str:
    """Where a delivery and its attempts lie."""
    return key(origin, "DELIVERY", delivery_id)


def missed_pk(origin: str, endpoint_id: str) -> str:
    """Where it is noted which deliveries of an endpoint were missed."""
    return key(origin, "MISSED", endpoint_id)


def recovery_pk(origin: str, recovery_id: str) -> str:
    """Where a recovery lies."""
    return key(origin, "RECOVERY", recovery_id)


def closure_pk(origin: str, endpoint_id: str) -> str:
    """Where a deleted endpoint's closure lies."""
    return key(origin, "CLOSURE", endpoint_id)


def letter_pk(origin: str, letter_id: str) -> str:
    """Where a letter lies that is to be sent."""
    return key(origin, "LETTER", letter_id)


def workers_pk(lane: str) -> str:
    """Where the workers of a lane say what they have in hand."""
    return key("WORKERS", lane)


def statistics_pk(origin: str) -> str:
    """Where a partner's hourly counts lie."""
    return key(origin, "STATISTICS")


def attempt_sk(number: int) -> str:
    """The sort key of an attempt; sorts before `DELIVERY`."""
    return key("ATTEMPT", f"{number:06}")


def events_list(origin: str) -> str:
    """`list_key` of a partner's events."""
    return key(origin, "EVENTS")


def events_group(origin: str, event_type: str) -> str:
    """`group_key` of events of a type."""
    return key(origin, "EVENTS", event_type)


def deliveries_list(origin: str) -> str:
    """`list_key` of a partner's deliveries."""
    return key(origin, "DELIVERIES")


def deliveries_group(origin: str, endpoint_id: str) -> str:
    """`group_key` of an endpoint's deliveries."""
    return key(origin, "DELIVERIES", endpoint_id)


def deliveries_owned(origin: str, owner: str) -> str:
    """`owner_key` of deliveries of a surface's events."""
    return key(origin, "DELIVERIES-OF", owner)


def status_keys(origin: str, endpoint_id: str, status: str) -> dict[str, Any]:
    """What a delivery must hold to be listed under its status."""
    return {
        "status_key": key(origin, "STATUS", status),
        "group_status_key": key(origin, "STATUS", status, endpoint_id),
    }


def due_shard(number: int) -> str:
    """`due_shard` of the shard with this number."""
    return key("DUE", number)


def due_keys(delivery_id: str, at: datetime) -> dict[str, Any]:
    """What a delivery must hold to be swept at a time."""
    return {"due_shard": due_shard(crc32(delivery_id.encode()) % DUE_SHARDS), "due_at": at}
