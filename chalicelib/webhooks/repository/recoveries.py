"""Recoveries: which deliveries of an endpoint are to be begun anew, and how far that has come."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.core.ids import sortable_id
from chalicelib.core.tables import as_read, assign, find, update_if
from chalicelib.core.transactions import Transaction
from chalicelib.webhooks.domain import MISSED, Choice
from chalicelib.webhooks.models.deliveries import CANCELLATION_SK, MISSING_SK, RECOVERY_SK, RecoveryRow, recovery_pk
from chalicelib.webhooks.models.table import due_keys
from chalicelib.webhooks.repository.missed import Span, listed_deliveries, missed_deliveries

_PREFIXES = {RECOVERY_SK: "rcv_", MISSING_SK: "mis_", CANCELLATION_SK: "cnl_"}


class _Moved(Exception):
    """Another worker has carried the recovery on, or ended it."""


def recovery_row(
    span: Span,
    choice: Choice,
    *,
    kind: str = RECOVERY_SK,
    status: str | None = None,
    due_at: datetime,
    again_at: datetime | None = None,
) -> RecoveryRow:
    """A new recovery of those chosen, not yet stored; swept from `due_at`, and begun at `again_at` where that is given.

    Of what was noted as missed, or with a `status` of those that the index shows with it. As `MISSING_SK`, of events
    that the endpoint never got. As `CANCELLATION_SK`, of those to be canceled instead.
    """
    recovery_id = sortable_id(_PREFIXES[kind])
    return RecoveryRow(
        recovery_pk(span.origin, recovery_id),
        kind,
        id=recovery_id,
        origin=span.origin,
        endpoint_id=span.endpoint_id,
        status=status,
        since=span.since,
        until=span.until,
        missed_by=span.by,
        again_at=again_at,
        statuses=list(choice.statuses),
        event_types=list(choice.event_types),
        **due_keys(recovery_id, due_at),
    )


def choice_of(row: RecoveryRow) -> Choice:
    """Which deliveries are meant; in rows of an earlier version, all that were missed."""
    return Choice(row.statuses or MISSED, row.event_types or ())


def find_recovery(origin: str, recovery_id: str) -> RecoveryRow | None:
    """One recovery of any kind, which its id tells; None once it is done."""
    kind = next((kind for kind, prefix in _PREFIXES.items() if recovery_id.startswith(prefix)), RECOVERY_SK)
    return find(RecoveryRow, recovery_pk(origin, recovery_id), kind)


def span_of(row: RecoveryRow) -> Span:
    """What the recovery is of."""
    return Span(row.origin, row.endpoint_id, row.since, row.until, row.missed_by)


def next_deliveries(row: RecoveryRow, *, limit: int) -> list[str]:
    """Ids of the next deliveries of the recovery, oldest first."""
    span = span_of(row)
    if row.position is not None:
        span = span._replace(since=row.position + "\x00")
    return (
        missed_deliveries(span, limit=limit) if row.status is None else listed_deliveries(span, row.status, limit=limit)
    )


def advance(row: RecoveryRow, *, position: str, due_at: datetime) -> bool:
    """Stores how far the recovery has come; False where another worker has carried it on, or ended it."""
    return _change(row, {"position": position, "due_at": due_at})


def rewind(row: RecoveryRow, *, until: datetime) -> bool:
    """Leaves the recovery until `until`, when it begins once more; False as in `advance`."""
    return _change(row, {"position": None, "again_at": until, "due_at": until})


def finish(row: RecoveryRow) -> None:
    """Ends the recovery, unless another worker has carried it on."""
    transaction = Transaction()
    transaction.delete(row, condition=_as_read(row), otherwise=_Moved())
    try:
        transaction.commit()
    except _Moved:
        return


def _change(row: RecoveryRow, changes: Mapping[str, Any]) -> bool:
    return update_if(row, assign(RecoveryRow(row.pk, row.sk), changes), _as_read(row))


def _as_read(row: RecoveryRow) -> Any:
    return as_read(row, "position", "again_at")
