"""Makes a query of the embedded engine cost as much as what it finds.

moto sorts the whole table for each query before it looks for the key. Here it gets only the items of that key.
"""

from collections import defaultdict
from copy import copy
from functools import wraps
from inspect import signature
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

_Items = defaultdict[DynamoType, dict[DynamoType, Item]]


def make_queries_cheap() -> None:
    """Limits a query to its key's items, in tables with a range key, which all of the platform's have."""
    query = Table.query
    parameters = signature(query)

    @wraps(query)
    def narrow(self: Table, hash_key: DynamoType, *arguments: Any, **named: Any) -> Any:
        call = parameters.bind(self, hash_key, *arguments, **named).arguments
        wanted = dict(call.get("hash_key_conditions") or ())
        if self.range_key_attr is None or not wanted:
            return query(self, hash_key, *arguments, **named)
        view = copy(self)
        if call.get("index_name"):
            view.items = _having(wanted, self.items)
        else:
            view.items = defaultdict(dict, {hash_key: self.items.get(hash_key, {})})
        return query(view, hash_key, *arguments, **named)

    Table.query = narrow  # type: ignore[assignment,method-assign]


def _having(wanted: dict[str, DynamoType], items: _Items) -> _Items:
    found: _Items = defaultdict(dict)
    for hash_key, collection in items.items():
        for range_key, item in collection.items():
            attributes = item.attrs
            if all(name in attributes and attributes[name] == value for name, value in wanted.items()):
                found[hash_key][range_key] = item
    return found
