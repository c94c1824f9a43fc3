"""What can be refused here.

WebhooksError
├── EndpointUnknown       the partner has no such endpoint
├── EndpointRefused       a URL or header that we do not send to or with; the text says why
├── EndpointSilent        the delivery's endpoint is disabled or deleted
├── TooManyEndpoints
├── DeliveryUnknown       the partner has no such delivery
├── EventUnknown          the partner has no such event
├── EventExists           an event with this id was recorded before
├── EventTypeUnknown      no feature declares this type; the text names it
└── ContentTooLarge       an event's JSON text does not fit
"""


class WebhooksError(Exception):
    """Base of the refusals here."""


class EndpointUnknown(WebhooksError):
    """The partner has no such endpoint."""


class EndpointRefused(WebhooksError):
    """A URL or header that we do not send to or with; the text is a sentence, `param` the field."""

    def __init__(self, sentence: str, *, param: str) -> None:
        super().__init__(sentence)
        self.param = param


class EndpointSilent(WebhooksError):
    """The delivery's endpoint is disabled or deleted."""


class TooManyEndpoints(WebhooksError):
    """The partner has as many endpoints as it may."""


class DeliveryUnknown(WebhooksError):
    """The partner has no such delivery."""


class EventUnknown(WebhooksError):
    """The partner has no such event."""


class EventExists(WebhooksError):
    """An event with this id was recorded before."""


class EventTypeUnknown(WebhooksError):
    """No feature declares this type; the text names it."""


class ContentTooLarge(WebhooksError):
    """An event's JSON text does not fit a row."""
