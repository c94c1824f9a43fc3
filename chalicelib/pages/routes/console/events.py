"""`/console/webhooks/events`: an event with its body and its deliveries."""

from chalice.app import Response

from chalicelib.pages.routes.console.calls import ConsoleCall, page
from chalicelib.pages.routes.console.deliveries import State, readable
from chalicelib.webhooks.service import deliveries, endpoints, errors, events

ONE = "/console/webhooks/events/{id}"


@page(ONE, "webhooks")
def show_event(call: ConsoleCall, id: str) -> Response:
    """Shows an event with its body, and where it was sent."""
    if not events.EVENT_ID.fullmatch(id):
        raise errors.EventUnknown
    event = events.get_event(call.origin, id)
    sent = deliveries.deliveries_of(event)
    return call.show(
        "event.html",
        event=event,
        content=readable(event),
        deliveries=sent,
        states={row.id: State.of(row) for row in sent},
        urls={row.id: row.url for row in endpoints.all_endpoints(call.origin)},
    )
