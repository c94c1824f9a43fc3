"""Events about endpoints and deliveries themselves, each in the transaction of the change that it tells of.

So there is one for each change, whatever dies. None is sent to the endpoint that it is about, and a delivery of one
that is given up makes no other: so two endpoints that do not answer cannot cause events about each other without end.
"""

from chalicelib.core.clock import epoch_micros, now
from chalicelib.core.transactions import Transaction
from chalicelib.webhooks import event_bodies
from chalicelib.webhooks.breaker import Health
from chalicelib.webhooks.domain import DisabledCode
from chalicelib.webhooks.models.deliveries import DeliveryRow
from chalicelib.webhooks.models.endpoints import EndpointRow
from chalicelib.webhooks.service.event_types import tells_of_endpoints
from chalicelib.webhooks.service.events import emit


def add_failing(transaction: Transaction, endpoint: EndpointRow, health: Health) -> None:
    """Adds the event of a breaker that opens."""
    content = event_bodies.endpoint_failing(
        endpoint.id,
        url=endpoint.url,
        at=epoch_micros(now()),
        since=health.trouble_since,
        next_call=health.open_until,
    )
    _add(transaction, endpoint.origin, content)


def add_disabled(transaction: Transaction, endpoint: EndpointRow, *, code: DisabledCode) -> None:
    """Adds the event of an endpoint that is disabled, not by its partner."""
    at = epoch_micros(now())
    _add(transaction, endpoint.origin, event_bodies.endpoint_disabled(endpoint.id, url=endpoint.url, at=at, code=code))


def add_exhausted(transaction: Transaction, row: DeliveryRow) -> None:
    """Adds the event of a delivery without tries left; none where its own event tells of an endpoint."""
    if tells_of_endpoints(row.event_type):
        return
    last = row.recent_attempts[-1] if row.recent_attempts else {}
    content = event_bodies.delivery_exhausted(
        row.endpoint_id,
        at=epoch_micros(now()),
        delivery_id=row.id,
        event_id=row.event_id,
        event_type=row.event_type,
        attempts=int(row.attempts_made),
        last_status=last.get("status"),
        last_error=last.get("error"),
    )
    _add(transaction, row.origin, content)


def _add(transaction: Transaction, origin: str, content: event_bodies.Body) -> None:
    emit(transaction, origin=origin, event_type=content["actionType"], content=content)
