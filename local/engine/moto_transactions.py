"""Makes a transaction of the embedded engine cost as much as what it writes.

To be able to undo a transaction, moto copies all of its tables, once for each of its writes: half a second a
transaction at 20,000 items. Here only the items that the writes name are saved, and restored.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

_Remembered = tuple[Table, DynamoType, DynamoType, Item | None]


def make_transactions_cheap() -> None:
    """Saves items instead of tables, where tables have a range key, as all of the platform's do."""
    write = DynamoDBBackend.transact_write_items

    @wraps(write)
    def transact_write_items(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        operations = [next(iter(item.values())) for item in transact_items]
        if any(self.tables[name].range_key_attr is None for name in _names(operations) & self.tables.keys()):
            return write(self, transact_items)
        before = [found for operation in operations if (found := _remember(self, operation)) is not None]
        try:
            _without_copies(lambda: write(self, transact_items))
        except Exception:
            for table, hash_key, range_key, item in before:
                if item is None:
                    table.items.get(hash_key, {}).pop(range_key, None)
                else:
                    table.items[hash_key][range_key] = item
            raise
        return None

    DynamoDBBackend.transact_write_items = transact_write_items


def _names(operations: list[dict[str, Any]]) -> set[str]:
    return {operation.get("TableName", "") for operation in operations}


def _remember(backend: DynamoDBBackend, operation: dict[str, Any]) -> _Remembered | None:
    table = backend.tables.get(operation.get("TableName", ""))
    key = operation.get("Key") or operation.get("Item") or {}
    if table is None or table.range_key_attr is None or not {table.hash_key_attr, table.range_key_attr} <= key.keys():
        return None  # moto refuses the operation before anything is written
    hash_key, range_key = DynamoType(key[table.hash_key_attr]), DynamoType(key[table.range_key_attr])
    item = table.items.get(hash_key, {}).get(range_key)
    return table, hash_key, range_key, item.__deepcopy__({}) if item is not None else None


def _without_copies(write: Callable[[], None]) -> None:
    # The engine's lock is held: nobody else copies a table meanwhile.
    Table.__deepcopy__ = lambda table, _memo: table
    try:
        write()
    finally:
        del Table.__deepcopy__
