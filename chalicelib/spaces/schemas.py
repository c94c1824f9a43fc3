"""Request and response schemas of the Spaces API. A request may be a form, in which numbers are text."""

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationInfo, field_validator

from chalicelib.core.numbers import read_whole
from chalicelib.core.schemas import Email, Read, Wire
from chalicelib.spaces.currencies import CURRENCIES
from chalicelib.spaces.domain import LARGEST_SPACE, MAX_AMOUNT, MAX_DETAILS_BYTES, MAX_ITEMS, MAX_QUANTITY, line_total
from chalicelib.webhooks.breaker import DISABLED_AFTER
from chalicelib.webhooks.domain import Status
from chalicelib.webhooks.targets import Url

LONGEST_TEXT = 500
LAST_SECOND = 99_999_999_999


def _currency(value: str) -> str:
    if value.upper() not in CURRENCIES:
        raise ValueError("must be an ISO 4217 code, such as EUR")
    return value.upper()


def _web_address(value: str) -> str:
    scheme, _, rest = value.partition("://")
    if scheme.lower() not in ("http", "https") or not rest or any(letter.isspace() for letter in value):
        raise ValueError("must be an http or https address")
    return value


def _number(value: Any) -> Any:
    number = read_whole(value) if isinstance(value, str) else None
    return value if number is None else number


Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]
RequiredText = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT)]
Currency = Annotated[str, StringConstraints(min_length=3, max_length=3), AfterValidator(_currency)]
WebAddress = Annotated[RequiredText, AfterValidator(_web_address)]
SpaceNumber = Annotated[int, BeforeValidator(_number), Field(ge=1, le=LARGEST_SPACE)]
Amount = Annotated[int, Field(ge=0, le=MAX_AMOUNT)]
Quantity = Annotated[int, Field(ge=1, le=MAX_QUANTITY)]
Second = Annotated[int, Field(ge=0, le=LAST_SECOND)]


class SpaceCreate(Wire):
    """POST /spaces. No address: not public."""

    url: WebAddress | None = None
    """The space's address; null: not public."""


class SpaceUpdate(SpaceCreate):
    """PATCH /spaces/{n}."""


class CustomerCreate(Wire):
    """POST /customers."""

    name: RequiredText
    """The name."""
    email: Email
    """The e-mail address."""
    space: SpaceNumber
    """The number of the space that the customer belongs to."""


class CustomerUpdate(Wire):
    """PATCH /customers/{id}: the given fields change."""

    name: RequiredText = ""
    email: Email = ""


class Address(Wire):
    """Where something is billed or shipped to."""

    line_1: Text | None = None
    """The first line."""
    line_2: Text | None = None
    """The second line."""
    line_3: Text | None = None
    """The third line."""
    zip_code: Text | None = None
    """The postal code."""
    locality: Text | None = None
    """The town."""
    region: Text | None = None
    """The region or state."""
    country: Text | None = None
    """The country."""


class ItemCreate(Wire):
    """A line of an invoice; its total is computed."""

    item_id: RequiredText | None = None
    """Names the line; without one it is numbered."""
    description: Text = ""
    """What is sold."""
    quantity: Quantity = 1
    """How many."""
    unit_amount: Amount
    """The price of one, in minor units."""
    discount: Amount = 0
    """Taken off the line, in minor units; at most the line itself."""
    currency: Currency | None = None
    """ISO 4217, such as `EUR`; one for the whole."""
    date_range_start: Second | None = None
    """Where a time is sold: its beginning, in unix seconds."""
    date_range_end: Second | None = None
    """Where a time is sold: its end, in unix seconds."""

    @field_validator("discount")
    @classmethod
    def _discount_is_within_the_line(cls, discount: int, info: ValidationInfo) -> int:
        if {"quantity", "unit_amount"} <= info.data.keys():
            line_total(info.data["quantity"], info.data["unit_amount"], discount)
        return discount

    @field_validator("date_range_end")
    @classmethod
    def _range_runs_forward(cls, end: int | None, info: ValidationInfo) -> int | None:
        start = info.data.get("date_range_start")
        if start is not None and end is not None and start > end:
            raise ValueError("must not come before date_range_start")
        return end


class InvoiceCreate(Wire):
    """POST /invoices. Totals are computed, and refused here."""

    customer: RequiredText
    """The customer's id."""
    currency: Currency
    items: list[ItemCreate] = Field(
        min_length=1,
        max_length=MAX_ITEMS,
        description=f"The lines, 1 to {MAX_ITEMS}. Totals are computed, and refused here.",
    )
    billing_address: Address | None = None
    """Where it is billed to."""
    shipping_address: Address | None = None
    """Where it is shipped to."""

    @field_validator("items")
    @classmethod
    def _items_have_one_currency(cls, items: list[ItemCreate], info: ValidationInfo) -> list[ItemCreate]:
        currency = info.data.get("currency")
        for number, item in enumerate(items):
            if currency is not None and item.currency not in (None, currency):
                raise ValueError(f"number {number} is in {item.currency}, and the whole in {currency}")
        return items


class SubscriptionCreate(InvoiceCreate):
    """POST /subscriptions, as invoices."""


class Nothing(Wire):
    """A body of no fields."""


def _details(value: str | dict[str, str] | None) -> str | dict[str, str] | None:
    if len(json.dumps(value, ensure_ascii=False).encode()) > MAX_DETAILS_BYTES:
        raise ValueError(f"must have at most {MAX_DETAILS_BYTES} bytes as JSON")
    return value


class ShipmentCreate(Wire):
    """POST /invoices/{id}/ship: free text, or named texts such as a carrier and a tracking number."""

    shipping_details: Annotated[
        Text | Annotated[dict[RequiredText, Text], Field(max_length=20)] | None, AfterValidator(_details)
    ] = None
    """How it is shipped: a text, or named texts such as a carrier and a tracking number."""


class CapturedEmailCreate(Wire):
    """POST /captured_emails."""

    email: Email
    space: SpaceNumber
    """The number of the space that captured it."""


class HookCreate(Wire):
    """POST /resource_subscriptions."""

    event: RequiredText
    """The event's type, such as `invoice.paid`."""
    target_url: Url
    """Where events are sent."""


class AccountRead(Read):
    """The account of the token."""

    object: Literal["account"] = "account"
    """What kind of object it is."""
    id: str
    """Names it in addresses and cursors."""
    name: str
    email: str | None
    """The account's contact."""
    created: int
    """When it was made, in unix seconds."""
    avatar_image_url: str | None
    """The account's image; null: none."""
    referral_code: str
    """The account's code to recommend the platform with."""


class SpaceRead(Read):
    """A space; `id` and `n` are its number."""

    object: Literal["space"] = "space"
    id: int
    """The space's number; the same as `n`."""
    n: int
    """The space's number; runs from 1."""
    url: str | None
    created: int


class CustomerRead(Read):
    """A customer; its space is put in by the service."""

    object: Literal["customer"] = "customer"
    id: str
    name: str
    email: str
    created: int


class ItemRead(Read):
    """A line of an invoice."""

    object: Literal["item"] = "item"
    item_id: str
    description: str
    quantity: int
    discount: int
    unit_amount: int
    total_amount: int
    """quantity × unit_amount − discount, in minor units."""
    currency: str
    date_range_start: int | None
    date_range_end: int | None


class InvoiceRead(Read):
    """An invoice; its items and its customer are put in by the service."""

    object: Literal["invoice"] = "invoice"
    id: str
    order_number: int
    """Counts the invoices of the space."""
    created: int
    currency: str
    total: int
    """The sum of the lines, in minor units."""
    billing_address: dict[str, Any] | None
    shipping_address: dict[str, Any] | None
    paid: bool
    """Whether it is paid."""
    shipped: bool
    """Whether it is shipped."""
    shipping_details: str | dict[str, str] | None


class SubscriptionRead(Read):
    """A subscription; its items and its customer are put in by the service."""

    object: Literal["subscription"] = "subscription"
    id: str
    token: str
    """The same as `id`."""
    serial_number: int
    """Counts the subscriptions of the space."""
    created: int
    status: Literal["active", "canceled"]
    """Where it stands."""
    currency: str
    total: int
    billing_address: dict[str, Any] | None
    shipping_address: dict[str, Any] | None


class CapturedEmailRead(Read):
    """A captured address; its space is put in by the service."""

    object: Literal["captured_email"] = "captured_email"
    id: str
    email: str
    created: int


class DeliveryRead(Read):
    """A webhook: one event on its way to one address."""

    object: Literal["webhook"] = "webhook"
    id: str
    url: str
    """Where it is sent."""
    event: str
    event_id: str
    """The event that is delivered."""
    pending: bool
    """True while it is to be tried again."""
    status: Status
    created: int


class HookRead(Read):
    """A REST hook."""

    object: Literal["resource_subscription"] = "resource_subscription"
    id: str
    event: str
    target_url: str
    enabled: bool = Field(description=f"False once the address has answered 410 or failed for {DISABLED_AFTER}.")
    created: int


class HookCreated(HookRead):
    """The one answer that holds the secret its deliveries are signed with."""

    secret: str
    """What deliveries are signed with. It is shown here and never again."""
