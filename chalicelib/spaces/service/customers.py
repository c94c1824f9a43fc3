"""Customers, and e-mail addresses that a space captures."""

from typing import Any

from chalicelib.core.emails import canonical_email
from chalicelib.core.transactions import Transaction
from chalicelib.idempotency.service import Guard
from chalicelib.spaces.models import CapturedEmailRow, CustomerRow
from chalicelib.spaces.repository import records
from chalicelib.spaces.schemas import CapturedEmailCreate, CustomerCreate, CustomerUpdate
from chalicelib.spaces.service import events, identifiers, objects
from chalicelib.spaces.service.cancellations import cancel_all_subscriptions
from chalicelib.spaces.service.objects import Object
from chalicelib.spaces.service.retried import until_written


def create_customer(account: str, body: CustomerCreate, guard: Guard) -> Object:
    """Creates a customer of a space.

    Raises `BadRequest` for an unknown space.
    """
    return _create(CustomerRow, account, body, guard)


def get_customer(account: str, id: str) -> Object:
    """Shows a customer.

    Raises `NotFound`.
    """
    return objects.read_object(account, identifiers.require_record(CustomerRow, account, id))


def update_customer(account: str, id: str, body: CustomerUpdate) -> Object:
    """Changes a customer's name or address.

    Without a real change there is no event. Raises `NotFound`.
    """
    given = body.model_dump(exclude_unset=True)

    def once() -> Object:
        row = identifiers.require_record(CustomerRow, account, id)
        changes: dict[str, Any] = {name: value for name, value in given.items() if getattr(row, name) != value}
        before = objects.read_object(account, row)
        if not changes:
            return before
        transaction = Transaction()
        comparable = canonical_email(changes["email"]) if "email" in changes else None
        records.add_customer_change(transaction, account, row, changes, comparable=comparable)
        shown = objects.read_object(account, row)
        events.record(transaction, account, "customer.updated", shown, before=before)
        transaction.commit()
        return shown

    return until_written("the customer", once, at=(account, "customer", id))


def delete_customer(account: str, id: str) -> Object:
    """Deletes a customer and cancels its subscriptions; its invoices stay.

    The subscriptions are canceled first, each with its event, and the customer is removed last, when none is active.
    After a crash the deletion can be repeated. Raises `NotFound`.
    """

    def once() -> Object:
        row = identifiers.require_record(CustomerRow, account, id)
        if row.active:
            cancel_all_subscriptions(account, row)
        transaction = Transaction()
        records.add_customer_removal(transaction, row)
        events.record(transaction, account, "customer.deleted", objects.read_object(account, row))
        transaction.commit()
        return {"id": id, "object": "customer", "deleted": True}

    return until_written("the customer", once, at=(account, "customer", id))


def create_captured_email(account: str, body: CapturedEmailCreate, guard: Guard) -> Object:
    """Captures an e-mail address in a space.

    Raises `BadRequest` for an unknown space.
    """
    return _create(CapturedEmailRow, account, body, guard)


def _create(
    model: type[CustomerRow | CapturedEmailRow],
    account: str,
    body: CustomerCreate | CapturedEmailCreate,
    guard: Guard,
) -> Object:
    spaces = objects.find_spaces(account, {body.space})
    if body.space not in spaces:
        raise identifiers.unknown_in_body("space")
    record_id, position = identifiers.new_id(account, model.prefix)
    fields = {"id": record_id, "position": position, "comparable": canonical_email(body.email), **body.model_dump()}
    transaction = Transaction()
    shown = objects.object_of(records.add_record(transaction, model, account, **fields), spaces)
    events.record(transaction, account, f"{shown['object']}.created", shown)
    guard.seal(transaction, shown)
    transaction.commit()
    return shown
