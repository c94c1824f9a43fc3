"""What can be refused here, with the words in which callers read it.

EndpointUnknown       404  the partner has no such endpoint
EndpointSilent        400  the delivery's endpoint is disabled or deleted
SpanReversed          400  a span of time that ends before it begins
TooManyEndpoints      400  the partner has as many as it may
DeliveryUnknown       404  the partner has no such delivery
DeliveryEnded         400  there is nothing left of the delivery to cancel
BodyGone              400  the delivery's event is not kept any more
EventUnknown          404  the partner has no such event
EventTypeUnknown      400  no feature declares this type
EventExists                an event with this id was recorded before
DeliveryExists             the endpoint has a delivery of this event
ContentTooLarge            an event's JSON text does not fit
"""

from collections.abc import Iterable

from chalicelib.core.errors import BadRequest, NotFound
from chalicelib.webhooks.domain import MAX_ENDPOINTS


class EndpointUnknown(NotFound):
    """The partner has no such endpoint."""

    def __init__(self) -> None:
        super().__init__("You have no such endpoint.")


class EndpointSilent(BadRequest):
    """The delivery's endpoint is disabled or deleted."""

    def __init__(self) -> None:
        super().__init__("The endpoint is disabled or deleted; enable it first.")


class SpanReversed(BadRequest):
    """A span of time that ends before it begins."""

    def __init__(self) -> None:
        super().__init__("until: must not be before since", param="until")


class TooManyEndpoints(BadRequest):
    """The partner has as many endpoints as it may."""

    def __init__(self) -> None:
        super().__init__(f"A partner may have {MAX_ENDPOINTS} endpoints.")


class DeliveryUnknown(NotFound):
    """The partner has no such delivery."""

    def __init__(self) -> None:
        super().__init__("You have no such delivery.")


class DeliveryEnded(BadRequest):
    """There is nothing left of the delivery to cancel; `status` is what has become of it."""

    def __init__(self, status: str) -> None:
        super().__init__(f"The delivery is {status}; only one that is scheduled can be canceled.")


class BodyGone(BadRequest):
    """The delivery's event is not kept any more, so that there is nothing to send."""

    def __init__(self) -> None:
        super().__init__("The delivery's event is not kept any more; it cannot be sent again.")


class EventUnknown(NotFound):
    """The partner has no such event."""

    def __init__(self) -> None:
        super().__init__("You have no such event.")


class EventTypeUnknown(BadRequest):
    """No feature declares this type."""

    def __init__(self, event_type: str, known: Iterable[str]) -> None:
        message = f"There is no event type {event_type!r}; there are {', '.join(known)}."
        super().__init__(message, param="event_type")


class EventExists(Exception):
    """An event with this id was recorded before."""


class DeliveryExists(Exception):
    """The endpoint has a delivery of this event."""


class ContentTooLarge(Exception):
    """An event's JSON text does not fit a row."""
