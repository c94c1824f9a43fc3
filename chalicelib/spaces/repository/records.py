"""Customers, invoices, subscriptions, captured e-mails and events; and the key of the MACs in their ids."""

import secrets
from typing import Any, NamedTuple, TypeVar

from pynamodb.exceptions import PutError

from chalicelib.core.pagination import Page
from chalicelib.core.retrying import RowChanged
from chalicelib.core.tables import as_read, find, read_page
from chalicelib.core.transactions import Transaction
from chalicelib.core.windows import Window
from chalicelib.spaces.domain import CANCELED
from chalicelib.spaces.models import (
    CustomerRow,
    EventRow,
    InvoiceRow,
    SecretRow,
    SpacesRow,
    SubscriptionRow,
    customer_key,
    filter_keys,
    partition,
)

R = TypeVar("R", bound=SpacesRow)


class TooManyActive(Exception):
    """The customer has the maximum number of active subscriptions."""


class Filters(NamedTuple):
    """The filters of a list; the e-mail address is in canonical form."""

    space: int | None = None
    email: str | None = None
    customer_id: str | None = None


def read_or_make_key() -> bytes:
    """The stage's key of the MACs in ids, which the first call creates. It is backed up together with the rows."""
    row = find(SecretRow, "SECRET", "IDS")
    if row is None:
        made = SecretRow("SECRET", "IDS", secret=secrets.token_hex(32))
        try:
            made.save(condition=SecretRow.pk.does_not_exist())
        except PutError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise
        row = find(SecretRow, "SECRET", "IDS")
    assert row is not None, "it was stored just now, by this call or by another"
    return bytes.fromhex(row.secret)


def find_record(model: type[R], account: str, position: str) -> R | None:
    """One row by its position, strongly consistent."""
    return find(model, partition(model, account), position)


def list_records(model: type[R], account: str, window: Window, filters: Filters) -> Page[R]:
    """A page of an account's rows of a kind, newest first, in one Query."""
    index, where = _place(model, account, filters)
    return read_page(model, where, window, sort=SpacesRow.sk if index is None else SpacesRow.position, index=index)


def _place(model: type[R], account: str, filters: Filters) -> tuple[str | None, str]:
    """The index and partition of exactly these rows; the index is None for the table itself."""
    if filters.customer_id is not None and model is SubscriptionRow:
        return "by_customer", customer_key(account, filters.customer_id)
    keys = filter_keys(model, account, space=filters.space, email=filters.email)
    if filters.space is not None and filters.email is not None:
        return "by_space_email", keys["space_email_key"]
    if filters.email is not None:
        return "by_email", keys["email_key"]
    if filters.space is not None:
        return "by_space", keys["space_key"]
    return None, partition(model, account)


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
    idle = as_read(row, "version") & (CustomerRow.active == 0)
    transaction.delete(row, condition=idle, otherwise=RowChanged())


def add_customer_check(transaction: Transaction, row: CustomerRow) -> None:
    """Adds the condition that the customer is unchanged."""
    transaction.check(CustomerRow, row.pk, row.sk, condition=as_read(row, "version"), otherwise=RowChanged())


def add_active_subscription(transaction: Transaction, row: CustomerRow, *, at_most: int) -> None:
    """Counts a new subscription of an unchanged customer."""
    has_room = as_read(row, "version") & (CustomerRow.active < at_most)
    otherwise = TooManyActive() if row.active >= at_most else RowChanged()
    transaction.update(row, [CustomerRow.active.add(1)], condition=has_room, otherwise=otherwise)


def add_ended_subscriptions(transaction: Transaction, account: str, customer_position: str, count: int) -> None:
    """Subtracts canceled subscriptions from the customer's count."""
    row = CustomerRow(partition(CustomerRow, account), customer_position)
    transaction.update(row, [CustomerRow.active.add(-count)], condition=CustomerRow.pk.exists(), otherwise=RowChanged())


def add_invoice_change(transaction: Transaction, row: InvoiceRow, changes: dict[str, Any]) -> None:
    """Adds the payment or the shipment of an invoice, also to the row in memory.

    Commits only if both flags, which the event contains, are unchanged. No other field of an invoice changes.
    """
    transaction.change(row, changes, unchanged=as_read(row, "paid", "shipped"))


def add_cancellation(transaction: Transaction, row: SubscriptionRow) -> None:
    """Adds the cancellation of an active subscription, also to the row in memory."""
    transaction.change(row, {"status": CANCELED}, unchanged=as_read(row, "status"))


def add_event(transaction: Transaction, account: str, *, position: str, event_id: str, content: Any) -> None:
    """Adds an event."""
    row = EventRow(partition(EventRow, account), position, position=position, id=event_id, content=content)
    transaction.create(row, otherwise=RowChanged())
