"""The objects as clients see them, with what the service embeds."""

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
    """Something that happened."""

    object: Literal["event"]
    id: str
    type: str
    created: int
    data: EventData


class EventSent(EventShown):
    """The body of a webhook."""

    test: bool = Field(exclude_if=lambda test: not test, description="True of samples that were asked for by `…/test`.")
