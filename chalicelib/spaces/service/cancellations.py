"""Cancellation of one subscription, or of all subscriptions of a customer."""

import json

from chalicelib.core.transactions import MAX_WRITES, Transaction
from chalicelib.core.windows import Window
from chalicelib.idempotency.service import Guard
from chalicelib.spaces.domain import ACTIVE, CUSTOMER
from chalicelib.spaces.models import CustomerRow, SubscriptionRow
from chalicelib.spaces.repository import records
from chalicelib.spaces.repository.records import Filters
from chalicelib.spaces.service import events, identifiers, objects
from chalicelib.spaces.service.objects import Object
from chalicelib.spaces.service.retried import until_written
from chalicelib.webhooks.models.endpoints import EndpointRow
from chalicelib.webhooks.service.endpoints import all_endpoints
from chalicelib.webhooks.service.events import writes_of

_PAGE = 100
# Each row is stored three times, two of them in events; a transaction may have 4 MB.
_MOST_BYTES = 1_000_000


def cancel_subscription(account: str, token: str, guard: Guard) -> Object:
    """Cancels a subscription.

    A canceled one is returned unchanged, without an event. Raises `NotFound`.
    """

    def once() -> Object:
        row = identifiers.require_record(SubscriptionRow, account, token)
        spaces = objects.find_spaces(account, {int(row.space)})
        if row.status != ACTIVE:
            return objects.object_of(row, spaces)
        transaction = Transaction()
        shown = _add_end(transaction, account, row, spaces, all_endpoints(account))
        _add_count(transaction, account, row.customer["id"], 1)
        guard.seal(transaction, shown)
        transaction.commit()
        return shown

    return until_written("the subscription", once, at=(account, "subscription", token), guard=guard)


def cancel_all_subscriptions(account: str, customer: CustomerRow) -> None:
    """Cancels the active subscriptions of a customer that the index has, as many per transaction as fit.

    The index may lag, so the caller checks the customer's own count of active ones. Raises `RowChanged` if another
    call canceled one of them first.
    """
    endpoints = all_endpoints(account)
    spaces = objects.find_spaces(account, {int(customer.space)})
    together = (MAX_WRITES - 1) // (3 + writes_of(endpoints))  # the row, its event, the audit entry
    batch: list[SubscriptionRow] = []
    size = 0

    def end_batch() -> None:
        transaction = Transaction()
        for row in batch:
            _add_end(transaction, account, row, spaces, endpoints)
        _add_count(transaction, account, customer.id, len(batch))
        transaction.commit()
        batch.clear()

    after: str | None = None
    while True:
        window = Window(_PAGE, after=after)
        page = records.list_records(SubscriptionRow, account, window, Filters(customer_id=customer.id))
        for row in page.items:
            if row.status != ACTIVE:
                continue
            length = len(json.dumps(row.items, ensure_ascii=False).encode())
            if batch and (len(batch) == together or size + length > _MOST_BYTES):
                end_batch()
                size = 0
            batch.append(row)
            size += length
        if not page.has_more or not page.items:
            break
        after = page.items[-1].position
    if batch:
        end_batch()


def _add_end(
    transaction: Transaction,
    account: str,
    row: SubscriptionRow,
    spaces: dict[int, Object],
    endpoints: tuple[EndpointRow, ...],
) -> Object:
    """Adds a cancellation with its event, and returns the canceled subscription."""
    before = objects.object_of(row, spaces)
    records.add_cancellation(transaction, row)
    shown = objects.object_of(row, spaces)
    events.record(transaction, account, "subscription.canceled", shown, before=before, endpoints=endpoints)
    return shown


def _add_count(transaction: Transaction, account: str, customer_id: str, count: int) -> None:
    position = identifiers.position_of(account, CUSTOMER, customer_id)
    if position is None:
        raise ValueError("a subscription names a customer that was never issued")
    records.add_ended_subscriptions(transaction, account, position, count)
