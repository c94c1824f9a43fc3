"""Keeps the items of the embedded engine's tables in the order of their keys and of each index that is asked.

moto keeps the items of a table in a dictionary, and for each query looks at all of them and sorts what it finds. Here
each partition of a table or an index is a sorted list, made with the first query and kept by each write.
"""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from itertools import chain
from typing import Any, NamedTuple

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import SecondaryIndex, Table

from local.engine.moto_items import measure_again

Value = str | Decimal
Key = tuple[Value, ...]
_READ: dict[str, Callable[[Any], Value]] = {"S": str, "N": Decimal}
_BY_KEY = ""


class Entry(NamedTuple):
    """An item in its place. No two of a partition have one key, so that items are never compared."""

    key: Key
    item: Item


class UnusualValue(Exception):
    """A value is of another kind than the attribute is declared to be, or of one that is not kept in order."""


class Order:
    """The items of a table that have the attributes of one key, by partition and then by the rest of the key."""

    def __init__(self, partition: str, sorted_by: list[str], kinds: dict[str, str]) -> None:
        self.partition, self.sorted_by = partition, sorted_by
        self._kinds = kinds
        self._partitions: dict[Value, list[Entry]] = {}
        self._placed: dict[int, tuple[Value, Key]] = {}

    def entries(self, partition: Value) -> list[Entry]:
        """A partition's, in order; not to be changed."""
        return self._partitions.get(partition, [])

    def value(self, name: str, found: DynamoType) -> Value:
        """The value of a key's attribute, as it is compared. Raises `UnusualValue`."""
        read = _READ.get(found.type)
        if read is None or found.type != self._kinds.get(name):
            raise UnusualValue
        return read(found.value)

    def place(self, item: Item) -> None:
        """Puts an item where it belongs now. Raises `UnusualValue`."""
        place = self._place_of(item)
        if self._placed.get(id(item)) == place:
            return
        self.remove(item)
        if place is not None:
            insort(self._partitions.setdefault(place[0], []), Entry(place[1], item))
            self._placed[id(item)] = place

    def remove(self, item: Item) -> None:
        """Takes an item out, if it is in."""
        place = self._placed.pop(id(item), None)
        if place is not None:
            entries = self._partitions[place[0]]
            del entries[bisect_left(entries, (place[1],))]
            if not entries:
                del self._partitions[place[0]]

    def _place_of(self, item: Item) -> tuple[Value, Key] | None:
        attributes = item.attrs
        if self.partition not in attributes or not all(name in attributes for name in self.sorted_by):
            return None
        key = tuple(self.value(name, attributes[name]) for name in self.sorted_by)
        return self.value(self.partition, attributes[self.partition]), key


class Items(defaultdict[DynamoType, dict[DynamoType, Item]]):
    """The items of a table, as moto has them; keeps the table's orders up to date."""

    def __init__(self, table: Table) -> None:
        super().__init__()
        self._table = table
        self._orders: dict[str, Order | None] = {}

    def __missing__(self, hash_key: DynamoType) -> dict[DynamoType, Item]:
        # moto keeps an empty collection for every key that was ever asked for.
        return _Collection(self, hash_key)

    def __deepcopy__(self, memo: dict[int, Any]) -> defaultdict[DynamoType, dict[DynamoType, Item]]:
        plain: defaultdict[DynamoType, dict[DynamoType, Item]] = defaultdict(dict)
        for hash_key, collection in self.items():
            plain[hash_key] = {range_key: item.__deepcopy__(memo) for range_key, item in collection.items()}
        return plain

    def order(self, index: SecondaryIndex | None) -> Order | None:
        """The order of the table's own key, or of an index; None where its items cannot be kept in order."""
        name = index.name if index else _BY_KEY
        if name not in self._orders:
            self._orders[name] = self._made(index)
        return self._orders[name]

    def forget_orders(self) -> None:
        """Drops the orders; each is made anew when it is asked for."""
        self._orders.clear()

    def place(self, item: Item) -> None:
        """Updates the orders for an item that was added or changed."""
        for name, order in self._orders.items():
            if order is not None:
                try:
                    order.place(item)
                except UnusualValue:
                    self._orders[name] = None

    def remove(self, item: Item) -> None:
        """Takes an item that was removed out of the orders."""
        for order in self._orders.values():
            if order is not None:
                order.remove(item)

    def _made(self, index: SecondaryIndex | None) -> Order | None:
        table = self._table
        own = [name for name in (table.hash_key_attr, table.range_key_attr) if name is not None]
        kinds = {each["AttributeName"]: each["AttributeType"] for each in table.attr}
        if index is None:
            order = Order(own[0], own[1:], kinds)
        else:
            names = {each["KeyType"]: each["AttributeName"] for each in index.schema}
            if len(names) < len(index.schema):
                return None  # keys of several attributes
            # Where an index has no range key, the table's stands in for it.
            order = Order(names["HASH"], [names.get("RANGE", own[-1]), *own], kinds)
        try:
            for item in chain.from_iterable(each.values() for each in self.values()):
                order.place(item)
        except UnusualValue:
            return None
        return order


class _Collection(dict[DynamoType, Item]):
    """The items of one hash key."""

    def __init__(self, owner: Items, hash_key: DynamoType) -> None:
        super().__init__()
        self._owner, self._hash_key = owner, hash_key

    def __setitem__(self, range_key: DynamoType, item: Item) -> None:
        before = self.get(range_key)
        if before is not None:
            self._owner.remove(before)
        if not self:
            self._owner[self._hash_key] = self
        super().__setitem__(range_key, item)
        self._owner.place(item)

    def pop(self, range_key: DynamoType, *default: Any) -> Any:
        item = super().pop(range_key, *default)
        if isinstance(item, Item):
            self._owner.remove(item)
            if not self:
                del self._owner[self._hash_key]
        return item


def keep_items_in_order() -> None:
    """Makes tables with a range key, which all of the platform's have, keep their items in order."""
    make, update, alter = Table.__init__, DynamoDBBackend.update_item, DynamoDBBackend.update_table

    @wraps(make)
    def made(self: Table, *arguments: Any, **named: Any) -> None:
        make(self, *arguments, **named)
        if self.range_key_attr is not None:
            self.items = Items(self)

    @wraps(update)
    def updated(self: DynamoDBBackend, table_name: str, key: dict[str, Any], *arguments: Any, **named: Any) -> Item:
        table = self.get_table(table_name)
        try:
            return update(self, table_name, key, *arguments, **named)
        finally:
            # moto changes the stored item even where it then refuses the update.
            item = _stored(table, key)
            if item is not None:
                measure_again(item)
                if isinstance(table.items, Items):
                    table.items.place(item)

    @wraps(alter)
    def altered(self: DynamoDBBackend, name: str, *arguments: Any, **named: Any) -> Table:
        table = alter(self, name, *arguments, **named)
        if isinstance(table.items, Items):
            table.items.forget_orders()
        return table

    Table.__init__ = made
    DynamoDBBackend.update_item = updated
    DynamoDBBackend.update_table = altered


def _stored(table: Table, key: dict[str, Any]) -> Item | None:
    found: Any = table.items
    for name in (table.hash_key_attr, table.range_key_attr):
        if name is not None:
            found = found.get(DynamoType(key[name])) if found and name in key else None
    return found if isinstance(found, Item) else None
