"""Ids, leased in blocks."""

from collections.abc import Callable
from functools import lru_cache, partial

from chalicelib.core.leases import Leases
from chalicelib.core.tables import key
from chalicelib.dreamspace.domain.models import Model
from chalicelib.dreamspace.models import CounterRow
from chalicelib.dreamspace.repository.keys import COUNTER


def take_ids(origin: str, model: Model, count: int = 1) -> list[int]:
    """New rising ids for a model of the partner, never used before. Makes at most one request."""
    return _leases.of((origin, model)).take(count) if count else []


def ids_of_call(origin: str, model: Model, count: int = 1) -> Callable[[], list[int]]:
    """Gives new ids, the same to each try of a call. They are taken when they are first asked for."""
    return lru_cache(maxsize=1)(partial(take_ids, origin, model, count))


def _allocator(counter: tuple[str, Model]) -> Callable[[int], int]:
    origin, model = counter

    def allocate(count: int) -> int:
        row = CounterRow(key(origin, COUNTER), model.noun.upper())
        row.update(actions=[CounterRow.last_id.add(count)])
        return row.last_id - count + 1

    return allocate


_leases = Leases(_allocator)
