"""Ids, leased in blocks."""

from collections.abc import Callable
from threading import Lock

from chalicelib.core.leases import IdLease
from chalicelib.core.tables import key
from chalicelib.dreamspace.domain.models import Model
from chalicelib.dreamspace.models import CounterRow
from chalicelib.dreamspace.repository.keys import COUNTER

_leases: dict[tuple[str, Model], IdLease] = {}
_lock = Lock()


def take_ids(origin: str, model: Model, count: int = 1) -> list[int]:
    """Ids that no other object of the partner's model has or had, rising; at most one request."""
    if not count:
        return []
    with _lock:
        if (origin, model) not in _leases:
            _leases[origin, model] = IdLease(_allocate(origin, model))
        lease = _leases[origin, model]
    return lease.take(count)


def _allocate(origin: str, model: Model) -> Callable[[int], int]:
    def allocate(count: int) -> int:
        row = CounterRow(key(origin, COUNTER), model.noun.upper())
        row.update(actions=[CounterRow.last_id.add(count)])
        return row.last_id - count + 1

    return allocate
