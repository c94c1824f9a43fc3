"""Customers, invoices, subscriptions, captured e-mails and events."""

from typing import Any, TypeVar

from chalicelib.core.retrying import RowChanged
from chalicelib.core.tables import as_read, find
from chalicelib.core.transactions import Transaction
from chalicelib.spaces.domain import ACTIVE, CANCELED
from chalicelib.spaces.models import (
    CustomerRow,
    EventRow,
    InvoiceRow,
    SpacesRow,
    SubscriptionRow,
    customer_key,
    filter_keys,
    partition,
)

R = TypeVar("R", bound=SpacesRow)


class TooManyActive(Exception):
    """The customer has the maximum number of active subscriptions."""


def find_record(model: type[R], account: str, position: str) -> R | None:
    """One row by its position, strongly consistent."""
    return find(model, partition(model, account), position)


def add_record(
    transaction: Transaction, model: type[R], account: str, *, position: str, comparable: str, **fields: Any
) -> R:
    """Adds a new row of a space and an e-mail address; `comparable` is the address in canonical form."""
    keys = filter_keys(model, account, space=fields["space"], email=comparable)
    row = model(partition(model, account), position, position=position, **keys, **fields)
    transaction.create(row, otherwise=RowChanged())
    return row


def add_customer_change(
    transaction: Transaction, account: str, row: CustomerRow, changes: dict[str, Any], *, comparable: str | None
) -> None:
    """Adds changed fields, also to the row in memory; `comparable` is the new canonical address if that changes."""
    keys: dict[str, Any] = {}
    if comparable is not None:
        keys = filter_keys(CustomerRow, account, space=int(row.space), email=comparable)
    transaction.change_version(row, {**changes, **keys})


def add_customer_removal(transaction: Transaction, row: CustomerRow) -> None:
    """Adds the removal of a customer; commits only if it is unchanged and has no active subscription."""
    idle = CustomerRow.pk.exists() & (CustomerRow.version == row.version) & (CustomerRow.active == 0)
    transaction.delete(row, condition=idle, otherwise=RowChanged())


def add_customer_check(transaction: Transaction, row: CustomerRow) -> None:
    """Adds the condition that the customer is unchanged."""
    unmoved = CustomerRow.pk.exists() & (CustomerRow.version == row.version)
    transaction.check(CustomerRow, row.pk, row.sk, condition=unmoved, otherwise=RowChanged())


def add_active_subscription(transaction: Transaction, row: CustomerRow, *, at_most: int) -> None:
    """Counts a new subscription of an unchanged customer."""
    unmoved = CustomerRow.pk.exists() & (CustomerRow.version == row.version) & (CustomerRow.active < at_most)
    otherwise = TooManyActive() if row.active >= at_most else RowChanged()
    transaction.update(row, [CustomerRow.active.add(1)], condition=unmoved, otherwise=otherwise)


def add_ended_subscriptions(transaction: Transaction, account: str, customer_position: str, count: int) -> None:
    """Subtracts canceled subscriptions from the customer's count."""
    row = CustomerRow(partition(CustomerRow, account), customer_position)
    transaction.update(row, [CustomerRow.active.add(-count)], condition=CustomerRow.pk.exists(), otherwise=RowChanged())


def add_payment(transaction: Transaction, row: InvoiceRow) -> None:
    """Adds the payment of an unpaid invoice, also to the row in memory."""
    _add_invoice_change(transaction, row, {"paid": True})


def add_shipment(transaction: Transaction, row: InvoiceRow, details: Any) -> None:
    """Adds the shipment of an unshipped invoice, also to the row in memory."""
    _add_invoice_change(
        transaction, row, {"shipped": True, **({} if details is None else {"shipping_details": details})}
    )


def _add_invoice_change(transaction: Transaction, row: InvoiceRow, changes: dict[str, Any]) -> None:
    """Commits only if both flags, which the event contains, are unchanged. No other field changes."""
    transaction.change(row, changes, unchanged=as_read(row, "paid", "shipped"))


def add_subscription(transaction: Transaction, account: str, **fields: Any) -> SubscriptionRow:
    """Adds a new, active subscription; the fields are those of `add_record`."""
    listed = customer_key(account, fields["customer"]["id"])
    return add_record(transaction, SubscriptionRow, account, status=ACTIVE, customer_key=listed, **fields)


def add_cancellation(transaction: Transaction, row: SubscriptionRow) -> None:
    """Adds the cancellation of an active subscription, also to the row in memory."""
    active = SubscriptionRow.pk.exists() & (SubscriptionRow.status == ACTIVE)
    transaction.change(row, {"status": CANCELED}, unchanged=active)


def add_event(transaction: Transaction, account: str, *, position: str, event_id: str, content: Any) -> None:
    """Adds an event."""
    row = EventRow(partition(EventRow, account), position, position=position, id=event_id, content=content)
    transaction.create(row, otherwise=RowChanged())
