"""Deliveries as a partner sees them: lists, one with its attempts; replays and cancels."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from chalicelib.core.clock import epoch_millis, now
from chalicelib.core.ids import first_position
from chalicelib.core.pagination import Page
from chalicelib.core.queues import Message
from chalicelib.core.retrying import RowChanged, retried
from chalicelib.core.transactions import Transaction
from chalicelib.core.windows import Window
from chalicelib.partners.audits import audit
from chalicelib.webhooks.domain import SHORT_HEAD_CHARACTERS, STATUSES, WHOLE_HEADS, Choice, short_attempt
from chalicelib.webhooks.models.deliveries import AttemptRow, DeliveryRow
from chalicelib.webhooks.models.events import EventRow
from chalicelib.webhooks.queues import SLOW, deliver_message, sweep_grace
from chalicelib.webhooks.repository import attempts as attempt_rows
from chalicelib.webhooks.repository import deliveries as repository
from chalicelib.webhooks.repository import endpoints as endpoint_rows
from chalicelib.webhooks.repository import lists
from chalicelib.webhooks.service import ordering
from chalicelib.webhooks.service.bodies import keep_body
from chalicelib.webhooks.service.errors import BodyGone, DeliveryEnded, DeliveryUnknown, EndpointSilent

DELIVERY_ID = re.compile(r"dlv_[0-9A-Z]{20}")
_OF_ONE_MOMENT = 100  # of a partner's deliveries in one millisecond; an event has at most 20


class WholeDelivery(NamedTuple):
    """A delivery with its attempts, oldest first."""

    row: DeliveryRow
    attempts: list[AttemptRow]


def get_delivery(origin: str, delivery_id: str) -> WholeDelivery:
    """A delivery and its last 100 attempts, oldest first, the heads of older ones cut. Raises `DeliveryUnknown`."""
    found = attempt_rows.find_with_attempts(origin, delivery_id)
    if found is None:
        raise DeliveryUnknown
    whole = WholeDelivery(*found)
    for attempt in whole.attempts[:-WHOLE_HEADS]:
        attempt.head = attempt.head[:SHORT_HEAD_CHARACTERS]
    return whole


def list_deliveries(origin: str, window: Window, *, endpoint_id: str | None, status: str | None) -> Page[DeliveryRow]:
    """Newest first, the heads of their attempts cut."""
    return _short(lists.list_deliveries(origin, window, endpoint_id=endpoint_id, status=status))


def list_owned_deliveries(origin: str, owner: str, window: Window) -> Page[DeliveryRow]:
    """The deliveries of one surface's events, newest first."""
    return _short(lists.list_owned_deliveries(origin, owner, window))


def deliveries_of(event: EventRow) -> list[DeliveryRow]:
    """An event's deliveries, in no particular order; they are found by the event's time, which is in their ids."""
    moment = epoch_millis(event.created_at)
    since, until = (f"{repository.PREFIX}{first_position(millis)}" for millis in (moment, moment + 1))
    window = Window(limit=_OF_ONE_MOMENT, since=since, until=until)
    page = _short(lists.list_deliveries(event.origin, window, endpoint_id=None, status=None))
    return [row for row in page.items if row.event_id == event.id]


def _short(page: Page[DeliveryRow]) -> Page[DeliveryRow]:
    """The page with its attempts cut, as rows hold them by now."""
    for row in page.items:
        row.recent_attempts = [short_attempt(attempt) for attempt in row.recent_attempts]
    return page


@retried("the delivery")
def replay(origin: str, delivery_id: str) -> WholeDelivery:
    """Begins the delivery's schedule anew on demand, whatever came of it; the `webhook-id` stays.

    Gives the delivery after that, as `get_delivery` does. One that a worker is sending just now is left as it is.
    Raises `DeliveryUnknown`, `EndpointSilent` or `BodyGone`.
    """
    found = get_delivery(origin, delivery_id)
    endpoint = endpoint_rows.find_endpoint(origin, found.row.endpoint_id)
    if endpoint is None or not endpoint.enabled:
        raise EndpointSilent
    transaction = Transaction()
    endpoint_rows.add_enabled_check(transaction, endpoint, otherwise=EndpointSilent())
    after = {"endpoint_id": endpoint.id, "event_id": found.row.event_id}
    audit(transaction, origin, action="delivery.replay", target=delivery_id, before=None, after=after)
    message = _add_restart(transaction, found.row, only=Choice(STATUSES))
    if message is not None:
        transaction.enqueue(SLOW, message)
        transaction.commit()
    return found


@retried("the delivery")
def cancel(origin: str, delivery_id: str) -> WholeDelivery:
    """Ends a delivery on demand, and gives it as it is after that; no further attempt is begun.

    One that a worker is sending just now is canceled too, and delivered all the same if the answer is a success. One
    that was canceled before stays so. Raises `DeliveryUnknown` or `DeliveryEnded`.
    """
    found = get_delivery(origin, delivery_id)
    if found.row.status == repository.CANCELED:
        return found
    if found.row.status != repository.SCHEDULED:
        raise DeliveryEnded(found.row.status)
    transaction = Transaction()
    after = {"endpoint_id": found.row.endpoint_id, "event_id": found.row.event_id}
    audit(transaction, origin, action="delivery.cancel", target=delivery_id, before=None, after=after)
    repository.cancel(transaction, found.row, at=now(), otherwise=RowChanged())
    transaction.commit()
    ordering.ask_behind([found.row])
    return found


def cancel_begun(read: DeliveryRow, *, by: datetime, only: Choice) -> DeliveryRow | None:
    """Cancels one of a page, if it is among `only` and was begun by `by`, without an entry in the audit log.

    Gives the row where it was canceled, else None; the caller asks for the next delivery of its line.
    """
    rows: list[DeliveryRow | None] = [read]

    @retried("the delivery")
    def once() -> DeliveryRow | None:
        row = rows.pop() if rows else repository.find_delivery(read.origin, read.id)
        if row is None or row.begun > by or not only.takes(status=row.status, event_type=row.event_type):
            return None
        transaction = Transaction()
        repository.cancel(transaction, row, at=now(), otherwise=RowChanged())
        transaction.commit()
        return row

    return once()


def restart(read: Sequence[DeliveryRow], *, only: Choice) -> None:
    """Replays those of a page that are among `only`, in one transaction and without entries in the audit log.

    Of those about one subject a message asks for the first alone; its outcome asks for the next.
    """
    pages = [read]

    @retried("the deliveries")
    def once() -> None:
        page = pages.pop() if pages else repository.find_deliveries(read[0].origin, [row.id for row in read])
        transaction, messages = Transaction(), dict[str, Message]()
        for row in page:
            with suppress(BodyGone):
                message = _add_restart(transaction, row, only=only)
                if message is not None:
                    messages.setdefault(row.subject or row.id, message)
        for message in messages.values():
            transaction.enqueue(SLOW, message)
        transaction.commit()

    once()


def _add_restart(transaction: Transaction, row: DeliveryRow, *, only: Choice) -> Message | None:
    """Adds the restart, and gives the message that is to follow it; None where the row is not to be restarted.

    Raises `BodyGone`.
    """
    moment = now()
    is_meant = only.takes(status=row.status, event_type=row.event_type)
    is_in_hand = row.lease_until is not None and row.lease_until >= moment
    if not is_meant or (is_in_hand and row.status != repository.CANCELED):
        return None
    if not row.has_body(moment) or not keep_body(row, at=moment):
        raise BodyGone
    repository.restart(transaction, row, at=moment, due_at=moment + sweep_grace(), otherwise=RowChanged())
    return deliver_message(row.origin, row.id, endpoint_id=row.endpoint_id, event_id=row.event_id)
