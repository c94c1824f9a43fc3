"""Which AWS calls each deployed function may make, read from its code: also on branches that no test takes.

The roles allow these and the calls that the tests saw (`permissions.json`). Found are reads and writes of rows, by the
names of PynamoDB, `chalicelib.core.tables` and `.transactions`; messages to queues; and calls of a client that is made
on the spot, as in `aws.client("ses").send_email(…)`. Calls on signing keys and secrets are not found: one line of code
serves several kinds of them.
"""

import ast
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any

from pynamodb.indexes import Index

from chalicelib.core.functions import QueueFunction
from chalicelib.core.queues import Queue
from chalicelib.core.tables import Row
from chalicelib.inventory import functions
from infra.roles.permissions import API, SECRETS_KEY, Call, dead_letters
from infra.roles.reach import Code, Definition, body

# What a function of ours, or a method of a row, an index, a connection or a transaction, asks of a table.
_FUNCTIONS = {
    "find": "GetItem",
    "read_page": "Query",
    "sort_keys": "Query",
    "count_rows": "Query",
    "read_collection": "Query",
    "read_batch": "BatchGetItem",
    "update_if": "UpdateItem",
}
_METHODS = {
    "get": "GetItem",
    "query": "Query",
    "batch_get": "BatchGetItem",
    "save": "PutItem",
    "put": "PutItem",
    "create": "PutItem",
    "update": "UpdateItem",
    "count": "UpdateItem",
    "delete": "DeleteItem",
    "check": "ConditionCheckItem",
}
# Services whose calls have the name of their IAM action, each with the resource of its calls.
_RESOURCES = {"ses": "sender", "cloudwatch": "*", "s3": "metadata/*", "kms": SECRETS_KEY}
# Calls whose IAM action has another name. `/health/deep` alone makes this one, and the tests see it.
_OTHER_ACTIONS = frozenset({"HeadBucket"})


@lru_cache(maxsize=1)
def derived() -> frozenset[Call]:
    """The calls that the platform's functions may make by their code."""
    return frozenset(calls_of(Code()))


def calls_of(code: Code) -> Iterator[Call]:
    """The calls of every function of an app."""
    reader = _Reader(code)
    for function in functions():
        if isinstance(function, QueueFunction):
            yield from _of_any_worker(function.name, function.queue.name)
        for definition in code.reached([Definition(function.run.__module__, function.name)]):
            yield from (Call(function.name, *asked) for asked in reader.asked(definition))
    routes = [each for each in code.definitions if ".routes" in each.module or each.module.endswith("core.http.health")]
    for definition in code.reached(routes):
        yield from (Call(API, *asked) for asked in reader.asked(definition))


def _of_any_worker(handler: str, queue: str) -> Iterator[Call]:
    """A worker may move a message that cannot be read to its queue's dead letters, and return a message early."""
    for resource, action in ((dead_letters(queue), "SendMessage"), (queue, "ChangeMessageVisibility")):
        yield Call(handler, "sqs", action, resource)
        yield Call(handler, "sqs", "GetQueueUrl", resource)


class _Reader:
    """Reads definitions for what they ask of AWS: service, action, resource."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self._asked: dict[Definition, frozenset[tuple[str, str, str]]] = {}
        self._rows: dict[Definition, type[Row]] = {}
        self._queues: dict[Definition, Queue] = {}
        for definition in code.definitions:
            if _holds_rows(definition.module) or definition.module.endswith(".queues"):
                value = getattr(import_module(definition.module), definition.name, None)
                if isinstance(value, type) and issubclass(value, Row) and hasattr(value, "table"):
                    self._rows[definition] = value
                elif isinstance(value, Queue):
                    self._queues[definition] = value

    def asked(self, definition: Definition) -> frozenset[tuple[str, str, str]]:
        """What a definition asks of AWS itself: service, action and resource, without what it leads to."""
        if definition not in self._asked:
            self._asked[definition] = frozenset(self._read(definition))
        return self._asked[definition]

    def _read(self, definition: Definition) -> Iterator[tuple[str, str, str]]:
        if not definition.module.startswith("chalicelib."):
            return
        node = self._code.definitions[definition]
        calls = [each for each in body(node) if isinstance(each, ast.Call)]
        yield from _of_clients(calls)
        references = self._code.references(definition)
        if not definition.module.startswith("chalicelib.core.") and not _holds_rows(definition.module):
            rows = [self._rows[each] for each in references if each in self._rows]
            meaning = self._code.reader(definition)
            asking = [each for each in calls if not _is_mappings(each, lambda owner: meaning(owner) in self._rows)]
            yield from (("dynamodb", *each) for each in _of_tables(asking, rows))
        # A worker's own module names the queue that it reads, not one that it sends to.
        if not definition.module.endswith((".tasks", ".queues")):
            for queue in (self._queues[each] for each in references if each in self._queues):
                yield from (("sqs", action, queue.name) for action in ("SendMessage", "GetQueueUrl"))


def _is_mappings(call: ast.Call, is_row: Callable[[ast.AST], bool]) -> bool:
    """Whether this is a mapping's `get`: a row's is called on its class."""
    match call.func:
        case ast.Attribute(attr="get", value=owner):
            return not is_row(owner)
        case _:
            return False


def _holds_rows(module: str) -> bool:
    """True for a feature's `models`, a module or a folder of modules."""
    return module.endswith(".models") or ".models." in module


def _of_clients(calls: list[ast.Call]) -> Iterator[tuple[str, str, str]]:
    for call in calls:
        match call.func:
            case ast.Attribute(
                attr=operation,
                value=ast.Call(func=ast.Attribute(attr="client"), args=[ast.Constant(value=str(service))]),
            ) if service in _RESOURCES:
                action = "".join(word.capitalize() for word in operation.split("_"))
                if action not in _OTHER_ACTIONS:
                    yield service, action, _RESOURCES[service]
                if (service, action) == ("s3", "GetObject"):
                    yield service, "ListBucket", "metadata"  # else S3 answers 403 for an absent object, not 404


def _of_tables(calls: list[ast.Call], rows: list[type[Row]]) -> Iterator[tuple[str, str]]:
    """Each call as an action on the tables of all rows that a definition names: which row it is on is not known."""
    for call in calls:
        match call.func:
            case ast.Name(id=name):
                action = _FUNCTIONS.get(name)
            case ast.Attribute(attr=name):
                action = _METHODS.get(name)
            case _:
                action = None
        if action == "Query":
            yield from (("Query", resource) for row in rows for resource in _queried(call, row))
        elif action is not None:
            yield from ((action, row.table) for row in rows)


def _queried(call: ast.Call, row: type[Row]) -> Iterator[str]:
    """What a query reads: the table, or an index; all of them where the index is chosen at run time."""
    indexes = {each.Meta.index_name: name for name, each in _indexes(row)}
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    if isinstance(owner, ast.Attribute) and owner.attr in indexes.values():
        yield from (f"{row.table}/index/{index}" for index, name in indexes.items() if name == owner.attr)
        return
    named = next((each.value for each in call.keywords if each.arg in ("index", "index_name")), None)
    if isinstance(named, ast.Constant) and isinstance(named.value, str):
        if named.value in indexes:
            yield f"{row.table}/index/{named.value}"
        return
    yield row.table
    if named is not None:
        yield from (f"{row.table}/index/{index}" for index in indexes)


def _indexes(row: type[Row]) -> Iterator[tuple[str, Index[Any]]]:
    for base in row.__mro__:
        yield from ((name, value) for name, value in vars(base).items() if isinstance(value, Index))
