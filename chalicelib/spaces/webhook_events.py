"""The webhooks of Spaces: each carries the event itself."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from chalicelib.core.clock import now
from chalicelib.core.ids import sortable_id
from chalicelib.spaces import domain
from chalicelib.spaces.domain import EVENT
from chalicelib.webhooks.domain import EventType

OWNER = "spaces"


def body_of(event_id: str, event_type: str, *, created: int, content: dict[str, Any]) -> dict[str, Any]:
    """The event as the API shows it and receivers get it; `created` is in unix seconds."""
    shown = {**content, "token": content["id"]} if content["object"] == "customer" else content
    return {"object": "event", "id": event_id, "type": event_type, "created": created, "data": {"object": shown}}


def example_of(event_type: str, *, event_id: str, created: int) -> dict[str, Any]:
    """An event of this type around the example of its object."""
    from chalicelib.spaces.examples import changed  # loads with the first sample, not with the first event

    return body_of(event_id, event_type, created=created, content=changed(event_type))


def _sample(event_type: str) -> dict[str, Any]:
    return example_of(event_type, event_id=f"{EVENT}{sortable_id()}", created=int(now().timestamp()))


def _customer(event: Mapping[str, Any]) -> str | None:
    """The id of the customer that an event or its order is about; for a captured e-mail address, its own id."""
    shown = event.get("data", {}).get("object", {})
    customer = shown.get("customer") or shown
    return customer.get("id") if isinstance(customer, Mapping) else None


EVENT_TYPES = tuple(
    EventType(name, partial(_sample, name), owner=OWNER, subject=_customer) for name in domain.EVENT_TYPES
)
