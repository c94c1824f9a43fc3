"""Lists of deliveries, newest first.

A partner's list is merged: from the lists of the endpoints that have one of their own, and from an index of all others.
By status, an index names what was tried without success, or is not to be tried; what was delivered is in no such index,
nor is what waits for its first attempt.
"""

from collections.abc import Callable, Sequence
from functools import partial

from chalicelib.core.pagination import Page, filled_page
from chalicelib.core.side_by_side import side_by_side
from chalicelib.core.tables import BATCH_GET_LIMIT, read_page
from chalicelib.core.windows import Window
from chalicelib.webhooks.models.deliveries import (
    DeliveryRow,
    deliveries_group,
    deliveries_list,
    deliveries_owned,
    status_keys,
)
from chalicelib.webhooks.repository.deliveries import DELIVERED, SCHEDULED, find_deliveries
from chalicelib.webhooks.repository.endpoints import own_lists
from chalicelib.webhooks.repository.waiting import due_soon

_Source = tuple[str, str]  # an index, and a partition of it
_Positions = Callable[[Window], Page[str]]


def list_deliveries(origin: str, window: Window, *, endpoint_id: str | None, status: str | None) -> Page[DeliveryRow]:
    """A page of a partner's deliveries, perhaps of one endpoint or status alone.

    Two levels of requests: the positions, and their rows. One more for a partner's own list, to learn what it is merged
    from, and for what is scheduled, to find what waits.
    """
    if status == SCHEDULED:
        return _scheduled(origin, window, endpoint_id=endpoint_id)
    if status is not None and status != DELIVERED:
        positions = partial(_positions, [_by_status(origin, endpoint_id, status)])
        return _page(origin, positions, window, lambda row: row.status == status)
    positions = partial(_positions, _sources(origin, endpoint_id))
    if status is None:
        return _page(origin, positions, window)
    return _page(origin, positions, window, lambda row: row.status == DELIVERED, at_once=BATCH_GET_LIMIT)


def list_owned_deliveries(origin: str, owner: str, window: Window) -> Page[DeliveryRow]:
    """A page of the deliveries of one surface's events: two requests."""
    return _page(origin, partial(_positions, [("owned", deliveries_owned(origin, owner))]), window)


def _scheduled(origin: str, window: Window, *, endpoint_id: str | None) -> Page[DeliveryRow]:
    # In this order: whatever ceases to wait in between is in the index by then.
    waiting = due_soon(origin)
    source = _by_status(origin, endpoint_id, SCHEDULED)

    def positions(part: Window) -> Page[str]:
        return _merged([_in_index(*source, part), _within(waiting, part)], part)

    def is_wanted(row: DeliveryRow) -> bool:
        return row.status == SCHEDULED and endpoint_id in (None, row.endpoint_id)

    return _page(origin, positions, window, is_wanted, at_once=BATCH_GET_LIMIT)


def _sources(origin: str, endpoint_id: str | None) -> list[_Source]:
    if endpoint_id is not None:
        return [("grouped", deliveries_group(origin, endpoint_id))]
    own = [("grouped", deliveries_group(origin, each)) for each in own_lists(origin)]
    return [("listing", deliveries_list(origin)), *own]


def _by_status(origin: str, endpoint_id: str | None, status: str) -> _Source:
    keys = status_keys(origin, str(endpoint_id), status)
    if endpoint_id is None:
        return "by_status", keys["status_key"]
    return "grouped_by_status", keys["group_status_key"]


def _page(
    origin: str,
    positions: _Positions,
    window: Window,
    is_wanted: Callable[[DeliveryRow], bool] = lambda _: True,
    *,
    at_once: int = 0,
) -> Page[DeliveryRow]:
    def rows(ids: Sequence[str]) -> list[DeliveryRow]:
        return [row for row in find_deliveries(origin, ids) if is_wanted(row)]

    return filled_page(window, positions, rows, position_of=lambda position: position, at_once=at_once)


def _positions(sources: Sequence[_Source], window: Window) -> Page[str]:
    return _merged(side_by_side([partial(_in_index, *source, window) for source in sources]), window)


def _in_index(index: str, partition: str, window: Window) -> Page[str]:
    page = read_page(DeliveryRow, partition, window, sort=DeliveryRow.list_sort, index=index)
    return Page([str(row.list_sort) for row in page.items], page.has_more)


def _within(positions: Sequence[str], window: Window) -> Page[str]:
    """The window's part of positions that are known, newest first."""
    lowest, highest = window.bounds
    return _cut([each for each in positions if lowest <= each <= highest], window)


def _merged(pages: Sequence[Page[str]], window: Window) -> Page[str]:
    """One page of several of the same window; a position may be in more than one."""
    together = _cut(sorted({each for page in pages for each in page.items}, reverse=True), window)
    return Page(together.items, together.has_more or any(page.has_more for page in pages))


def _cut(positions: list[str], window: Window) -> Page[str]:
    chosen = positions[-window.limit :] if window.before is not None else positions[: window.limit]
    return Page(chosen, len(positions) > window.limit)
