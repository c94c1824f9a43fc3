"""Response objects made from rows, with their embedded objects."""

from collections.abc import Iterable
from typing import Any, Final

from chalicelib.core.cache import TtlCache
from chalicelib.core.schemas import Read
from chalicelib.spaces.models import CapturedEmailRow, CustomerRow, InvoiceRow, OrderRow, SpaceRow, SubscriptionRow
from chalicelib.spaces.repository import spaces as repository
from chalicelib.spaces.schemas import CapturedEmailRead, CustomerRead, InvoiceRead, SpaceRead, SubscriptionRead

Object = dict[str, Any]
RowOfSpace = CustomerRow | InvoiceRow | SubscriptionRow | CapturedEmailRow
_SCHEMAS: Final[dict[type[RowOfSpace], type[Read]]] = {
    CustomerRow: CustomerRead,
    InvoiceRow: InvoiceRead,
    SubscriptionRow: SubscriptionRead,
    CapturedEmailRow: CapturedEmailRead,
}
# A space's address changes rarely; its number and creation time never change.
CHANGE_DELAY_SECONDS = 10
_spaces: TtlCache[tuple[str, int], Object] = TtlCache(seconds=CHANGE_DELAY_SECONDS, max_entries=4096)


def space_object(row: SpaceRow) -> Object:
    """A space."""
    return SpaceRead.model_validate(row).model_dump()


def find_spaces(account: str, numbers: Iterable[int]) -> dict[int, Object]:
    """Spaces by number, at most 10 s old. Makes no request if all are in memory, else one."""
    found: dict[int, Object] = {}
    for number in set(numbers):
        known = _spaces.get((account, number), lambda: None)
        if known is not None:
            found[number] = known
    missing = sorted(set(numbers) - found.keys())
    for row in repository.find_spaces(account, missing) if missing else ():
        found[int(row.number)] = space_object(row)
        _spaces.put((account, int(row.number)), found[int(row.number)])
    return found


def forget_space(account: str, number: int) -> None:
    """Removes a changed space from this process's cache."""
    _spaces.forget((account, number))


def object_of(row: RowOfSpace, spaces: dict[int, Object]) -> Object:
    """The object of a row with its space; of an invoice or subscription with its items and the customer as it was."""
    shown, space = _SCHEMAS[type(row)].model_validate(row).model_dump(), spaces[int(row.space)]
    if isinstance(row, OrderRow):
        items = {"object": "list", "count": len(row.items), "has_more": False, "data": row.items}
        return {**shown, "items": items, "customer": {**row.customer, "space": space}}
    return {**shown, "space": space}


def read_object(account: str, row: RowOfSpace) -> Object:
    """The same; finds the row's space."""
    return object_of(row, find_spaces(account, {int(row.space)}))
