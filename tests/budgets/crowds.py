"""Rows like those that are there, so many that the tables are large, written past the API.

Of the rows that a partner has, one of each kind is copied. A copy's id ends in another number wherever the row repeats
it, such as in keys of indexes. What a copy refers to is what the original refers to.
"""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from chalicelib.core import aws
from chalicelib.core.table_definitions import table_definitions
from local.engine.resources import ROWS

_DIGITS = 6
_SHORTEST_ID = 9
_WRITTEN_AT_ONCE = 25
_SIDE_BY_SIDE = 8
# Parts of keys. The API holds a partner to a few of these, has one of them, or one for each endpoint; NFTs of one guest
# are another matter than NFTs, which `filling` copies.
_FEW = frozenset({"ENDPOINTS", "LISTS", "STATISTICS", "PARTNER", "REMOVAL", "NFT"})

Item = dict[str, Any]


class Original(NamedTuple):
    """A row that is copied. `ids` are the texts that tell it from others of its kind, each with what a copy has."""

    table: str
    item: Item
    ids: dict[str, str]

    def copy(self, number: int) -> Item:
        """The row with other ids, which have the number at their end."""
        text = json.dumps(self.item)
        for own, other in self.ids.items():
            text = text.replace(own, other.format(f"{number:0{_DIGITS}}"))
        copied: Item = json.loads(text)
        return copied


def originals(origin: str) -> list[Original]:
    """One row of each kind that the partner may have many of."""
    found: dict[tuple[object, ...], Original] = {}
    for definition in table_definitions(ROWS):
        table = definition["TableName"]
        for item in _items(table):
            keys = [item[name]["S"] for name in ("pk", "sk", "list_key") if name in item]
            parts = [part for key in keys for part in key.split("#")]
            ids = _ids(keys[0], keys[1])
            if origin in parts and ids and not _FEW.intersection(parts):
                kind = (table, *map(_without_ids, keys), frozenset(item))
                found.setdefault(kind, Original(table, item, ids))
    return list(found.values())


def write_copies(rows: Sequence[Original], numbers: range) -> None:
    """Writes a copy of each row for each number."""

    def write(row: Original) -> None:
        for start in range(0, len(numbers), _WRITTEN_AT_ONCE):
            batch = numbers[start : start + _WRITTEN_AT_ONCE]
            _write(row.table, [{"PutRequest": {"Item": row.copy(number)}} for number in batch])

    with ThreadPoolExecutor(_SIDE_BY_SIDE) as threads:
        list(threads.map(write, rows))


def _write(table: str, batch: Sequence[Any]) -> None:
    waiting: dict[str, Any] = {table: batch}
    while waiting:
        waiting = aws.client("dynamodb").batch_write_item(RequestItems=waiting).get("UnprocessedItems") or {}


def _items(table: str) -> Iterator[Item]:
    for page in aws.client("dynamodb").get_paginator("scan").paginate(TableName=table):
        yield from page["Items"]


def _ids(pk: str, sk: str) -> dict[str, str]:
    """The id at the end of the sort key, else of the partition key; a short number is found with all before it."""
    for text in (sk, pk):
        end = text.rpartition("#")[2]
        if len(end) >= _SHORTEST_ID and _has_digit(end):
            return {end: f"{end[:-_DIGITS]}{{}}"}
    number = pk.rpartition("#")[2]
    if not number.isdigit():
        return {}
    padded = f"{int(number):015}"
    return {f'"{pk}"': f'"{pk}{{}}"', padded: f"{padded[:-_DIGITS]}{{}}"}


def _without_ids(key: str) -> str:
    return "#".join("*" if _has_digit(part) else part for part in key.split("#"))


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))
