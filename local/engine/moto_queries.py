"""Makes a query of the embedded engine cost as much as what it finds.

moto looks at every item of the table and sorts those of the key, whatever the query's range and limit. Here a query
takes its range from a sorted list (`moto_orders`). What is unusual - a start key of another partition, a value of a
wrong type, keys of several attributes, legacy conditions - is left to moto.
"""

from bisect import bisect_left, bisect_right
from functools import wraps
from typing import Any, NamedTuple

from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import RESULT_SIZE_LIMIT, SecondaryIndex, Table

from local.engine.moto_orders import Entry, Items, Order, UnusualValue, Value

# Bytes, more than any item has.
_ANY_ITEM = 405_000


class _Found(NamedTuple):
    """A page, and whether it ended before the partition did."""

    items: list[Item]
    more: bool


def make_queries_cheap() -> None:
    """Answers usual queries from the orders of a table."""
    query = Table.query

    @wraps(query)
    def ordered(
        self: Table,
        hash_key: DynamoType | None,
        range_comparison: str | None,
        range_objs: list[DynamoType],
        limit: Any,
        exclusive_start_key: Any,
        scan_index_forward: bool,
        projection_expressions: list[list[str]] | None,
        index_name: str | None = None,
        consistent_read: bool = False,
        filter_expression: Any = None,
        hash_key_conditions: list[tuple[str, DynamoType]] | None = None,
        range_key_conditions: list[tuple[str, str, list[DynamoType]]] | None = None,
        **filters: Any,
    ) -> Any:
        try:
            if filters or hash_key_conditions is None or range_key_conditions is None:
                raise UnusualValue
            if len(hash_key_conditions) != 1 or len(range_key_conditions) > 1:
                raise UnusualValue  # keys of several attributes
            order, index = _order_of(self, index_name, consistent_read=consistent_read)
            [(name, partition)] = hash_key_conditions
            if name != order.partition:
                raise UnusualValue
            entries = order.entries(order.value(name, partition))
            span = range(len(entries))
            if range_key_conditions:
                span = _span(entries, order, *range_key_conditions[0])
            start = _start(order, exclusive_start_key, partition) if exclusive_start_key is not None else None
            found = _page(entries, span, start, limit, forward=scan_index_forward)
        except UnusualValue:
            return query(
                self,
                hash_key,
                range_comparison,
                range_objs,
                limit,
                exclusive_start_key,
                scan_index_forward,
                projection_expressions,
                index_name,
                consistent_read,
                filter_expression,
                hash_key_conditions=hash_key_conditions,
                range_key_conditions=range_key_conditions,
                **filters,
            )
        items, count = found.items, len(found.items)
        last = self._get_last_evaluated_key(items[-1], index_name) if found.more else None
        if index is not None:
            items = [index.project(item) for item in items]
        if filter_expression is not None:
            items = [item for item in items if filter_expression.expr(item)]
        if projection_expressions:
            items = [item.project(projection_expressions) for item in items]
        return items, count, last

    Table.query = ordered


def _order_of(table: Table, index_name: str | None, *, consistent_read: bool) -> tuple[Order, SecondaryIndex | None]:
    items = table.items
    if not isinstance(items, Items):
        raise UnusualValue
    index = next((each for each in table.all_indexes() if each.name == index_name), None) if index_name else None
    if index_name and (index is None or consistent_read):
        raise UnusualValue
    order = items.order(index)
    if order is None:
        raise UnusualValue
    return order, index


def _first(entry: Entry) -> Any:
    return entry.key[0]


def _span(entries: list[Entry], order: Order, name: str, comparison: str, operands: list[DynamoType]) -> range:
    """Where the entries are whose sort key fulfils the condition."""
    if name != order.sorted_by[0]:
        raise UnusualValue
    values: list[Any] = [order.value(name, each) for each in operands]
    begin, end = 0, len(entries)
    match comparison.upper(), values:
        case "=", [value]:
            begin, end = bisect_left(entries, value, key=_first), bisect_right(entries, value, key=_first)
        case "<", [value]:
            end = bisect_left(entries, value, key=_first)
        case "<=", [value]:
            end = bisect_right(entries, value, key=_first)
        case ">", [value]:
            begin = bisect_right(entries, value, key=_first)
        case ">=", [value]:
            begin = bisect_left(entries, value, key=_first)
        case "BETWEEN", [low, high]:
            begin, end = bisect_left(entries, low, key=_first), bisect_right(entries, high, key=_first)
        case "BEGINS_WITH", [str(prefix)]:
            begin = bisect_left(entries, prefix, key=_first)
            end = bisect_left(entries, True, begin, key=lambda entry: not str(_first(entry)).startswith(prefix))
        case _:
            raise UnusualValue
    return range(begin, max(begin, end))


def _start(order: Order, given: dict[str, Any], partition: DynamoType) -> tuple[Value, ...]:
    """The key after which a page begins."""
    if not given.keys() >= {order.partition, *order.sorted_by} or DynamoType(given[order.partition]) != partition:
        raise UnusualValue
    return tuple(order.value(name, DynamoType(given[name])) for name in order.sorted_by)


def _page(
    entries: list[Entry], span: range, start: tuple[Value, ...] | None, limit: int | None, *, forward: bool
) -> _Found:
    """The items of the span that come after the start, as many as a page holds."""
    if limit is not None and limit < 1:
        raise UnusualValue
    begin, end = span.start, span.stop
    if start is not None and forward:
        begin = max(begin, bisect_right(entries, start, key=lambda entry: entry.key))
    elif start is not None:
        end = min(end, bisect_left(entries, start, key=lambda entry: entry.key))
    wanted = range(begin, end) if forward else range(end - 1, begin - 1, -1)
    # As in DynamoDB, a page ends with an item of the partition that it has no room for, be that of the span or not.
    beyond = range(max(begin, end), len(entries)) if forward else range(min(begin, end) - 1, -1, -1)
    found: list[Item] = []
    size = 0
    for place in wanted:
        item = entries[place].item
        if len(found) == limit or size + item.size() > RESULT_SIZE_LIMIT:
            return _Found(found, more=True)
        found.append(item)
        size += item.size()
    if len(found) == limit and beyond:
        return _Found(found, more=True)
    if size + _ANY_ITEM > RESULT_SIZE_LIMIT:
        return _Found(found, more=any(size + entries[each].item.size() > RESULT_SIZE_LIMIT for each in beyond))
    return _Found(found, more=False)
