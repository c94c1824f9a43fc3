"""An example of each object, for the reference and for sample webhooks."""

from typing import Any

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
_OF_KIND = {each["object"]: each for each in (CAPTURED_EMAIL, CUSTOMER, INVOICE, SUBSCRIPTION)}
# The fields that each change sets.
_CHANGED: dict[str, dict[str, Any]] = {
    "invoice.paid": {"paid": True},
    "invoice.shipped": {"shipped": True, "shipping_details": "DHL"},
    "subscription.canceled": {"status": "canceled"},
}


def changed(event_type: str) -> dict[str, Any]:
    """The example object of an event type, after the change."""
    return {**_OF_KIND[event_type.partition(".")[0]], **_CHANGED.get(event_type, {})}


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
