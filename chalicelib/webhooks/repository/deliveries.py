"""Deliveries and their attempts: creating, claiming, settling, finding."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition

from chalicelib.core.clock import now
from chalicelib.core.ids import derived_id
from chalicelib.core.retrying import RowChanged
from chalicelib.core.tables import as_read, assign, find, read_batches, update_as_written
from chalicelib.core.times import stored_time
from chalicelib.core.transactions import Transaction
from chalicelib.webhooks.domain import MISSED, RECOVERABLE
from chalicelib.webhooks.models.deliveries import (
    DELIVERY_SK,
    AttemptRow,
    DeliveryRow,
    deliveries_group,
    deliveries_list,
    deliveries_owned,
    delivery_pk,
    status_keys,
)
from chalicelib.webhooks.models.endpoints import EndpointRow
from chalicelib.webhooks.models.events import EventRow
from chalicelib.webhooks.models.table import due_keys
from chalicelib.webhooks.repository.lines import add_end, add_place
from chalicelib.webhooks.repository.missed import add_missed, add_restarted

PREFIX = "dlv_"
DELIVERED = "delivered"
SCHEDULED = "scheduled"
EXHAUSTED: Final = "exhausted"
CANCELED = "canceled"
_AT_REST = [DeliveryRow.next_attempt_at.remove(), DeliveryRow.due_shard.remove(), DeliveryRow.due_at.remove()]
_UNLISTED = [DeliveryRow.status_key.remove(), DeliveryRow.group_status_key.remove()]


_NAMES = {"#status": "status"}
_CLAIM = "SET lease = :token, lease_until = :until ADD faults :one"
_CLAIMABLE = (
    "#status = :scheduled AND next_attempt_at <= :due_by"
    " AND (attribute_not_exists(lease_until) OR lease_until < :at OR lease = :token)"
)
_SUCCESS = (
    "SET #status = :delivered, tries = :tries, attempts_made = :made, recent_attempts = :recent, cleared = :cleared,"
    " faults = :zero{} REMOVE lease, lease_until, next_attempt_at, due_shard, due_at, status_key, group_status_key"
)
_EXPIRY = ", body_until = :body_until, #ttl = :ttl"
_STILL_OURS = "lease = :lease AND #status = :scheduled"


def delivery_id_of(event: EventRow, endpoint_id: str) -> str:
    """The id of the event's delivery to the endpoint, so that there can be only one; it sorts by the event's time.

    Deliveries of an earlier version have other ids.
    """
    return derived_id(PREFIX, event.id, endpoint_id, at=event.created_at)


def delivery_row(
    event: EventRow,
    endpoint: EndpointRow,
    *,
    at: datetime,
    due_at: datetime | None,
    owner: str | None,
    attempt_days: int,
) -> DeliveryRow:
    """A new delivery's row, not yet stored: due at once and swept from `due_at`, or `disabled` where that is None.

    Where the endpoint has a list of its own, the delivery is in no other. One that waits for its first attempt is in no
    index by status: it is found among what is due.
    """
    delivery_id = delivery_id_of(event, endpoint.id)
    status = "disabled" if due_at is None else SCHEDULED
    row = DeliveryRow(
        delivery_pk(event.origin, delivery_id),
        DELIVERY_SK,
        id=delivery_id,
        origin=event.origin,
        endpoint_id=endpoint.id,
        event_id=event.id,
        event_type=event.event_type,
        test=event.test,
        status=status,
        url=endpoint.url,
        created_at=event.created_at,
        begun_at=None if at == event.created_at else at,
        body_until=None if event.ttl is None else int(event.ttl.timestamp()),
        attempt_days=attempt_days,
        list_key=None if endpoint.own_list else deliveries_list(event.origin),
        group_key=deliveries_group(event.origin, endpoint.id),
        owner_key=None if owner is None else deliveries_owned(event.origin, owner),
        list_sort=delivery_id,
    )
    keys = status_keys(event.origin, endpoint.id, status) if due_at is None else due_keys(delivery_id, due_at)
    for name, value in keys.items():
        setattr(row, name, value)
    if due_at is None:
        row.ttl = row.end_of(at)
    else:
        row.next_attempt_at = at
    return row


def add_delivery(
    transaction: Transaction, row: DeliveryRow, *, at: datetime, otherwise: Exception | None = None
) -> None:
    """Adds a new delivery; where there may be one already, the commit raises `otherwise` then."""
    if otherwise is None:
        transaction.put(row)
    else:
        transaction.create(row, otherwise=otherwise)
    if row.status in MISSED:
        add_missed(transaction, row, status=row.status, at=at)
    elif row.subject is not None:
        add_place(transaction, row)


def claim(
    origin: str, delivery_id: str, *, token: str, at: datetime, due_by: datetime, lease_until: datetime
) -> DeliveryRow | None:
    """Takes the delivery in one request if its next attempt is due by `due_by` and nobody holds it, else None.

    Repeating the call with the same token gives the row again, as after an answer that was lost. `due_at` stays
    as it was, so that no index changes; where a sweep would look before the lease ends, `hold` the row.
    """
    values = {
        "token": {"S": token},
        "until": _moment(lease_until),
        "at": _moment(at),
        "due_by": _moment(due_by),
        "scheduled": {"S": SCHEDULED},
        "one": {"N": "1"},
    }
    pk = delivery_pk(origin, delivery_id)
    found = update_as_written(
        DeliveryRow, pk, DELIVERY_SK, _CLAIM, condition=_CLAIMABLE, values=values, names=_NAMES, wants_row=True
    )
    return None if found is None else DeliveryRow.from_raw_data(found)


def hold(row: DeliveryRow, *, until: datetime) -> None:
    """Lets no sweep look at a claimed delivery until then, and lists it by its status."""
    actions = [DeliveryRow.due_at.set(until), *_status_actions(row, SCHEDULED)]
    change_delivery(row, actions, _in_hand(row))


def settle_first(row: DeliveryRow) -> bool:
    """Stores the success of a first attempt, which stands in the row itself.

    One write outside of any transaction. What is delivered is in no index by status and not due. False where the lease
    is another's, or the delivery was canceled: then its `MissedRow` is to be removed too.
    """
    values = {
        "lease": {"S": row.lease},
        "scheduled": {"S": SCHEDULED},
        "delivered": {"S": DELIVERED},
        "tries": {"N": str(row.tries)},
        "made": {"N": str(row.attempts_made)},
        "recent": {"S": DeliveryRow.recent_attempts.serialize(row.recent_attempts)},
        "cleared": {"BOOL": row.cleared},
        "zero": {"N": "0"},
    }
    update, names, end = _SUCCESS.format(""), _NAMES, row.end_of(now())
    if end is not None:
        update, names = _SUCCESS.format(_EXPIRY), {**_NAMES, "#ttl": "ttl"}
        values |= {"ttl": {"N": str(int(end.timestamp()))}, "body_until": {"N": str(row.body_until)}}
    stored = update_as_written(DeliveryRow, row.pk, row.sk, update, condition=_STILL_OURS, values=values, names=names)
    return stored is not None


def settle(
    transaction: Transaction,
    row: DeliveryRow,
    *,
    status: str,
    next_attempt_at: datetime | None,
    due_at: datetime | None,
    attempts: Sequence[AttemptRow],
    otherwise: Exception,
) -> None:
    """Ends the lease that `row` was claimed under, and stores what follows: another attempt, or none.

    `row` carries the counts to store, `attempts` are those that get rows of their own. Commits only while the lease and
    the status are the row's.
    """
    if status != row.status and status in RECOVERABLE:
        add_missed(transaction, row, status=status, at=now())
    elif status != row.status and row.status in RECOVERABLE:
        add_restarted(transaction, row)
    if row.subject is not None and status != SCHEDULED:
        add_end(transaction, row)
    actions = [*_outcome_actions(row), *_status_actions(row, status)]
    end = None if status == SCHEDULED else row.end_of(now())
    if end is not None:
        actions.append(DeliveryRow.ttl.set(end))
    elif row.ttl is not None:  # begun anew by an earlier version
        actions.append(DeliveryRow.ttl.remove())
    if next_attempt_at is None or due_at is None:
        actions += _AT_REST
    else:
        actions += [DeliveryRow.next_attempt_at.set(next_attempt_at), DeliveryRow.due_at.set(due_at)]
    transaction.update(row, actions, condition=_in_hand(row), otherwise=otherwise)
    for attempt in attempts:
        transaction.put(attempt)


def status_in_hand(row: DeliveryRow) -> str | None:
    """The delivery's status while the lease is the row's; None where it is another's."""
    found = find_delivery(row.origin, row.id)
    return None if found is None or found.lease is None or found.lease != row.lease else str(found.status)


def restart(
    transaction: Transaction, row: DeliveryRow, *, at: datetime, due_at: datetime, otherwise: Exception
) -> None:
    """Begins the schedule anew, also on `row`, as if never tried. Commits while it is as read.

    A worker that is sending it, though it was canceled, keeps its lease: what it is answered counts again. The event
    lives until `body_until`, which `row` carries.
    """
    unchanged = _as_read(row)
    if row.status in RECOVERABLE:
        add_restarted(transaction, row)
    if row.subject is not None:
        add_place(transaction, row)
    is_in_hand = row.lease_until is not None and row.lease_until >= at
    freed: dict[str, Any] = {} if is_in_hand else {"lease": None, "lease_until": None}
    changes = {
        **freed,
        "status": SCHEDULED,
        "status_key": None,
        "group_status_key": None,
        "next_attempt_at": at,
        "tries": 0,
        "faults": 0,
        "cleared": False,
        "begun_at": at,
        "body_until": row.body_until,
        "ttl": None,
        **due_keys(row.id, due_at),
    }
    transaction.update(row, assign(row, changes), condition=unchanged, otherwise=otherwise)


def cancel(transaction: Transaction, row: DeliveryRow, *, at: datetime, otherwise: Exception) -> None:
    """Ends a scheduled delivery as canceled, also on `row`. Commits while it is as read.

    A worker that is sending it keeps its lease, under which it stores what it is answered.
    """
    unchanged = _as_read(row)
    add_missed(transaction, row, status=CANCELED, at=at)
    if row.subject is not None and (row.lease_until is None or row.lease_until < at):
        add_end(transaction, row)
    at_rest = {"next_attempt_at": None, "due_shard": None, "due_at": None}
    keys = status_keys(row.origin, row.endpoint_id, CANCELED)
    changes = {"status": CANCELED, **keys, **at_rest, "ttl": row.end_of(at)}
    transaction.update(row, assign(row, changes), condition=unchanged, otherwise=otherwise)


def find_delivery(origin: str, delivery_id: str) -> DeliveryRow | None:
    """One delivery, without its attempts; None also of one that has expired."""
    row = find(DeliveryRow, delivery_pk(origin, delivery_id), DELIVERY_SK)
    return None if row is None else unless_past(row)


def find_deliveries(origin: str, ids: Sequence[str]) -> list[DeliveryRow]:
    """Those that exist and have not expired, without the rows of attempts: a request for each 100, side by side."""
    rows = read_batches([(DeliveryRow, delivery_pk(origin, each), DELIVERY_SK) for each in ids])
    kept = [unless_past(row) for row in rows if isinstance(row, DeliveryRow)]
    return [row for row in kept if row is not None]


def unless_past(row: DeliveryRow) -> DeliveryRow | None:
    """The row without attempts that have expired; None where it has itself."""
    moment = now()
    if row.is_past(moment):
        return None
    if row.attempt_days is not None:
        oldest = moment - timedelta(days=row.attempt_days)
        row.recent_attempts = [each for each in row.recent_attempts if stored_time(each["at"]) > oldest]
    return row


def _in_hand(row: DeliveryRow) -> Condition:
    """Holds while the lease is the row's, and it was neither canceled nor begun anew meanwhile."""
    held: Condition = (DeliveryRow.lease == row.lease) & (DeliveryRow.status == row.status)
    return held


def _as_read(row: DeliveryRow) -> Condition:
    """Holds while nobody has sent, ended or begun it anew since it was read."""
    return as_read(row, "status", "lease", "attempts_made", "begun_at")


def remove_left_place(row: DeliveryRow) -> None:
    """Removes the place that an ended delivery left in its line, unless it was begun anew since it was read."""
    transaction = Transaction()
    add_end(transaction, row)
    transaction.check(DeliveryRow, row.pk, row.sk, condition=_as_read(row), otherwise=RowChanged())
    with suppress(RowChanged):
        transaction.commit()


def let_go(row: DeliveryRow, *, due_at: datetime) -> bool:
    """Ends the lease without an attempt, so that any message may claim the delivery; a sweep looks from `due_at` on."""
    actions = [
        DeliveryRow.lease.remove(),
        DeliveryRow.lease_until.remove(),
        DeliveryRow.faults.set(0),
        DeliveryRow.due_at.set(due_at),
        *_body_actions(row),
        *_status_actions(row, SCHEDULED),
    ]
    return change_delivery(row, actions, _in_hand(row)) is not None


def _outcome_actions(row: DeliveryRow) -> list[Any]:
    """What ends a lease, and stores the counts that `row` carries."""
    numbered = [] if row.sequence is None else [DeliveryRow.sequence.set(row.sequence)]
    return [
        *numbered,
        *_body_actions(row),
        DeliveryRow.lease.remove(),
        DeliveryRow.lease_until.remove(),
        DeliveryRow.faults.set(0),
        DeliveryRow.tries.set(row.tries),
        DeliveryRow.attempts_made.set(row.attempts_made),
        DeliveryRow.recent_attempts.set(row.recent_attempts),
        DeliveryRow.cleared.set(row.cleared),
    ]


def _body_actions(row: DeliveryRow) -> list[Any]:
    return [] if row.body_until is None else [DeliveryRow.body_until.set(row.body_until)]


def _status_actions(row: DeliveryRow, status: str) -> list[Any]:
    if status == DELIVERED:
        return [DeliveryRow.status.set(status), *_UNLISTED]
    keys = status_keys(row.origin, row.endpoint_id, status)
    return [
        DeliveryRow.status.set(status),
        *(getattr(DeliveryRow, name).set(value) for name, value in keys.items()),
    ]


def change_delivery(row: DeliveryRow, actions: Sequence[Any], condition: Condition) -> DeliveryRow | None:
    """Changes a row and gives the whole of it; None where the condition does not hold."""
    fresh = DeliveryRow(row.pk, row.sk)
    try:
        fresh.update(actions=list(actions), condition=condition)
    except UpdateError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return None
        raise
    return fresh


def _moment(moment: datetime) -> dict[str, Any]:
    return {"S": DeliveryRow.lease_until.serialize(moment)}  # type: ignore[no-untyped-call]  # PynamoDB's
