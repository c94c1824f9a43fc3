"""Counts what a call asks of AWS, and computes what DynamoDB would charge for it.

DynamoDB's rules: a write unit is 1 KB begun of the larger of the item before and after, doubled in a transaction (it is
prepared and committed); each index whose entry comes, goes or changes costs its entry's size besides, once, since
indexes are written after the commit; a changed index key is two entries. A read unit is 4 KB begun, strongly read, or
8 KB eventually; a query rounds the sum of its items, a batch each item, also those that are not there.
"""

import json
import math
from base64 import b64decode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock, get_ident
from typing import Any

import pytest

from chalicelib.core import aws
from chalicelib.core.egress.client import EgressClient
from chalicelib.core.table_definitions import table_definitions
from local.engine.resources import ROWS
from tests.budgets.causes import Causes, traced
from tests.faults.wire import listening, operation_of

Item = dict[str, Any]
_WRITE_UNIT = 1024
_READ_UNIT = 4096
_PARTLY = frozenset({"ProjectionExpression", "Select"})


@dataclass
class Request:
    """One request to AWS. Requests to DynamoDB of one `level` do not wait for one another."""

    service: str
    operation: str
    body: Any
    level: int
    writes: list["Write"] = field(default_factory=list)
    answer: Any = None


@dataclass
class Write:
    """One item that a request writes."""

    operation: str
    table: str
    key: Item
    in_transaction: bool
    before: Item | None
    after: Item | None = None

    @property
    def units(self) -> dict[str, int]:
        """Write capacity units of the row, and of each index that holds it otherwise afterwards, by their names."""
        largest = max(size_of(self.before), size_of(self.after), 1)
        own = math.ceil(largest / _WRITE_UNIT) * (2 if self.in_transaction else 1)
        entries = {index["IndexName"]: _index_units(index, self) for index in _indexes(self.table)}
        return {"row": own} | {name: units for name, units in entries.items() if units}


@dataclass
class Bill:
    """What a call asked for."""

    requests: list[Request] = field(default_factory=list)
    webhooks: int = 0

    def of(self, service: str) -> list[Request]:
        """The requests to one service, in order."""
        return [request for request in self.requests if request.service == service]

    @property
    def operations(self) -> list[str]:
        """The names of the requests to DynamoDB, in order."""
        return [request.operation for request in self.of("dynamodb")]

    @property
    def levels(self) -> int:
        """The most requests to DynamoDB that had to wait for one another."""
        return max((request.level for request in self.of("dynamodb")), default=0)

    @property
    def most_items(self) -> int:
        """The items of the largest transaction."""
        return max((len(request.writes) for request in self.of("dynamodb") if _is_transaction(request)), default=0)

    @property
    def write_units(self) -> int:
        """Write capacity units."""
        return sum(sum(write.units.values()) for request in self.of("dynamodb") for write in request.writes)

    @property
    def read_units(self) -> float:
        """Read capacity units."""
        return sum(read_units(request) for request in self.of("dynamodb"))


@contextmanager
def metered(*, weigh: bool = False) -> Iterator[Bill]:
    """Counts what this thread asks for in the block, and the tasks that it gives to pools.

    With `weigh`, looks past the count at every written item before and after, and at the rows of queries that do not
    give them whole.
    """
    with ExitStack() as hooks, pytest.MonkeyPatch.context() as patch:
        meter = _Meter(weigh, hooks.enter_context(traced()))
        for service in ("dynamodb", "sqs", "s3", "kms"):
            hooks.enter_context(listening(f"before-send.{service}", meter.begin))
            hooks.enter_context(listening(f"response-received.{service}", meter.end))
        send = EgressClient.send

        def counted(client: EgressClient, *arguments: Any, **named: Any) -> Any:
            meter.bill.webhooks += 1
            return send(client, *arguments, **named)

        patch.setattr(EgressClient, "send", counted)
        yield meter.bill


class _Meter:
    def __init__(self, weigh: bool, causes: Causes) -> None:
        self.bill = Bill()
        self._weigh = weigh
        self._causes = causes
        self._lock = Lock()
        self._open: dict[int, Request] = {}

    def begin(self, request: Any, event_name: str, **_: Any) -> None:
        """A request leaves."""
        service = event_name.split(".")[1]
        level = self._causes.step() if service == "dynamodb" else self._causes.level
        if level is None:  # of another's thread, or a look past the count
            return
        body = json.loads(request.body) if service in ("dynamodb", "sqs") else None
        made = Request(service, operation_of(event_name), body, level)
        if self._weigh and service == "dynamodb":
            made.writes = [self._looked_at(write) for write in _writes(made)]
        elif service == "dynamodb":
            made.writes = _writes(made)
        with self._lock:
            self.bill.requests.append(made)
            self._open[get_ident()] = made

    def end(self, parsed_response: Any, **_: Any) -> None:
        """The answer of this thread's request is there."""
        made = self._open.pop(get_ident(), None)
        if made is None:
            return
        made.answer = parsed_response
        if self._weigh:
            for write in made.writes:
                write.after = self._find(write)
            if made.operation == "Query" and not made.body.keys().isdisjoint(_PARTLY):
                made.answer = self._whole(made.body)

    def _whole(self, query: Item) -> Item:
        """What a query reads that answers a part of each row, or their number alone."""
        names = query.get("ExpressionAttributeNames", {})
        used = {name: names[name] for name in names if name in query["KeyConditionExpression"]}
        whole = {name: value for name, value in query.items() if name not in _PARTLY}
        with self._causes.aside():
            answer: Item = aws.client("dynamodb").query(**whole | {"ExpressionAttributeNames": used})
        return answer

    def _looked_at(self, write: Write) -> Write:
        write.before = self._find(write)
        return write

    def _find(self, write: Write) -> Item | None:
        with self._causes.aside():
            answer = aws.client("dynamodb").get_item(TableName=write.table, Key=write.key, ConsistentRead=True)
        item: Item | None = answer.get("Item")
        return item


def _is_transaction(request: Request) -> bool:
    return request.operation == "TransactWriteItems"


def _writes(request: Request) -> list[Write]:
    if _is_transaction(request):
        operations = [next(iter(item.items())) for item in request.body["TransactItems"]]
    elif request.operation in ("PutItem", "UpdateItem", "DeleteItem"):
        operations = [(request.operation.removesuffix("Item"), request.body)]
    else:
        return []
    return [
        Write(name, operation["TableName"], _key_of(operation), _is_transaction(request), before=None)
        for name, operation in operations
    ]


def _key_of(operation: Item) -> Item:
    item = operation.get("Key") or operation["Item"]
    return {"pk": item["pk"], "sk": item["sk"]}


def _index_units(index: Item, write: Write) -> int:
    keys = [part["AttributeName"] for part in index["KeySchema"]]
    before, after = (_entry(index, keys, item) for item in (write.before, write.after))
    if before == after:
        return 0
    is_moved = before is not None and after is not None and any(before[key] != after[key] for key in keys)
    sizes = [size_of(entry) for entry in (before, after) if entry is not None]
    entries = sizes if is_moved else [max(sizes)]
    return sum(math.ceil(size / _WRITE_UNIT) for size in entries)


def _entry(index: Item, keys: list[str], item: Item | None) -> Item | None:
    """What an index holds of an item; None where the item lacks a key of it."""
    if item is None or not all(key in item for key in keys):
        return None
    projection = index["Projection"]
    if projection["ProjectionType"] == "ALL":
        return item
    shown = {"pk", "sk", *keys, *projection.get("NonKeyAttributes", ())}
    return {name: value for name, value in item.items() if name in shown}


@lru_cache(maxsize=1)
def _definitions() -> dict[str, Item]:
    return {definition["TableName"]: definition for definition in table_definitions(ROWS)}


def _indexes(table: str) -> list[Item]:
    return list(_definitions()[table].get("GlobalSecondaryIndexes", []))


def read_units(request: Request) -> float:
    """Read capacity units of one request."""
    answer = request.answer or {}
    if request.operation == "GetItem":
        return _units([size_of(answer.get("Item"))], strong=request.body.get("ConsistentRead", False))
    if request.operation == "Query":
        total = sum(size_of(item) for item in answer.get("Items", ()))
        return _units([total], strong=request.body.get("ConsistentRead", False))
    if request.operation == "BatchGetItem":
        return sum(_batch_units(wanted, answer["Responses"][table]) for table, wanted in _wanted(request).items())
    return 0


def _wanted(request: Request) -> dict[str, Item]:
    wanted: dict[str, Item] = request.body["RequestItems"]
    return wanted


def _batch_units(wanted: Item, items: list[Item]) -> float:
    absent = [0] * (len(wanted["Keys"]) - len(items))
    return _units([*(size_of(item) for item in items), *absent], strong=wanted["ConsistentRead"])


def _units(sizes: list[int], *, strong: bool) -> float:
    return sum(max(1, math.ceil(size / _READ_UNIT)) for size in sizes) * (1 if strong else 0.5)


def size_of(item: Item | None) -> int:
    """An item's bytes as DynamoDB counts them: names and values."""
    return sum(len(name.encode()) + _value_size(value) for name, value in (item or {}).items())


def _value_size(value: Item) -> int:
    [(kind, content)] = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":  # two digits a byte, one for the exponent, one for a sign
        digits: str = content.lstrip("-").replace(".", "").strip("0") or "0"
        return math.ceil(len(digits) / 2) + 1 + int(content.startswith("-"))
    if kind == "B":
        return len(b64decode(content))
    if kind == "SS":
        return 3 + sum(1 + len(member.encode()) for member in content)
    if kind == "L":
        return 3 + sum(1 + _value_size(element) for element in content)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _value_size(element) for name, element in content.items())
    return 1
