"""What each request reads and writes, and from that where in a step another one makes a difference.

A request of the first actor that has nothing to do with the second one's step may stand before it or after it: the
outcome is one. So of all places between two requests that do have to do with it, one is enough, as in partial-order
reduction of a model checker. Only on the embedded engine, which tells of each item.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import signature
from typing import Any, NamedTuple

import pytest

from tests.faults.interleavings.actors import SECOND, present

_Resource = tuple[Any, ...]
_BY = "by"
_READING_KMS = ("Decrypt", "Describe", "Encrypt", "Generate", "Get", "List", "Sign", "Verify")
_READING_SQS = ("GetQueueAttributes", "GetQueueUrl", "ListQueues")
_READING_S3 = ("GetObject", "HeadObject", "ListObjects")
_SENDING_RPC = ("eth_send", "evm_", "anvil_")


class Footprint(NamedTuple):
    """What some requests read and what they write: items, partitions, parts of indexes, queues, objects, the chain."""

    reads: set[_Resource]
    writes: set[_Resource]

    @staticmethod
    def empty() -> "Footprint":
        """Of nothing."""
        return Footprint(set(), set())

    def meets(self, other: "Footprint") -> bool:
        """True where the order of the two may make a difference."""
        return not (
            self.writes.isdisjoint(other.writes)
            and self.writes.isdisjoint(other.reads)
            and self.reads.isdisjoint(other.writes)
        )


class Footprints:
    """Those of the first actor's requests, one by one, and that of all that the second actor did."""

    def __init__(self, indexes_lag: Callable[[], bool] = lambda: False) -> None:
        self.first: list[Footprint] = []
        self.second = Footprint.empty()
        self.indexes_lag = indexes_lag

    def request(self, operation: str, address: str) -> None:
        """A request leaves, such as `sqs.SendMessage`, for a queue, an object or nothing in particular."""
        if present() != SECOND:
            self.first.append(Footprint.empty())
        service, _, name = operation.rpartition(".")
        if service == "sqs":
            self._note(("queue", address), reads=name in _READING_SQS)
        elif service == "s3":
            self._note(("object", address.partition("?")[0]), reads=name.startswith(_READING_S3))
        elif service == "kms":
            self._note(("keys",), reads=name.startswith(_READING_KMS))
        elif service == "rpc":
            self._note(("chain",), reads=not name.startswith(_SENDING_RPC))
        elif service != "dynamodb":
            self._note((service, name), reads=False)

    def next_place(self, place: int, *, taken: int) -> int | None:
        """The next request before which the second step, taken that many times from `place` on, may end otherwise.

        None where all the others are like this one.
        """
        for number, request in enumerate(self.first[place - 1 :], place):
            if request.meets(self.second):
                return max(place + 1, number + 2 - taken)
        return None

    def ask_indexes(self) -> bool:
        """True where anything was read by an index."""
        return any(resource[1:2] == (_BY,) for each in (*self.first, self.second) for resource in each.reads)

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

    def _note(self, *resources: _Resource, reads: bool) -> None:
        actual = self.second if present() == SECOND else self.first[-1] if self.first else Footprint.empty()
        (actual.reads if reads else actual.writes).update(resources)

    def _getting(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def got(table: Any, hash_key: Any, range_key: Any = None, *given: Any, **named: Any) -> Any:
            self._note((table.name, hash_key.value, range_key and range_key.value), reads=True)
            return original(table, hash_key, range_key, *given, **named)

        return got

    def _querying(self, original: Callable[..., Any]) -> Callable[..., Any]:
        parameters = signature(original)

        def queried(table: Any, *given: Any, **named: Any) -> Any:
            call = parameters.bind(table, *given, **named).arguments
            if not call.get("index_name"):
                self._note((table.name, call["hash_key"].value), reads=True)
            elif not self.indexes_lag():  # else they are as they were, whatever anybody does
                [(name, value), *_] = call["hash_key_conditions"]
                self._note((table.name, _BY, name, value.value), reads=True)
            return original(table, *given, **named)

        return queried

    def _scanning(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def scanned(table: Any, *given: Any, **named: Any) -> Any:
            self._note((table.name,), reads=True)
            return original(table, *given, **named)

        return scanned

    def _changing(
        self, original: Callable[..., Any], key_of: Callable[..., tuple[Any, Any, Any]]
    ) -> Callable[..., Any]:
        def changed(owner: Any, *given: Any, **named: Any) -> Any:
            table, hash_key, range_key = key_of(owner, *given, **named)
            self._note(*_shown_in(table, hash_key, range_key), reads=False)
            try:
                return original(owner, *given, **named)
            finally:
                self._note(*_shown_in(table, hash_key, range_key), reads=False)

        return changed


def _shown_in(table: Any, hash_key: Any, range_key: Any) -> Iterator[_Resource]:
    """Everything whose readers see the item as it is."""
    yield (table.name, hash_key.value, range_key and range_key.value)
    yield (table.name, hash_key.value)
    yield (table.name,)
    item = table.items.get(hash_key, {}).get(range_key)
    for index in table.all_indexes() if item is not None else ():
        for name in (key["AttributeName"] for key in index.schema if key["KeyType"] == "HASH"):
            if name in item.attrs:
                yield (table.name, _BY, name, item.attrs[name].value)


def _key_of_put(table: Any, item_attrs: Any, *_: Any, **__: Any) -> tuple[Any, Any, Any]:
    return _keyed(table, item_attrs)


def _key_of_delete(table: Any, hash_key: Any, range_key: Any, *_: Any, **__: Any) -> tuple[Any, Any, Any]:
    return table, hash_key, range_key


def _key_of_update(backend: Any, table_name: str, key: Any, *_: Any, **__: Any) -> tuple[Any, Any, Any]:
    return _keyed(backend.get_table(table_name), key)


def _keyed(table: Any, attributes: Any) -> tuple[Any, Any, Any]:
    from moto.dynamodb.models.dynamo_type import DynamoType

    return table, *(DynamoType(attributes[name]) for name in (table.hash_key_attr, table.range_key_attr))
