"""Attempts: rows of their own, but for a first one that succeeds, which stands in its delivery's row."""

from collections.abc import Mapping
from typing import Any

from chalicelib.core.clock import now
from chalicelib.core.pynamo import connection_of
from chalicelib.core.tables import has_expired
from chalicelib.core.times import stored_time
from chalicelib.webhooks.domain import short_attempt
from chalicelib.webhooks.models.deliveries import DELIVERY_SK, AttemptRow, DeliveryRow, attempt_sk, delivery_pk
from chalicelib.webhooks.repository.deliveries import unless_past

ATTEMPTS_SHOWN = 100


def attempt_row(row: DeliveryRow, attempt: Mapping[str, Any]) -> AttemptRow:
    """An attempt's own row, not yet stored."""
    return AttemptRow(row.pk, attempt_sk(attempt["number"]), ttl=row.end_of_attempt(attempt["at"]), **attempt)


def find_with_attempts(origin: str, delivery_id: str) -> tuple[DeliveryRow, list[AttemptRow]] | None:
    """One delivery and the last of its attempts, oldest first, or None: one request for each MB of them."""
    items: list[dict[str, Any]] = []
    position = None
    while len(items) <= ATTEMPTS_SHOWN:
        answer: dict[str, Any] = connection_of(DeliveryRow).query(
            delivery_pk(origin, delivery_id),
            consistent_read=True,
            limit=ATTEMPTS_SHOWN + 1 - len(items),
            scan_index_forward=False,
            exclusive_start_key=position,
        )
        items += answer["Items"]
        position = answer.get("LastEvaluatedKey")
        if position is None:
            break
    if not items or items[0]["sk"]["S"] != DELIVERY_SK:  # gone, but for attempts that have expired with it
        return None
    row = unless_past(DeliveryRow.from_raw_data(items[0]))
    if row is None:
        return None
    moment = now()
    attempts = [AttemptRow.from_raw_data(item) for item in items[1:]]
    attempts = [attempt for attempt in attempts if not has_expired(attempt.ttl, moment)]
    first = _first_inside(row)
    return row, ([*attempts, first] if first else attempts)[::-1]


def take_first_out(row: DeliveryRow) -> list[AttemptRow]:
    """Moves a first attempt out of the delivery's row, into one to be stored with the next; [] where there is none."""
    first = _first_inside(row)
    if first is None:
        return []
    row.recent_attempts = [short_attempt(attempt) for attempt in row.recent_attempts]
    return [first]


def _first_inside(row: DeliveryRow) -> AttemptRow | None:
    """The first attempt as a row, where it stands in the delivery's; else None."""
    for attempt in row.recent_attempts:
        if attempt.get("inside"):
            values = {name: value for name, value in attempt.items() if name != "inside"}
            return attempt_row(row, {**values, "at": stored_time(values["at"])})
    return None
