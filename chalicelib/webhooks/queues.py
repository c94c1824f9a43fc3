"""The queues of deliveries: first tries apart from everything slow, so that trouble holds up nobody else.

A message names a delivery, its endpoint and its event, and nothing else. The endpoint is also its group: SQS lets
the messages of quiet groups pass those of a noisy one ("fair queues"), in standard queues too. The visibility time-out
is longer than a worker may run, and than its lease of the row, so that a message handed out again finds the row free.

Each queue has workers of its own, its *lane*.
"""

from datetime import timedelta

from chalicelib.core.queues import Message, Queue
from chalicelib.core.settings import settings
from chalicelib.webhooks.domain import grace_seconds

DELIVER = "DeliverWebhook"
RECOVER = "RecoverDeliveries"
CANCEL = "CancelDeliveries"
CLOSE = "CloseEndpoint"
TELL = "TellPartner"
FAST = Queue("webhooks-fast", visibility_seconds=90)
SLOW = Queue("webhooks-slow", visibility_seconds=90)
QUEUES = (FAST, SLOW)


def workers_of(lane: Queue) -> int:
    """How many workers a lane has."""
    return settings().fast_webhook_workers if lane == FAST else settings().slow_webhook_workers


def sweep_grace() -> timedelta:
    """How long the sweep leaves what is due to the message that was queued for it."""
    return timedelta(seconds=grace_seconds(settings().seconds_scale))


def deliver_message(
    origin: str,
    delivery_id: str,
    *,
    endpoint_id: str,
    event_id: str | None,
    again: int | None = None,
    delay_seconds: int = 0,
) -> Message:
    """Asks for the next attempt of a delivery, if it is due when the message comes.

    `event_id` is None where the sender does not know it. `again` is None until the message is handed over to the slow
    lane; from then on it counts how often that had no room.
    """
    body: dict[str, str | int] = {"origin": origin, "delivery_id": delivery_id, "endpoint_id": endpoint_id}
    if event_id is not None:
        body["event_id"] = event_id
    if again is not None:
        body["again"] = again
    return Message(DELIVER, body, group=endpoint_id, delay_seconds=delay_seconds)


def recover_message(origin: str, recovery_id: str) -> Message:
    """Asks for the next page of a recovery."""
    return Message(RECOVER, {"origin": origin, "recovery_id": recovery_id})


def cancel_message(origin: str, cancellation_id: str) -> Message:
    """Asks for the next page of a cancellation."""
    return Message(CANCEL, {"origin": origin, "cancellation_id": cancellation_id})


def close_message(origin: str, endpoint_id: str, *, delay_seconds: int = 0) -> Message:
    """Asks for an end to the open deliveries of a deleted endpoint."""
    return Message(CLOSE, {"origin": origin, "endpoint_id": endpoint_id}, delay_seconds=delay_seconds)


def tell_message(origin: str, letter_id: str) -> Message:
    """Asks for a letter to be sent, if it was not."""
    return Message(TELL, {"origin": origin, "letter_id": letter_id})
