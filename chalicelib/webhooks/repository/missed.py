"""Which deliveries an endpoint missed: noted with the change of each, and so known at once."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from chalicelib.core.clock import now
from chalicelib.core.transactions import Transaction
from chalicelib.webhooks.domain import Choice
from chalicelib.webhooks.models.deliveries import DeliveryRow, MissedRow, missed_pk, status_keys


class Span(NamedTuple):
    """Deliveries of an endpoint created from `since` to `until` (ids, as positions), and missed by a time.

    Or events, by their positions, that it has no delivery of.
    """

    origin: str
    endpoint_id: str
    since: str
    until: str
    by: datetime


def add_missed(transaction: Transaction, delivery: DeliveryRow, *, status: str, at: datetime) -> None:
    """Notes that a delivery was missed, in the transaction in which it ends so."""
    transaction.put(
        MissedRow(
            missed_pk(delivery.origin, delivery.endpoint_id),
            delivery.id,
            missed_at=at,
            status=status,
            event_type=delivery.event_type,
            ttl=delivery.body_end,
        )
    )


def add_restarted(transaction: Transaction, delivery: DeliveryRow) -> None:
    """Notes that a delivery is not missed any more."""
    transaction.delete(MissedRow(missed_pk(delivery.origin, delivery.endpoint_id), delivery.id))


def missed_deliveries(span: Span, *, limit: int | None = None) -> list[str]:
    """Ids of the span's missed deliveries, oldest first, as they are now."""
    return [row.sk for row in _missed(span, limit=limit)]


class Noted(NamedTuple):
    """Ids of missed deliveries: those that are meant, those that are not, and those whose notes do not say."""

    chosen: list[str]
    others: list[str]
    unknown: list[str]


def noted_deliveries(span: Span, choice: Choice) -> Noted:
    """The span's missed deliveries, by what their notes say of them."""
    noted = Noted([], [], [])
    for row in _missed(span, limit=None):
        if row.status is None or row.event_type is None:
            noted.unknown.append(row.sk)
        elif choice.takes(status=row.status, event_type=row.event_type):
            noted.chosen.append(row.sk)
        else:
            noted.others.append(row.sk)
    return noted


def _missed(span: Span, *, limit: int | None) -> Iterable[MissedRow]:
    if span.since > span.until:
        return []
    return MissedRow.query(
        missed_pk(span.origin, span.endpoint_id),
        MissedRow.sk.between(span.since, span.until),
        (MissedRow.missed_at <= span.by) & (MissedRow.ttl.does_not_exist() | (MissedRow.ttl > now())),
        consistent_read=True,
        limit=limit,
        page_size=limit,
    )


def listed_deliveries(span: Span, status: str, *, limit: int | None = None) -> list[str]:
    """Ids of the span's deliveries that an index shows with a status, oldest first."""
    if span.since > span.until:
        return []
    partition = status_keys(span.origin, span.endpoint_id, status)["group_status_key"]
    positions = DeliveryRow.list_sort.between(span.since, span.until)
    return [str(each.list_sort) for each in DeliveryRow.grouped_by_status.query(partition, positions, limit=limit)]
