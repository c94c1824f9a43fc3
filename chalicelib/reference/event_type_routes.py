"""`/webhooks/event_types`: the catalogue of events."""

from chalicelib.core.pagination import Page
from chalicelib.reference.schemas import EventTypeRead
from chalicelib.webhooks.routes import EVENT_TYPES, WebhookViews

routes = WebhookViews(__name__)


@routes.get(EVENT_TYPES, EventTypeRead)
def list_event_types(origin: str) -> Page[EventTypeRead]:
    """Lists every event type, all on one page."""
    from chalicelib.reference import event_types  # with the schemas of all bodies

    del origin
    return Page(event_types.all_event_types(), has_more=False)


@routes.get(EVENT_TYPES + "/{type}")
def get_event_type(origin: str, type: str) -> EventTypeRead:
    """Shows an event type: what it tells, the schema of its bodies, an example."""
    from chalicelib.reference import event_types

    del origin
    return event_types.event_type(type)
