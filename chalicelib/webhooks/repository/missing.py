"""Events that an endpoint never got a delivery of."""

from collections.abc import Sequence

from chalicelib.core.ids import TIME_LENGTH
from chalicelib.webhooks.models.deliveries import DeliveryRow, deliveries_group
from chalicelib.webhooks.models.events import EventRow
from chalicelib.webhooks.repository.deliveries import PREFIX, delivery_id_of, find_deliveries


def without_delivery(endpoint_id: str, events: Sequence[EventRow]) -> list[EventRow]:
    """Those of a page of events, oldest first, that have no delivery to the endpoint.

    An index names most that have one. It lags, and ids of an earlier version do not follow from the event; so rows
    decide about the others.
    """
    if not events:
        return []
    by_id = {delivery_id_of(event, endpoint_id): event for event in events}
    listed = _listed(events[0], events[-1], endpoint_id)
    unsure = [*(by_id.keys() - listed), *(listed - by_id.keys())]
    found = find_deliveries(events[0].origin, unsure)
    got = {row.event_id for row in found} | {by_id[each].id for each in by_id.keys() & listed}
    return [event for event in events if event.id not in got]


def _listed(first: EventRow, last: EventRow, endpoint_id: str) -> set[str]:
    """Ids of the endpoint's deliveries, as an index shows them, of events from the one to the other."""
    earliest, latest = (f"{PREFIX}{event.list_sort[:TIME_LENGTH]}" for event in (first, last))
    positions = DeliveryRow.list_sort.between(earliest, f"{latest}~")
    partition = deliveries_group(first.origin, endpoint_id)
    return {str(each.list_sort) for each in DeliveryRow.grouped.query(partition, positions)}
