"""Response objects made from rows, with their embedded objects."""

from collections.abc import Iterable
from typing import Any

from chalicelib.core.cache import TtlCache
from chalicelib.spaces.models import CapturedEmailRow, CustomerRow, InvoiceRow, SpaceRow, SubscriptionRow
from chalicelib.spaces.repository import spaces as repository
from chalicelib.spaces.schemas import CapturedEmailRead, CustomerRead, InvoiceRead, SpaceRead, SubscriptionRead

Object = dict[str, Any]
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


def customer_object(row: CustomerRow, spaces: dict[int, Object]) -> Object:
    """A customer with its space."""
    return {**CustomerRead.model_validate(row).model_dump(), "space": spaces[int(row.space)]}


def invoice_object(row: InvoiceRow, spaces: dict[int, Object]) -> Object:
    """An invoice with its items and the customer as it was."""
    return {**InvoiceRead.model_validate(row).model_dump(), **_embedded(row, spaces)}


def subscription_object(row: SubscriptionRow, spaces: dict[int, Object]) -> Object:
    """A subscription with its items and the customer as it was."""
    return {**SubscriptionRead.model_validate(row).model_dump(), **_embedded(row, spaces)}


def captured_email_object(row: CapturedEmailRow, spaces: dict[int, Object]) -> Object:
    """A captured address with its space."""
    return {**CapturedEmailRead.model_validate(row).model_dump(), "space": spaces[int(row.space)]}


def _embedded(row: InvoiceRow | SubscriptionRow, spaces: dict[int, Object]) -> Object:
    return {
        "items": {"object": "list", "count": len(row.items), "has_more": False, "data": row.items},
        "customer": {**row.customer, "space": spaces[int(row.space)]},
    }
