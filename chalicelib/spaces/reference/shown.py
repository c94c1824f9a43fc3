"""The objects as clients see them, with what the service embeds, and an example of each."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from chalicelib.core.reference import StripeErrorType
from chalicelib.spaces.schemas import (
    AccountRead,
    CapturedEmailRead,
    CustomerRead,
    DeliveryRead,
    InvoiceRead,
    ItemRead,
    SpaceRead,
    SubscriptionRead,
)


class SpacesErrorWords(BaseModel):
    """What is said of an error."""

    message: str
    code: str
    param: str | None = Field(exclude_if=lambda param: param is None)


class SpacesErrorDetail(SpacesErrorWords):
    """The same, where Stripe's clients look for it."""

    type: StripeErrorType


class SpacesError(SpacesErrorWords):
    """An error of the Spaces API."""

    error: SpacesErrorDetail


class AccountShown(AccountRead):
    """The account of the token."""


class SpaceShown(SpaceRead):
    """A space."""


class CustomerShown(CustomerRead):
    """A customer with its space."""

    space: SpaceShown


class ItemList(BaseModel):
    """The lines of an invoice or a subscription."""

    object: Literal["list"]
    count: int
    has_more: bool
    data: list[ItemRead]


class AddressShown(BaseModel):
    """Where something is billed or shipped to."""

    line_1: str | None
    line_2: str | None
    line_3: str | None
    zip_code: str | None
    locality: str | None
    region: str | None
    country: str | None


class InvoiceShown(InvoiceRead):
    """An invoice with its lines and the customer as it was."""

    billing_address: AddressShown | None  # type: ignore[assignment]  # what the row keeps of a checked Address
    shipping_address: AddressShown | None  # type: ignore[assignment]  # the same
    items: ItemList
    customer: CustomerShown


class SubscriptionShown(SubscriptionRead):
    """A subscription with its lines and the customer as it was."""

    billing_address: AddressShown | None  # type: ignore[assignment]  # what the row keeps of a checked Address
    shipping_address: AddressShown | None  # type: ignore[assignment]  # the same
    items: ItemList
    customer: CustomerShown


class CapturedEmailShown(CapturedEmailRead):
    """A captured address with its space."""

    space: SpaceShown


class WebhookShown(DeliveryRead):
    """A webhook: one event on its way to one address."""


class CustomerDeleted(BaseModel):
    """A customer that is gone."""

    id: str
    object: Literal["customer"]
    deleted: Literal[True]


class HookDeleted(BaseModel):
    """A subscription to an event that is gone."""

    id: str
    object: Literal["resource_subscription"]
    deleted: Literal[True]


class CustomerInEvent(CustomerShown):
    """A customer as events carry it: with `token` beside `id`."""

    token: str


class EventData(BaseModel):
    """What an event happened to."""

    object: CustomerInEvent | InvoiceShown | SubscriptionShown | CapturedEmailShown


class EventShown(BaseModel):
    """Something that happened; the body of webhooks, too."""

    object: Literal["event"]
    id: str
    type: str
    created: int
    data: EventData


CREATED = 1749413520
CUSTOMER_ID = "cus_01JXA8Z7Q2W4E6R8T0Y2G7K1M0Q4R8T2V"
INVOICE_ID = "inv_01JXA8Z7Q2W4E6R8T0Y2G7K1M0Q4R8T2V"
SUBSCRIPTION_ID = "sub_01JXA8Z7Q2W4E6R8T0Y2G7K1M0Q4R8T2V"
EVENT_ID = "evt_01JXA8Z7Q2W4E6R8T0Y2G7K1M0Q4R8T2V"
HOOK_ID = "hook_01JXA8Z7Q2W4E6R8T0Y2G7K1M0Q4R8T2V"
SPACE = {"object": "space", "id": 1, "n": 1, "url": "https://spacex.example", "created": CREATED}
CUSTOMER: dict[str, Any] = {
    "object": "customer",
    "id": CUSTOMER_ID,
    "name": "Ada",
    "email": "ada@example.com",
    "created": CREATED,
    "space": SPACE,
}
_ITEMS = {
    "object": "list",
    "count": 1,
    "has_more": False,
    "data": [
        {
            "object": "item",
            "item_id": "ticket",
            "description": "Ticket",
            "quantity": 2,
            "discount": 500,
            "unit_amount": 2500,
            "total_amount": 4500,
            "currency": "EUR",
            "date_range_start": None,
            "date_range_end": None,
        }
    ],
}
_SOLD: dict[str, Any] = {
    "created": CREATED,
    "currency": "EUR",
    "total": 4500,
    "billing_address": None,
    "shipping_address": {
        "line_1": "1 Rocket Road",
        "line_2": None,
        "line_3": None,
        "zip_code": "90250",
        "locality": "Hawthorne",
        "region": "CA",
        "country": "US",
    },
    "items": _ITEMS,
    "customer": CUSTOMER,
}
INVOICE: dict[str, Any] = {
    "object": "invoice",
    "id": INVOICE_ID,
    "order_number": 1,
    "paid": False,
    "shipped": False,
    "shipping_details": None,
    **_SOLD,
}
SUBSCRIPTION: dict[str, Any] = {
    "object": "subscription",
    "id": SUBSCRIPTION_ID,
    "token": SUBSCRIPTION_ID,
    "serial_number": 1,
    "status": "active",
    **_SOLD,
}
CAPTURED_EMAIL: dict[str, Any] = {
    "object": "captured_email",
    "id": "cap_01JXA8Z7Q2W4E6R8T0Y2G7K1M0Q4R8T2V",
    "email": "ada@example.com",
    "created": CREATED,
    "space": SPACE,
}
EVENT: dict[str, Any] = {
    "object": "event",
    "id": EVENT_ID,
    "type": "invoice.paid",
    "created": CREATED,
    "data": {"object": {**INVOICE, "paid": True}},
}
WEBHOOK: dict[str, Any] = {
    "object": "webhook",
    "id": "dlv_01JXA8Z7Q2W4E6R8T0Y2G7K1M0Q4R8T2V",
    "url": "https://hooks.spacex.example/orders",
    "event": "invoice.paid",
    "event_id": EVENT_ID,
    "pending": False,
    "status": "delivered",
    "created": CREATED,
}
HOOK: dict[str, Any] = {
    "object": "resource_subscription",
    "id": HOOK_ID,
    "event": "invoice.paid",
    "target_url": "https://hooks.spacex.example/orders",
    "enabled": True,
    "created": CREATED,
}
ACCOUNT: dict[str, Any] = {
    "object": "account",
    "id": "spacex",
    "name": "Space X",
    "email": "ops@spacex.example",
    "created": CREATED,
    "avatar_image_url": None,
    "referral_code": "G7K1M0Q4",
}
