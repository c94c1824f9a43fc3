"""Customers, and e-mail addresses that a space captures."""

from collections.abc import Callable
from typing import Any, TypeVar

from chalicelib.core.emails import canonical_email
from chalicelib.core.transactions import Transaction
from chalicelib.idempotency.service import Guard
from chalicelib.spaces.models import CapturedEmailRow, CustomerRow
from chalicelib.spaces.repository import records
from chalicelib.spaces.schemas import CapturedEmailCreate, CustomerCreate, CustomerUpdate
from chalicelib.spaces.service import events, identifiers, objects
from chalicelib.spaces.service.cancellations import cancel_all_subscriptions
from chalicelib.spaces.service.objects import Object
from chalicelib.spaces.service.refusals import unknown_in_body
from chalicelib.spaces.service.retried import until_written

R = TypeVar("R", CustomerRow, CapturedEmailRow)


def create_customer(account: str, body: CustomerCreate, guard: Guard) -> Object:
    """Creates a customer of a space. Raises `BadRequest` for an unknown space."""
    return _create(CustomerRow, account, body, guard, shown_as=objects.customer_object)


def require_customer(account: str, customer_id: str) -> CustomerRow:
    """A customer, strongly consistent. Raises `NotFound`."""
    return identifiers.require_record(CustomerRow, account, customer_id, what="customer")


def get_customer(account: str, customer_id: str) -> Object:
    """Raises `NotFound`."""
    return _customer_object(account, require_customer(account, customer_id))


def update_customer(account: str, customer_id: str, body: CustomerUpdate) -> Object:
    """Changes the given fields; without a real change there is no event. Raises `NotFound`."""
    given = body.model_dump(exclude_unset=True)

    def once() -> Object:
        row = require_customer(account, customer_id)
        changes: dict[str, Any] = {name: value for name, value in given.items() if getattr(row, name) != value}
        if not changes:
            return _customer_object(account, row)
        before = _customer_object(account, row)
        transaction = Transaction()
        comparable = canonical_email(changes["email"]) if "email" in changes else None
        records.add_customer_change(transaction, account, row, changes, comparable=comparable)
        shown = _customer_object(account, row)
        events.record(transaction, account, "customer.updated", shown, before=before)
        transaction.commit()
        return shown

    return until_written("the customer", once, at=(account, "customer", customer_id))


def delete_customer(account: str, customer_id: str) -> Object:
    """Deletes a customer: first cancels its subscriptions, each with its event. Raises `NotFound`.

    The customer is removed last, when no subscription is active. After a crash the deletion can be repeated.
    """

    def once() -> Object:
        row = require_customer(account, customer_id)
        if row.active:
            cancel_all_subscriptions(account, row)
        _remove(account, row)
        return {"id": customer_id, "object": "customer", "deleted": True}

    return until_written("the customer", once, at=(account, "customer", customer_id))


def create_captured_email(account: str, body: CapturedEmailCreate, guard: Guard) -> Object:
    """Captures an address. Raises `BadRequest` for an unknown space."""
    return _create(CapturedEmailRow, account, body, guard, shown_as=objects.captured_email_object)


def _create(
    model: type[R],
    account: str,
    body: CustomerCreate | CapturedEmailCreate,
    guard: Guard,
    *,
    shown_as: Callable[[R, dict[int, Object]], Object],
) -> Object:
    spaces = objects.find_spaces(account, {body.space})
    if body.space not in spaces:
        raise unknown_in_body("space", "space")
    record_id, position = identifiers.new_id(account, model.prefix)
    fields = {"id": record_id, "position": position, "comparable": canonical_email(body.email), **body.model_dump()}
    transaction = Transaction()
    shown = shown_as(records.add_record(transaction, model, account, **fields), spaces)
    events.record(transaction, account, f"{shown['object']}.created", shown)
    guard.seal(transaction, shown)
    transaction.commit()
    return shown


def _remove(account: str, row: CustomerRow) -> None:
    transaction = Transaction()
    records.add_customer_removal(transaction, row)
    events.record(transaction, account, "customer.deleted", _customer_object(account, row))
    transaction.commit()


def _customer_object(account: str, row: CustomerRow) -> Object:
    return objects.customer_object(row, objects.find_spaces(account, {int(row.space)}))
