"""The webhooks of Spaces: each carries the event itself."""

from functools import partial
from typing import Any

from chalicelib.core.clock import now
from chalicelib.core.ids import sortable_id
from chalicelib.spaces import domain
from chalicelib.spaces.domain import EVENT
from chalicelib.webhooks.domain import EventType


def body_of(event_id: str, event_type: str, *, created: int, content: dict[str, Any]) -> dict[str, Any]:
    """The event as the API shows it and receivers get it; `created` is in unix seconds."""
    shown = {**content, "token": content["id"]} if content["object"] == "customer" else content
    return {"object": "event", "id": event_id, "type": event_type, "created": created, "data": {"object": shown}}


def _sample(event_type: str) -> dict[str, Any]:
    kind, _, _ = event_type.partition(".")
    created = int(now().timestamp())
    content = {"object": kind, "id": "sample", "created": created}
    return body_of(f"{EVENT}{sortable_id()}", event_type, created=created, content=content)


EVENT_TYPES = tuple(EventType(name, partial(_sample, name)) for name in domain.EVENT_TYPES)
