"""The webhooks of Spaces: each carries the event itself."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from chalicelib.core.reference import Hook
from chalicelib.spaces.reference.shown import (
    CAPTURED_EMAIL,
    CREATED,
    CUSTOMER,
    CUSTOMER_ID,
    EVENT_ID,
    INVOICE,
    SUBSCRIPTION,
    EventShown,
)


class SampleObject(BaseModel):
    """The object of a sample."""

    object: str
    id: Literal["sample"]
    created: int
    token: str | None = Field(exclude_if=lambda token: token is None)


class SampleData(BaseModel):
    """What a sample happened to."""

    object: SampleObject


class SampleEvent(BaseModel):
    """A sample, asked for by `…/test`."""

    object: Literal["event"]
    id: str
    type: str
    created: int
    data: SampleData
    test: bool = Field(description="Always true.")


_CUSTOMER = {**CUSTOMER, "token": CUSTOMER_ID}
# What each event happened to, and what is said of it.
_EVENTS: dict[str, tuple[dict[str, Any], str]] = {
    "captured_email.created": (CAPTURED_EMAIL, "An e-mail address was captured"),
    "customer.created": (_CUSTOMER, "A customer was created"),
    "customer.deleted": (_CUSTOMER, "A customer was deleted"),
    "customer.updated": (_CUSTOMER, "A customer was changed"),
    "invoice.created": (INVOICE, "An invoice was created"),
    "invoice.paid": ({**INVOICE, "paid": True}, "An invoice was paid"),
    "invoice.shipped": ({**INVOICE, "shipped": True, "shipping_details": "DHL"}, "An invoice was shipped"),
    "subscription.canceled": ({**SUBSCRIPTION, "status": "canceled"}, "A subscription was canceled"),
    "subscription.created": (SUBSCRIPTION, "A subscription was created"),
}
_BODY = EventShown | SampleEvent

HOOKS = tuple(
    Hook(
        event_type=event_type,
        summary=summary,
        description="The body is the event as `/api/v1/events` shows it, with the object after the change.",
        body=_BODY,
        example={
            "object": "event",
            "id": EVENT_ID,
            "type": event_type,
            "created": CREATED,
            "data": {"object": changed},
        },
    )
    for event_type, (changed, summary) in _EVENTS.items()
)
