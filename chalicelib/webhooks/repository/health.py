"""The circuit breaker's state and the rate limit, on the endpoint's row; every change is conditional."""

from pynamodb.attributes import NumberAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core.retrying import RowChanged
from chalicelib.core.tables import OTHERS_WERE_FIRST, as_read
from chalicelib.core.transactions import Transaction
from chalicelib.webhooks.breaker import Health
from chalicelib.webhooks.models.endpoints import EndpointRow
from chalicelib.webhooks.repository.endpoints import SHOWN_FIELDS


def replace_health(row: EndpointRow, health: Health) -> bool:
    """Stores a new state over the one that `row` was read with; False if another was first."""
    return _update(row, _replacing(row, health), _as_read(row)) is not None


def add_health(transaction: Transaction, row: EndpointRow, health: Health) -> None:
    """Stores a new state over the one that `row` was read with, by the transaction."""
    actions = _replacing(row, health)
    transaction.update(EndpointRow(row.pk, row.sk), actions, condition=_as_read(row), otherwise=RowChanged())


def add_disabling(transaction: Transaction, row: EndpointRow, health: Health) -> None:
    """Stores a new state and disables the endpoint; commits only while it is as it was read."""
    actions = [*_replacing(row, health), EndpointRow.enabled.set(False)]
    unchanged = as_read(row, *SHOWN_FIELDS)
    transaction.update(EndpointRow(row.pk, row.sk), actions, condition=unchanged, otherwise=RowChanged())


def _replacing(row: EndpointRow, health: Health) -> list[Action]:
    actions: list[Action] = [
        EndpointRow.health.set({} if health == Health() else health._asdict()),
        EndpointRow.health_version.set(row.health_version + 1),
        EndpointRow.probe_until.set(0),
    ]
    if health.released_at != row.known_health.released_at:
        actions.append(EndpointRow.released.set(0))
    return actions


def take_probe(row: EndpointRow, *, at: int, until: int) -> bool:
    """Leases the one probe of an open breaker; False where another worker holds it, or the state changed."""
    if row.probe_until >= at:
        return False
    free = EndpointRow.probe_until.does_not_exist() | (EndpointRow.probe_until < at)
    return _update(row, [EndpointRow.probe_until.set(until)], _as_read(row) & free) is not None


def take_release_number(row: EndpointRow) -> int | None:
    """The next number of the backlog's release, from 1; None where the state changed."""
    fresh = _update(row, [EndpointRow.released.add(1)], _as_read(row))
    return None if fresh is None else int(fresh.released)


def mark_slow(row: EndpointRow, *, until: int) -> None:
    """Lets the endpoint count as slow until then; does nothing where it is gone, or has another URL by now."""
    _update(row, [EndpointRow.slow_until.set(until)], as_read(row, "url"))


def take_slot(row: EndpointRow, *, at: int, interval: int, ahead: int) -> int | None:
    """When the rate limit allows this call, at most `ahead` from now; None where no such slot is free. Microseconds."""
    return _take(row, EndpointRow.next_slot, at=at, interval=interval, ahead=ahead)


def take_place(row: EndpointRow, *, at: int, interval: int, ahead: int) -> int | None:
    """When to come back and ask for a slot, behind all others who wait; None where that is more than `ahead` away."""
    return _take(row, EndpointRow.next_place, at=at, interval=interval, ahead=ahead)


def _take(row: EndpointRow, upcoming: NumberAttribute, *, at: int, interval: int, ahead: int) -> int | None:
    """One to three requests: a counter in use moves on; an idle one starts now, if another did not just start it."""
    idle = EndpointRow.pk.exists() & (upcoming.does_not_exist() | (upcoming <= at))
    for begin in (True, False):
        fresh = _update(row, [upcoming.add(interval)], upcoming.between(at + 1, at + ahead))
        if fresh is not None:
            return int(getattr(fresh, str(upcoming.attr_name))) - interval
        if begin and _update(row, [upcoming.set(at + interval)], idle) is not None:
            return at
    return None


def _as_read(row: EndpointRow) -> Condition:
    return as_read(row, "health_version")


def _update(row: EndpointRow, actions: list[Action], condition: Condition) -> EndpointRow | None:
    fresh = EndpointRow(row.pk, row.sk)
    try:
        fresh.update(actions=actions, condition=condition)
    except UpdateError as error:
        if error.cause_response_code in OTHERS_WERE_FIRST:
            return None
        raise
    return fresh
