"""The queues of deliveries: first tries apart from everything slow, so that trouble holds up nobody else.

A message names a delivery and carries nothing else. The visibility time-out is longer than a worker may
run, and than its lease of the row, so that a message handed out again finds the row free.
"""

from chalicelib.core.queues import Message, Queue

DELIVER = "DeliverWebhook"
RECOVER = "RecoverDeliveries"
CLOSE = "CloseEndpoint"
TELL = "TellPartner"
FAST = Queue("webhooks-fast", visibility_seconds=90)
SLOW = Queue("webhooks-slow", visibility_seconds=90)
QUEUES = (FAST, SLOW)


def deliver_message(origin: str, delivery_id: str, *, delay_seconds: int = 0) -> Message:
    """Asks for the next attempt of a delivery, if it is due when the message comes."""
    return Message(DELIVER, {"origin": origin, "delivery_id": delivery_id}, delay_seconds=delay_seconds)


def recover_message(origin: str, recovery_id: str) -> Message:
    """Asks for the next page of a recovery."""
    return Message(RECOVER, {"origin": origin, "recovery_id": recovery_id})


def close_message(origin: str, endpoint_id: str, *, delay_seconds: int = 0) -> Message:
    """Asks for an end to the open deliveries of a deleted endpoint."""
    return Message(CLOSE, {"origin": origin, "endpoint_id": endpoint_id}, delay_seconds=delay_seconds)


def tell_message(origin: str, letter_id: str) -> Message:
    """Asks for a letter to be sent, if it was not."""
    return Message(TELL, {"origin": origin, "letter_id": letter_id})
