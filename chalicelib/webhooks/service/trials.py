"""Trying a filter before it counts: on the newest events, or on a sample of each type."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from chalicelib.core.windows import Window
from chalicelib.webhooks.filters import Filter, passes
from chalicelib.webhooks.repository import events as repository
from chalicelib.webhooks.service.endpoints import get_endpoint
from chalicelib.webhooks.service.event_types import is_wanted, known_event_types, sample_content
from chalicelib.webhooks.service.events import content_of

TRIED_EVENTS = 100


class Trial(NamedTuple):
    """An event that a filter was tried on, and whether it passes; `event_id` and `created_at` are None of a sample."""

    event_id: str | None
    event_type: str
    created_at: datetime | None
    passes: bool


def try_endpoint(
    origin: str, endpoint_id: str, *, groups: Filter | None, event_types: Collection[str] | None, samples: bool
) -> list[Trial]:
    """Tries an endpoint's filter, or the one given, on events of the types that it wants, or of those given.

    Raises `EndpointUnknown`.
    """
    endpoint = get_endpoint(origin, endpoint_id)
    chosen = (endpoint.filter or ()) if groups is None else groups
    return try_filter(origin, chosen, endpoint.event_types if event_types is None else event_types, samples=samples)


def try_filter(origin: str, groups: Filter, event_types: Collection[str], *, samples: bool) -> list[Trial]:
    """Tries a filter on those of the newest events that an endpoint of these types wants, or on a sample of each."""
    if samples:
        wanted = [name for name in known_event_types() if is_wanted(event_types, name)]
        return [Trial(None, name, None, passes(groups, sample_content(name))) for name in wanted]
    recent = repository.list_events(origin, Window(limit=TRIED_EVENTS), event_type=None).items
    return [
        Trial(row.id, row.event_type, row.created_at, passes(groups, content_of(row)))
        for row in recent
        if is_wanted(event_types, row.event_type)
    ]
