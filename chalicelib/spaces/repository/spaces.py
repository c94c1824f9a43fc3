"""Spaces, and the order and serial numbers of each."""

from collections.abc import Iterable
from typing import Any, Literal

from chalicelib.core.pagination import Page
from chalicelib.core.pynamo import connection_of
from chalicelib.core.retrying import RowChanged
from chalicelib.core.tables import as_read, find, key, read_batch, read_page
from chalicelib.core.transactions import Transaction
from chalicelib.core.windows import Window
from chalicelib.spaces.models import CounterRow, SpaceRow, SpacesRow, partition, space_sk

_COUNTER = "SPACES"


def count_of(account: str) -> int:
    """The number of the account's spaces, which is also the number of the last one."""
    row = find(CounterRow, key(account, "COUNTERS"), _COUNTER)
    return 0 if row is None else int(row.spaces)


def add_space(transaction: Transaction, account: str, *, number: int, position: str, url: str | None) -> SpaceRow:
    """Adds a space; commits only if `number` is the next number."""
    counter = CounterRow(key(account, "COUNTERS"), _COUNTER)
    unmoved = CounterRow.spaces == number - 1 if number > 1 else CounterRow.pk.does_not_exist()
    transaction.update(counter, [CounterRow.spaces.set(number)], condition=unmoved, otherwise=RowChanged())
    row = SpaceRow(
        partition(SpaceRow, account),
        space_sk(number),
        number=number,
        url=url,
        orders=0,
        serials=0,
        position=position,
        space_key=partition(SpaceRow, account),
    )
    transaction.create(row, otherwise=RowChanged())
    return row


def find_space(account: str, number: int) -> SpaceRow | None:
    """One space, strongly consistent."""
    return find(SpaceRow, partition(SpaceRow, account), space_sk(number))


def find_spaces(account: str, numbers: Iterable[int]) -> list[SpaceRow]:
    """Up to 100 spaces in one request."""
    rows = read_batch([(SpaceRow, partition(SpaceRow, account), space_sk(number)) for number in numbers])
    return [row for row in rows if isinstance(row, SpaceRow)]


def add_space_change(transaction: Transaction, row: SpaceRow, changes: dict[str, Any]) -> None:
    """Adds changed fields, also to the row in memory; commits only if the address is unchanged.

    New order numbers do not conflict with this, since the response does not contain them.
    """
    transaction.change(row, changes, unchanged=as_read(row, "url"))


def add_next_number(transaction: Transaction, row: SpaceRow, counter: Literal["orders", "serials"]) -> int:
    """Takes the next of the space's numbers of a kind; commits only if `row` has the last one."""
    last, number = getattr(SpaceRow, counter), int(getattr(row, counter)) + 1
    transaction.update(row, [last.set(number)], condition=last == number - 1, otherwise=RowChanged())
    return number


def list_by_number(
    account: str, *, limit: int, after: int | None = None, before: int | None = None
) -> tuple[list[SpaceRow], bool]:
    """Spaces from a number on, in the direction of the page; and whether more follow."""
    upwards = before is not None
    start = after if after is not None else before
    condition = None
    if start is not None:
        condition = SpaceRow.sk >= space_sk(start) if upwards else SpaceRow.sk <= space_sk(start)
    wanted = limit + (1 if start is None else 2)
    answer: dict[str, Any] = connection_of(SpaceRow).query(
        partition(SpaceRow, account),
        range_key_condition=condition,
        limit=wanted,
        scan_index_forward=upwards,
        consistent_read=True,
    )
    rows = [SpaceRow.from_raw_data(item) for item in answer["Items"]]
    return rows[: wanted - 1], len(rows) == wanted or "LastEvaluatedKey" in answer


def list_by_creation(account: str, window: Window) -> Page[SpaceRow]:
    """A page of spaces by their positions, newest first."""
    return read_page(SpaceRow, partition(SpaceRow, account), window, sort=SpacesRow.position, index="by_space")
