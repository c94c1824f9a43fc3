"""The event types that endpoints can ask for: what the features declare in `webhook_events.EVENT_TYPES`.

They are looked for when a type is first asked about, so they are the same whatever a process has loaded before. A
process that records events loads these modules, so they import little.
"""

from collections.abc import Collection
from typing import Any

from chalicelib.webhooks.domain import matches
from chalicelib.webhooks.named import declared_event_types
from chalicelib.webhooks.service.errors import EventTypeUnknown


def known_event_types() -> tuple[str, ...]:
    """Every declared type, in order of the alphabet."""
    return tuple(sorted(declared_event_types()))


def check_event_type(event_type: str) -> None:
    """Raises `EventTypeUnknown`."""
    if event_type not in declared_event_types():
        raise EventTypeUnknown(event_type, known_event_types())


def is_wanted(event_types: Collection[str], event_type: str) -> bool:
    """Whether an endpoint that names these types wants events of a type; false of one that is not declared any more."""
    declared = declared_event_types().get(event_type)
    return declared is not None and matches(event_types, event_type, by_name_only=declared.by_name_only)


def who_gets(event_type: str) -> str:
    """Who is sent a type that not every endpoint gets, and when it is recorded, in sentences; else empty."""
    declared = declared_event_types()[event_type]
    if not declared.by_name_only:
        return ""
    but = ", and never the endpoint that it is about" if declared.about_endpoint else ""
    recorded = " It is recorded only while there is one, enabled or not." if declared.named_only else ""
    return f"Only endpoints that name this type get it{but}.{recorded}"


def owner_of(event_type: str) -> str | None:
    """The surface that lists the deliveries of the type's events as its own."""
    return declared_event_types()[event_type].owner


def subject_of(event_type: str, content: Any) -> str | None:
    """What an event with this content is about, such as an NFT; None of a type without subjects."""
    subject = declared_event_types()[event_type].subject
    return None if subject is None else subject(content)


def endpoint_of(event_type: str, content: Any) -> str | None:
    """The id of the endpoint that an event with this content tells of; None of other events."""
    about = declared_event_types()[event_type].about_endpoint
    return None if about is None else about(content)


def tells_of_endpoints(event_type: str) -> bool:
    """Whether events of the type tell of an endpoint; False of a type from before that is not declared any more."""
    declared = declared_event_types().get(event_type)
    return declared is not None and declared.about_endpoint is not None


def sample_content(event_type: str) -> dict[str, Any]:
    """The content of a test event, marked by `"test": true`. Raises `EventTypeUnknown`."""
    check_event_type(event_type)
    return {**declared_event_types()[event_type].sample(), "test": True}
