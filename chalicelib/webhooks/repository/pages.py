"""One page of a list in one Query, whichever way the client walks."""

from typing import Any, TypeVar

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core.pagination import Page
from chalicelib.core.tables import Row
from chalicelib.webhooks.windows import Window

R = TypeVar("R", bound=Row)


def read_page(
    model: type[R], partition: str, window: Window, *, sort: UnicodeAttribute, index: str | None = None
) -> Page[R]:
    """The window's items, newest first, in one request; `has_more` speaks of the direction walked.

    A page may be short of its limit where 1 MB of rows is reached before.
    """
    lowest, highest = window.bounds
    if lowest > highest:
        return Page([], False)
    upwards = window.before is not None
    answer: dict[str, Any] = model._get_connection().query(
        partition,
        range_key_condition=sort.between(lowest, highest),
        index_name=index,
        limit=window.limit + 1,
        scan_index_forward=upwards,
        consistent_read=index is None,
    )
    rows = [model.from_raw_data(item) for item in answer["Items"]]
    has_more = len(rows) > window.limit or "LastEvaluatedKey" in answer
    rows = rows[: window.limit]
    return Page(rows[::-1] if upwards else rows, has_more)
