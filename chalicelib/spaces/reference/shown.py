"""The response objects, with the objects embedded in them."""

from typing import Literal

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
    """The fields of an error."""

    message: str
    """The reason as a sentence."""
    code: str
    """The reason as a word that programs can rely on."""
    param: str | None = Field(exclude_if=lambda param: param is None)
    """The field or parameter that is wrong, where there is one."""


class SpacesErrorDetail(SpacesErrorWords):
    """The same fields where Stripe's clients read them."""

    type: StripeErrorType
    """The reason as Stripe's clients know it."""


class SpacesError(SpacesErrorWords):
    """An error of the Spaces API."""

    error: SpacesErrorDetail
    """The same, where Stripe's clients look for it."""


class AccountShown(AccountRead):
    """The account of the token."""


class SpaceShown(SpaceRead):
    """A space."""


class CustomerShown(CustomerRead):
    """A customer with its space."""

    space: SpaceShown
    """The space that it belongs to."""


class ItemList(BaseModel):
    """The lines of an invoice or a subscription."""

    object: Literal["list"]
    """What kind of object it is."""
    count: int
    """How many lines there are."""
    has_more: bool
    """Always false: every line is here."""
    data: list[ItemRead]
    """The lines."""


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
    """The lines."""
    customer: CustomerShown
    """The customer as it was at the time."""


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
    """Always true."""


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
    """The object as it is after the change."""


class EventShown(BaseModel):
    """Something that happened."""

    object: Literal["event"]
    id: str
    type: str
    """What happened."""
    created: int
    data: EventData
    """What it happened to."""


class EventSent(EventShown):
    """The body of a webhook."""

    test: bool = Field(exclude_if=lambda test: not test)
    """True of samples that were asked for by `…/test`."""
