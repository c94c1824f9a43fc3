"""Customers, and the addresses that a space captures before somebody becomes one."""

from typing import Any

from chalicelib.core.emails import canonical_email
from chalicelib.core.transactions import Transaction
from chalicelib.idempotency.service import Guard
from chalicelib.spaces.domain import CAPTURED_EMAIL, CUSTOMER
from chalicelib.spaces.models import CustomerRow
from chalicelib.spaces.repository import records
from chalicelib.spaces.schemas import CapturedEmailCreate, CustomerCreate, CustomerUpdate
from chalicelib.spaces.service import events, identifiers, objects
from chalicelib.spaces.service.cancellations import cancel_all_of
from chalicelib.spaces.service.objects import Object
from chalicelib.spaces.service.refusals import unknown, unknown_reference
from chalicelib.spaces.service.retried import until_written


def create_customer(account: str, body: CustomerCreate, guard: Guard) -> Object:
    """A new customer of a space. Raises `BadRequest` for a space that the account does not have."""
    spaces = _space(account, body.space)
    customer_id, position = identifiers.new_id(account, CUSTOMER)
    transaction = Transaction()
    row = records.add_customer(
        transaction,
        account,
        position=position,
        comparable=canonical_email(body.email),
        id=customer_id,
        **body.model_dump(),
    )
    shown = objects.customer_object(row, spaces)
    events.record(transaction, account, "customer.created", shown)
    guard.seal(transaction, shown)
    transaction.commit()
    return shown


def existing_customer(account: str, customer_id: str) -> CustomerRow:
    """A customer as it is now. Raises `NotFound`."""
    position = identifiers.position_of(account, CUSTOMER, customer_id)
    row = records.find_record(CustomerRow, account, position) if position else None
    if row is None:
        raise unknown("customer")
    return row


def get_customer(account: str, customer_id: str) -> Object:
    """Raises `NotFound`."""
    return _shown(account, existing_customer(account, customer_id))


def update_customer(account: str, customer_id: str, body: CustomerUpdate) -> Object:
    """Changes the given fields; what changes nothing is no event. Raises `NotFound`."""
    given = body.model_dump(exclude_unset=True)

    def once() -> Object:
        row = existing_customer(account, customer_id)
        changes: dict[str, Any] = {name: value for name, value in given.items() if getattr(row, name) != value}
        if not changes:
            return _shown(account, row)
        before = _shown(account, row)
        transaction = Transaction()
        comparable = canonical_email(changes["email"]) if "email" in changes else None
        records.add_customer_change(transaction, account, row, changes, comparable=comparable)
        shown = _shown(account, row)
        events.record(transaction, account, "customer.updated", shown, before=before)
        transaction.commit()
        return shown

    return until_written("the customer", once, at=(account, "customer", customer_id))


def delete_customer(account: str, customer_id: str) -> Object:
    """Ends a customer: first its subscriptions, each with its event, then itself. Raises `NotFound`.

    Whatever step a crash comes after, the customer is still there and its deletion can be asked for again; it is gone
    only once no subscription of it is active.
    """

    def once() -> Object:
        row = existing_customer(account, customer_id)
        if row.active:
            cancel_all_of(account, row)
        _remove(account, row)
        return {"id": customer_id, "object": "customer", "deleted": True}

    return until_written("the customer", once, at=(account, "customer", customer_id))


def create_captured_email(account: str, body: CapturedEmailCreate, guard: Guard) -> Object:
    """A newly captured address. Raises `BadRequest` for a space that the account does not have."""
    spaces = _space(account, body.space)
    captured_id, position = identifiers.new_id(account, CAPTURED_EMAIL)
    transaction = Transaction()
    row = records.add_captured_email(
        transaction,
        account,
        position=position,
        comparable=canonical_email(body.email),
        id=captured_id,
        **body.model_dump(),
    )
    shown = objects.captured_email_object(row, spaces)
    events.record(transaction, account, "captured_email.created", shown)
    guard.seal(transaction, shown)
    transaction.commit()
    return shown


def _remove(account: str, row: CustomerRow) -> None:
    transaction = Transaction()
    records.add_customer_removal(transaction, row)
    events.record(transaction, account, "customer.deleted", _shown(account, row))
    transaction.commit()


def _space(account: str, number: int) -> dict[int, Object]:
    spaces = objects.spaces_named(account, {number})
    if number not in spaces:
        raise unknown_reference("space", "space")
    return spaces


def _shown(account: str, row: CustomerRow) -> Object:
    return objects.customer_object(row, objects.spaces_named(account, {int(row.space)}))
