"""Deliveries with their attempts, those that were missed, and their recovery."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)

from chalicelib.core.tables import JsonText, WholeNumber, has_expired, key
from chalicelib.webhooks.models.table import WebhooksRow

DELIVERY_SK = "DELIVERY"

RECOVERY_SK, MISSING_SK, CANCELLATION_SK = "RECOVERY", "MISSING", "CANCELLATION"


class DeliveryRow(WebhooksRow):
    """pk: `{origin}#DELIVERY#{id}`; sk: `DELIVERY`. One event for one endpoint.

    `next_attempt_at` is when the next attempt may be made, `due_at` when a sweep looks at the row: later than that
    while a queued message or a worker is expected to take care of it. `lease` is a random token that the worker
    which claimed the row wrote, good until `lease_until`; a delivery that is canceled meanwhile keeps it, so that
    what the worker is answered is stored. `tries` counts the attempts of this run of the schedule, `attempts_made`
    all of them. `faults` counts claims since the last that was settled: more than one means that a worker failed in
    between. `cleared` says that it has been given its time already, in the release of a backlog or by a rate limit.
    `begun_at` is when it was last begun anew. `url` is the endpoint's when the delivery was recorded. `subject` is what
    the event is about, where the endpoint gets deliveries in order, and `sequence` the number of this one. The body is
    the event's; rows of an earlier version may hold it in `body`, and are in every list.

    The event is kept until `body_until` (unix seconds) at least, attempts for `attempt_days`. `ttl` is when the
    delivery expires, set once it has ended. Rows of an earlier version have none of the three.
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
    subject = UnicodeAttribute(null=True)
    sequence = WholeNumber(null=True)
    created_at = UTCDateTimeAttribute()
    next_attempt_at = UTCDateTimeAttribute(null=True)
    lease = UnicodeAttribute(null=True)
    lease_until = UTCDateTimeAttribute(null=True)
    tries = NumberAttribute(default=0)
    attempts_made = NumberAttribute(default=0)
    faults = NumberAttribute(default=0)
    cleared = BooleanAttribute(default=False)
    begun_at = UTCDateTimeAttribute(null=True)
    recent_attempts = JsonText(default=list)
    body_until = WholeNumber(null=True)
    attempt_days = WholeNumber(null=True)
    ttl = TTLAttribute(null=True)

    @property
    def begun(self) -> datetime:
        """When this run of the schedule began."""
        return self.begun_at or self.created_at

    @property
    def body_end(self) -> datetime | None:
        """Until when the event is kept at least; None where it never expires."""
        return None if self.body_until is None else datetime.fromtimestamp(self.body_until, UTC)

    def has_body(self, at: datetime) -> bool:
        """Whether the event is still there, as far as this row tells."""
        return not has_expired(self.body_end, at)

    def is_past(self, at: datetime) -> bool:
        """Whether it has ended and expired, whether or not it is removed yet."""
        return has_expired(self.ttl, at) and self.status != "scheduled"

    def end_of(self, at: datetime) -> datetime | None:
        """When it expires if it ends at that time, not before its event or its last attempt; None for never."""
        return None if self.body_end is None else max(self.body_end, at + timedelta(days=self.attempt_days or 0))

    def end_of_attempt(self, at: datetime) -> datetime | None:
        """When an attempt made at that time expires; None for never."""
        return None if self.attempt_days is None else at + timedelta(days=self.attempt_days)


class AttemptRow(WebhooksRow):
    """pk: its delivery's; sk: `ATTEMPT#{number, six digits}`. Every attempt, until it expires.

    A first attempt that succeeds stands in its delivery's `recent_attempts` instead, marked `inside`, until the
    next attempt. `headers` are the answer's, `detail` is a phrase about `error`; older attempts have neither.
    """

    number = NumberAttribute()
    at = UTCDateTimeAttribute()
    status = NumberAttribute(null=True)
    latency_ms = NumberAttribute()
    error = UnicodeAttribute(null=True)
    detail = UnicodeAttribute(null=True)
    headers = JsonText(null=True)
    head = UnicodeAttribute()
    instructions = JsonText(null=True)
    ttl = TTLAttribute(null=True)


class MissedRow(WebhooksRow):
    """pk: `{origin}#MISSED#{endpoint}`; sk: a delivery's id. It ended without success at `missed_at`.

    It is written and removed in the transaction of the delivery's change, so it is found before the indexes show that.
    `status` and `event_type` are the delivery's; older rows lack them. Deliveries that ended in an earlier version may
    have no such row; those of a deleted endpoint have none. It expires with the body that could be sent again.
    """

    missed_at = UTCDateTimeAttribute()
    status = UnicodeAttribute(null=True)
    event_type = UnicodeAttribute(null=True)
    ttl = TTLAttribute(null=True)


class RecoveryRow(WebhooksRow):
    """pk: `{origin}#RECOVERY#{id}`; sk: `RECOVERY`. Deliveries of an endpoint to be begun anew, page by page.

    They are those created from `since` to `until` (ids of deliveries, as positions) and missed by `missed_by`, as their
    `MissedRow` tells; with a `status`, those that an index shows with it. `position` is the last one that was handled.
    All are gone through once more at `again_at`. `statuses` and `event_types` say which are meant, absent where all
    are. In the index `due` while there is more to do.

    With sk `MISSING` it is of events that the endpoint never got: `since`, `until` and `position` are positions of
    events in the partner's list. With sk `CANCELLATION` it is of deliveries to be canceled: the scheduled ones whose
    run of the schedule began by `missed_by`.
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
    statuses = JsonText(null=True)
    event_types = JsonText(null=True)


def delivery_pk(origin: str, delivery_id: str) -> str:
    """Where a delivery and its attempts lie."""
    return key(origin, "DELIVERY", delivery_id)


def attempt_sk(number: int) -> str:
    """The sort key of an attempt; sorts before `DELIVERY`."""
    return key("ATTEMPT", f"{number:06}")


def missed_pk(origin: str, endpoint_id: str) -> str:
    """Where it is noted which deliveries of an endpoint were missed."""
    return key(origin, "MISSED", endpoint_id)


def recovery_pk(origin: str, recovery_id: str) -> str:
    """Where a recovery lies."""
    return key(origin, "RECOVERY", recovery_id)


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
