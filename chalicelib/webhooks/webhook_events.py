"""The webhooks about endpoints and deliveries themselves. Their bodies are in `event_bodies`."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from chalicelib.webhooks.domain import DISABLED_EVENT, EXHAUSTED_EVENT, FAILING_EVENT, EventType


def _sample(event_type: str) -> Mapping[str, Any]:
    from chalicelib.webhooks.event_bodies import sample_of  # loads with the first sample, not with the first event

    return sample_of(event_type)


def _endpoint(content: Mapping[str, Any]) -> str | None:
    return content.get("endpointId")


def _delivery(content: Mapping[str, Any]) -> str | None:
    return content.get("deliveryId")


EVENT_TYPES = tuple(
    EventType(name, partial(_sample, name), by_name_only=True, subject=subject, about_endpoint=_endpoint)
    for name, subject in ((FAILING_EVENT, _endpoint), (DISABLED_EVENT, _endpoint), (EXHAUSTED_EVENT, _delivery))
)
