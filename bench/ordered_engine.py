"""ministack with each partition's rows in order, as DynamoDB has them: `python -m local.ministack --program …`.

ministack itself compares the key condition with every row of a partition, some 90 µs each, whatever the range and
limit. At 60,000 rows a query takes longer than a client waits. Here a query by a range of the sort key gets the rows of
that range only, at most one page of them; ministack does the rest. For benchmarks, which only add rows.
"""

import re
import runpy
from bisect import bisect_left, bisect_right
from importlib import import_module
from typing import Any

_BETWEEN = re.compile(r"BETWEEN (:\w+) AND (:\w+)")
# More rows than a page of a megabyte has.
_A_PAGE = 20_000

_engine: Any = import_module("ministack.services.dynamodb")
_query, _evaluate = _engine._query, _engine._evaluate_condition
_orders: dict[tuple[str, str], list[str]] = {}


def query(data: dict[str, Any]) -> Any:
    """Answers a query by a range of a table's own sort key from the rows of that range; others as ministack does."""
    table = _engine._tables.get(data.get("TableName"))
    between = _BETWEEN.search(data.get("KeyConditionExpression", ""))
    if table is None or between is None or data.get("IndexName"):
        return _query(data)
    values = {name: next(iter(value.values())) for name, value in data["ExpressionAttributeValues"].items()}
    low, high = values.pop(between[1]), values.pop(between[2])
    [partition] = values.values()
    rows = table["items"].get(partition, {})
    order = _orders.get((data["TableName"], partition), [])
    if len(order) != len(rows):
        order = _orders[data["TableName"], partition] = sorted(rows)
    first, end = bisect_left(order, low), bisect_right(order, high)
    begun = (data.get("ExclusiveStartKey") or {}).get("sk")
    most = min(int(data.get("Limit") or _A_PAGE), _A_PAGE) + 1
    if data.get("ScanIndexForward", True):
        first = bisect_right(order, begun["S"]) if begun else first
        wanted = order[first : min(end, first + most)]
    else:
        end = bisect_left(order, begun["S"]) if begun else end
        wanted = order[max(first, end - most) : end]
    whole, table["items"] = table["items"], {partition: {key: rows[key] for key in wanted}}
    _engine._evaluate_condition = lambda *_, **__: True  # every row of the range meets it
    try:
        return _query(data)
    finally:
        table["items"], _engine._evaluate_condition = whole, _evaluate


if __name__ == "__main__":
    _engine._query = query
    runpy.run_module("ministack", run_name="__main__")
