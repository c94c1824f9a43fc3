"""The API reference of the Spaces API, and of its webhooks: each carries the event itself."""

from chalicelib.core.reference import Hook
from chalicelib.spaces.domain import EVENT_TYPES
from chalicelib.spaces.examples import CREATED, EVENT_ID
from chalicelib.spaces.reference.resources import SPACES
from chalicelib.spaces.reference.shown import EventSent
from chalicelib.spaces.webhook_events import example_of

SECTIONS = (SPACES,)
HOOKS = tuple(
    Hook(
        event_type=event_type,
        summary=summary,
        description="The body is the event as `/api/v1/events` shows it, with the object after the change.",
        body=EventSent,
        example=example_of(event_type, event_id=EVENT_ID, created=CREATED),
    )
    for event_type, summary in EVENT_TYPES.items()
)
