"""Cancellations: which of an endpoint's scheduled deliveries are to be canceled. They go on as recoveries do."""

from collections.abc import Collection
from datetime import datetime

from chalicelib.core.ids import sortable_id
from chalicelib.core.tables import find
from chalicelib.webhooks.models.deliveries import CANCELLATION_SK, RecoveryRow, recovery_pk
from chalicelib.webhooks.models.table import due_keys
from chalicelib.webhooks.repository.deliveries import SCHEDULED
from chalicelib.webhooks.repository.missed import Span


def cancellation_row(span: Span, event_types: Collection[str], *, due_at: datetime) -> RecoveryRow:
    """A new cancellation of the span's scheduled deliveries, by none of these types of all; swept from `due_at`."""
    cancellation_id = sortable_id("cnl_")
    return RecoveryRow(
        recovery_pk(span.origin, cancellation_id),
        CANCELLATION_SK,
        id=cancellation_id,
        origin=span.origin,
        endpoint_id=span.endpoint_id,
        status=SCHEDULED,
        since=span.since,
        until=span.until,
        missed_by=span.by,
        event_types=list(event_types),
        **due_keys(cancellation_id, due_at),
    )


def find_cancellation(origin: str, cancellation_id: str) -> RecoveryRow | None:
    """One cancellation, None once it is done."""
    return find(RecoveryRow, recovery_pk(origin, cancellation_id), CANCELLATION_SK)
