"""Deliveries as a partner sees them: lists, one with its attempts, replays."""

from collections.abc import Collection
from datetime import timedelta

from chalicelib.core.clock import epoch_millis, now
from chalicelib.core.ids import first_position
from chalicelib.core.pagination import Page
from chalicelib.core.retrying import until_unchanged
from chalicelib.core.settings import settings
from chalicelib.core.transactions import Transaction
from chalicelib.core.windows import Window
from chalicelib.partners import service as partners
from chalicelib.webhooks.domain import SHORT_HEAD_CHARACTERS, STATUSES, WHOLE_HEADS, grace_seconds
from chalicelib.webhooks.models.deliveries import AttemptRow, DeliveryRow
from chalicelib.webhooks.models.events import EventRow
from chalicelib.webhooks.queues import SLOW, deliver_message
from chalicelib.webhooks.repository import deliveries as repository
from chalicelib.webhooks.service.endpoints import endpoint_to_call
from chalicelib.webhooks.service.errors import DeliveryUnknown, EndpointSilent

_OF_ONE_MOMENT = 100  # of a partner's deliveries in one millisecond; an event has at most 20


class _Moved(Exception):
    """A worker took the delivery, or something came of it, since it was read."""


def get_delivery(origin: str, delivery_id: str) -> tuple[DeliveryRow, list[AttemptRow]]:
    """A delivery and its last 100 attempts, oldest first, the heads of older ones cut. Raises `DeliveryUnknown`."""
    found = repository.find_with_attempts(origin, delivery_id)
    if found is None:
        raise DeliveryUnknown
    _, attempts = found
    for attempt in attempts[:-WHOLE_HEADS]:
        attempt.head = attempt.head[:SHORT_HEAD_CHARACTERS]
    return found


def list_deliveries(origin: str, window: Window, *, endpoint_id: str | None, status: str | None) -> Page[DeliveryRow]:
    """Newest first, the heads of their attempts cut."""
    return _short(repository.list_deliveries(origin, window, endpoint_id=endpoint_id, status=status))


def list_owned_deliveries(origin: str, owner: str, window: Window) -> Page[DeliveryRow]:
    """The deliveries of one surface's events, newest first."""
    return _short(repository.list_owned_deliveries(origin, owner, window))


def deliveries_of(event: EventRow) -> list[DeliveryRow]:
    """An event's deliveries, newest endpoint first: their ids are of the event's own moment. One request."""
    moment = epoch_millis(event.created_at)
    since, until = (f"{repository.PREFIX}{first_position(millis)}" for millis in (moment, moment + 1))
    window = Window(limit=_OF_ONE_MOMENT, since=since, until=until)
    page = _short(repository.list_deliveries(event.origin, window, endpoint_id=None, status=None))
    return [row for row in page.items if row.event_id == event.id]


def _short(page: Page[DeliveryRow]) -> Page[DeliveryRow]:
    """The page with the heads of attempts as short as they are stored by now."""
    for row in page.items:
        row.recent_attempts = [
            {**attempt, "head": attempt["head"][:SHORT_HEAD_CHARACTERS]} for attempt in row.recent_attempts
        ]
    return page


def replay(origin: str, delivery_id: str) -> None:
    """Begins the delivery's schedule anew on demand, whatever came of it; the `webhook-id` stays.

    One that a worker is sending just now is left to it. Raises `DeliveryUnknown` or `EndpointSilent`.
    """
    restart(origin, delivery_id, only=STATUSES, action="delivery.replay")


def restart(origin: str, delivery_id: str, *, only: Collection[str], action: str | None = None) -> None:
    """The same for one whose status is among `only`; `action` is what the audit log calls it, None for no entry."""

    def once() -> None:
        row = repository.find_delivery(origin, delivery_id)
        if row is None:
            raise DeliveryUnknown
        moment = now()
        if row.status not in only or (row.lease_until is not None and row.lease_until >= moment):
            return
        if endpoint_to_call(origin, row.endpoint_id) is None:
            raise EndpointSilent
        swept_from = moment + timedelta(seconds=grace_seconds(settings().seconds_scale))
        transaction = Transaction()
        repository.restart(transaction, row, at=moment, due_at=swept_from, otherwise=_Moved())
        if action is not None:
            after = {"endpoint_id": row.endpoint_id, "event_id": row.event_id}
            partners.audit(transaction, origin, action=action, target=delivery_id, before=None, after=after)
        transaction.enqueue(SLOW, deliver_message(origin, delivery_id, endpoint_id=row.endpoint_id))
        transaction.commit()

    until_unchanged("the delivery", once, moved=_Moved)
