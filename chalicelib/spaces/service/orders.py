"""Invoices and subscriptions: numbered without gaps in their space, with a copy of the customer."""

from collections.abc import Callable
from typing import Any

from chalicelib.core.emails import canonical_email
from chalicelib.core.errors import BadRequest, Conflict
from chalicelib.core.transactions import Transaction
from chalicelib.idempotency.service import Guard
from chalicelib.spaces.domain import ACTIVE, MAX_ACTIVE_SUBSCRIPTIONS, WrongAmount, line_total, total_of
from chalicelib.spaces.models import CustomerRow, InvoiceRow, SpaceRow, SubscriptionRow, customer_key
from chalicelib.spaces.repository import records
from chalicelib.spaces.repository import spaces as spaces_repository
from chalicelib.spaces.schemas import CustomerRead, InvoiceCreate, ItemRead, ShipmentCreate, SubscriptionCreate
from chalicelib.spaces.service import events, identifiers, objects
from chalicelib.spaces.service.objects import Object
from chalicelib.spaces.service.retried import until_written

_Add = Callable[[Transaction, CustomerRow, SpaceRow], dict[str, Any]]


def create_invoice(account: str, body: InvoiceCreate, guard: Guard) -> Object:
    """Creates an invoice of a customer.

    It gets the space's next order number. Raises `BadRequest`.
    """

    def add(transaction: Transaction, customer: CustomerRow, space: SpaceRow) -> dict[str, Any]:
        number = spaces_repository.add_next_number(transaction, space, "orders")
        records.add_customer_check(transaction, customer)
        return {"order_number": number}

    return _create(InvoiceRow, account, body, guard, add)


def create_subscription(account: str, body: SubscriptionCreate, guard: Guard) -> Object:
    """Creates a subscription of a customer.

    It gets the space's next serial number. Raises `BadRequest`.
    """

    def add(transaction: Transaction, customer: CustomerRow, space: SpaceRow) -> dict[str, Any]:
        number = spaces_repository.add_next_number(transaction, space, "serials")
        records.add_active_subscription(transaction, customer, at_most=MAX_ACTIVE_SUBSCRIPTIONS)
        listed = customer_key(account, str(customer.id))
        return {"serial_number": number, "status": ACTIVE, "customer_key": listed}

    return _create(SubscriptionRow, account, body, guard, add)


def get_invoice(account: str, id: str) -> Object:
    """Shows an invoice.

    Raises `NotFound`.
    """
    return objects.read_object(account, identifiers.require_record(InvoiceRow, account, id))


def get_subscription(account: str, id: str, token: str) -> Object:
    """Shows a customer's subscription.

    `id` is the customer's. Raises `NotFound`.
    """
    identifiers.require_record(CustomerRow, account, id)
    row = identifiers.require_record(SubscriptionRow, account, token)
    if row.customer["id"] != id:
        raise identifiers.unknown_in_path("subscription")
    return objects.read_object(account, row)


def pay_invoice(account: str, id: str, guard: Guard) -> Object:
    """Marks an invoice as paid.

    A paid one is returned unchanged, without an event. Raises `NotFound`.
    """
    return _change_invoice(account, id, guard, "invoice.paid", {"paid": True}, is_done=lambda row: row.paid)


def ship_invoice(account: str, id: str, body: ShipmentCreate, guard: Guard) -> Object:
    """Marks an invoice as shipped.

    Repeated with the same details, it is returned unchanged, without an event. Raises `NotFound`, or `Conflict` if it
    was shipped with other details.
    """
    details = {} if body.shipping_details is None else {"shipping_details": body.shipping_details}

    def is_done(row: InvoiceRow) -> bool:
        if row.shipped and row.shipping_details != body.shipping_details:
            raise Conflict("The invoice was shipped already, with other details.")
        return bool(row.shipped)

    return _change_invoice(account, id, guard, "invoice.shipped", {"shipped": True, **details}, is_done=is_done)


def _create(
    model: type[InvoiceRow | SubscriptionRow], account: str, body: InvoiceCreate, guard: Guard, add: _Add
) -> Object:
    """Creates an order. `add` adds what belongs to its kind to the transaction, and returns the fields of its own."""
    items = _items(body)
    total = _total(items)

    def once() -> Object:
        customer, space = _customer_and_space(account, body.customer)
        transaction = Transaction()
        order_id, position = identifiers.new_id(account, model.prefix)
        fields = {
            **add(transaction, customer, space),
            "id": order_id,
            "position": position,
            "space": int(customer.space),
            "comparable": canonical_email(customer.email),
            "customer": CustomerRead.model_validate(customer).model_dump(),
            "currency": body.currency,
            "items": items,
            "total": total,
            "billing_address": body.billing_address and body.billing_address.model_dump(),
            "shipping_address": body.shipping_address and body.shipping_address.model_dump(),
        }
        row = records.add_record(transaction, model, account, **fields)
        shown = objects.object_of(row, {int(space.number): objects.space_object(space)})
        events.record(transaction, account, f"{shown['object']}.created", shown, is_new=True)
        guard.seal(transaction, shown)
        try:
            transaction.commit()
        except records.TooManyActive as error:
            raise BadRequest(
                f"customer: has {MAX_ACTIVE_SUBSCRIPTIONS} active subscriptions, which is the most",
                param="customer",
            ) from error
        return shown

    # Orders of one space take turns for its numbers; the space is known only after the customer was read.
    return until_written("the space", once, at=(account, "orders"), guard=guard)


def _customer_and_space(account: str, customer_id: str) -> tuple[CustomerRow, SpaceRow]:
    customer = identifiers.find_record(CustomerRow, account, customer_id)
    space = None if customer is None else spaces_repository.find_space(account, int(customer.space))
    if customer is None or space is None:
        raise identifiers.unknown_in_body("customer")
    return customer, space


def _items(body: InvoiceCreate) -> list[Object]:
    items = []
    for number, item in enumerate(body.items, start=1):
        total_amount = line_total(item.quantity, item.unit_amount, item.discount)
        fields = {**item.model_dump(), "item_id": item.item_id or f"item_{number}", "currency": body.currency}
        items.append(ItemRead(**fields, total_amount=total_amount).model_dump())
    return items


def _total(items: list[Object]) -> int:
    try:
        return total_of(items)
    except WrongAmount as error:
        raise BadRequest(str(error), param="items") from error


def _change_invoice(
    account: str,
    invoice_id: str,
    guard: Guard,
    event_type: str,
    changes: dict[str, Any],
    *,
    is_done: Callable[[InvoiceRow], bool],
) -> Object:

    def once() -> Object:
        row = identifiers.require_record(InvoiceRow, account, invoice_id)
        if is_done(row):
            return objects.read_object(account, row)
        before = objects.read_object(account, row)
        transaction = Transaction()
        records.add_invoice_change(transaction, row, changes)
        shown = objects.read_object(account, row)
        events.record(transaction, account, event_type, shown, before=before)
        guard.seal(transaction, shown)
        transaction.commit()
        return shown

    return until_written("the invoice", once, at=(account, "invoice", invoice_id), guard=guard)
