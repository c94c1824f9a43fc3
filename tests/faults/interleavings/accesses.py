"""Which items, partitions and parts of indexes the embedded engine reads and changes, told as it happens."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import signature
from typing import Any, NamedTuple

import pytest

Resource = tuple[Any, ...]
BY = "by"
"""The second part of a resource that is read by an index."""


class Access(NamedTuple):
    """A read of these resources; or a change of one item, which everybody sees who reads one of `shown`."""

    read: frozenset[Resource] = frozenset()
    changed: frozenset[Resource] = frozenset()
    shown: frozenset[Resource] = frozenset()


class Accesses:
    """Tells everybody in `told` of each access, while `held` lasts."""

    def __init__(self) -> None:
        self.told: list[Callable[[Access], None]] = []

    def tell(self, access: Access) -> None:
        """Something was read or changed."""
        for hear in self.told:
            hear(access)

    @contextmanager
    def telling(self, hear: Callable[[Access], None]) -> Iterator[None]:
        """Within the block it is told too."""
        self.told.append(hear)
        try:
            yield
        finally:
            self.told.remove(hear)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Listens to the embedded engine."""
        from moto.dynamodb.models import DynamoDBBackend
        from moto.dynamodb.models.table import Table

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Table, "get_item", self._getting(Table.get_item))
            patch.setattr(Table, "query", self._querying(Table.query))
            patch.setattr(Table, "scan", self._scanning(Table.scan))
            patch.setattr(Table, "put_item", self._changing(Table.put_item, _key_of_put))
            patch.setattr(Table, "delete_item", self._changing(Table.delete_item, _key_of_delete))
            patch.setattr(DynamoDBBackend, "update_item", self._changing(DynamoDBBackend.update_item, _key_of_update))
            yield

    def _read(self, *resources: Resource) -> None:
        self.tell(Access(read=frozenset(resources)))

    def _getting(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def got(table: Any, hash_key: Any, range_key: Any = None, *given: Any, **named: Any) -> Any:
            self._read(item_of(table.name, hash_key, range_key))
            return original(table, hash_key, range_key, *given, **named)

        return got

    def _querying(self, original: Callable[..., Any]) -> Callable[..., Any]:
        parameters = signature(original)

        def queried(table: Any, *given: Any, **named: Any) -> Any:
            call = parameters.bind(table, *given, **named).arguments
            if call.get("index_name"):
                [(name, value), *_] = call["hash_key_conditions"]
                self._read((table.name, BY, name, value.value))
            else:
                self._read((table.name, call["hash_key"].value))
            return original(table, *given, **named)

        return queried

    def _scanning(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def scanned(table: Any, *given: Any, **named: Any) -> Any:
            self._read((table.name,))
            return original(table, *given, **named)

        return scanned

    def _changing(
        self, original: Callable[..., Any], key_of: Callable[..., tuple[Any, Any, Any]]
    ) -> Callable[..., Any]:
        def changed(owner: Any, *given: Any, **named: Any) -> Any:
            table, hash_key, range_key = key_of(owner, *given, **named)
            item = frozenset([item_of(table.name, hash_key, range_key)])
            self.tell(Access(changed=item, shown=_shown_in(table, hash_key, range_key)))
            try:
                return original(owner, *given, **named)
            finally:
                self.tell(Access(changed=item, shown=_shown_in(table, hash_key, range_key)))

        return changed


def item_of(table: str, hash_key: Any, range_key: Any) -> Resource:
    """An item."""
    return (table, hash_key.value, range_key and range_key.value)


def is_item(resource: Resource) -> bool:
    """True of a single item."""
    return len(resource) == 3  # as `item_of` makes it


def _shown_in(table: Any, hash_key: Any, range_key: Any) -> frozenset[Resource]:
    """Everything whose readers see the item as it is."""
    shown = {item_of(table.name, hash_key, range_key), (table.name, hash_key.value), (table.name,)}
    item = table.items.get(hash_key, {}).get(range_key)
    for index in table.all_indexes() if item is not None else ():
        for name in (key["AttributeName"] for key in index.schema if key["KeyType"] == "HASH"):
            if name in item.attrs:
                shown.add((table.name, BY, name, item.attrs[name].value))
    return frozenset(shown)


def _key_of_put(table: Any, item_attrs: Any, *_: Any, **__: Any) -> tuple[Any, Any, Any]:
    return _keyed(table, item_attrs)


def _key_of_delete(table: Any, hash_key: Any, range_key: Any, *_: Any, **__: Any) -> tuple[Any, Any, Any]:
    return table, hash_key, range_key


def _key_of_update(backend: Any, table_name: str, key: Any, *_: Any, **__: Any) -> tuple[Any, Any, Any]:
    return _keyed(backend.get_table(table_name), key)


def _keyed(table: Any, attributes: Any) -> tuple[Any, Any, Any]:
    from moto.dynamodb.models.dynamo_type import DynamoType

    return table, *(DynamoType(attributes[name]) for name in (table.hash_key_attr, table.range_key_attr))
