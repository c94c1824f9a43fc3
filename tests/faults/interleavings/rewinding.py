"""Engine and chain put back to where they were, at the cost of what changed, so that a world need not be made anew."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy, deepcopy
from inspect import signature
from typing import Any

import pytest

from chalicelib.core.settings import settings
from local.engine import REGION, start_engine
from local.queues.lambda_events import ACCOUNT_ID
from tests.faults.interleavings.chain_mark import ChainMark, is_chain_embedded

_Place = tuple[str, Any, Any]


def can_rewind() -> bool:
    """True on the embedded engine and chain; others' worlds are made anew."""
    return start_engine().embedded and is_chain_embedded()


class Rewinder:
    """Remembers each item as it was at the mark before its first change, all queues and objects, and the chain.

    Only while `held` lasts, and only these: KMS keeps the keys that it has.
    """

    def __init__(self) -> None:
        from moto.dynamodb.models import dynamodb_backends
        from moto.s3.models import s3_backends
        from moto.sqs.models import sqs_backends

        self._tables: dict[str, Any] = dynamodb_backends[ACCOUNT_ID][REGION].tables
        self._queues: dict[str, Any] = sqs_backends[ACCOUNT_ID][REGION].queues
        self._bucket: Any = s3_backends[ACCOUNT_ID]["aws"].buckets[settings().bucket]
        self._before: dict[_Place, Any] = {}
        self._messages: dict[str, Any] = {}
        self._objects: dict[str, list[Any]] = {}
        self._chain: ChainMark | None = None
        self._lagging = False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Listens to every change of an item."""
        from moto.dynamodb.models import DynamoDBBackend
        from moto.dynamodb.models.table import Table
        from moto.s3.models import FakeKey

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Table, "put_item", _after(self._before_put, Table.put_item))
            patch.setattr(Table, "delete_item", _after(self._before_delete, Table.delete_item))
            patch.setattr(DynamoDBBackend, "update_item", _after(self._before_update, DynamoDBBackend.update_item))
            patch.setattr(Table, "query", self._query_by(Table.query))
            patch.setattr(FakeKey, "dispose", lambda *_, **__: None)  # what is deleted may come back
            yield

    def mark(self) -> None:
        """This is where `rewind` goes back to."""
        self._before.clear()
        self._messages = {
            name: deepcopy((queue._messages, queue._pending_messages)) for name, queue in self._queues.items()
        }
        self._objects = {key: list(self._bucket.keys.getlist(key)) for key in self._bucket.keys}
        self._chain = ChainMark()

    def rewind(self) -> None:
        """Everything is as it was at the mark."""
        for (table, hash_key, range_key), item in self._before.items():
            rows = self._tables[table].items
            if item is None:
                rows.get(hash_key, {}).pop(range_key, None)
            else:
                rows[hash_key][range_key] = item
        self._before.clear()
        for name, queue in self._queues.items():
            queue._messages, queue._pending_messages = deepcopy(self._messages[name])
        for key in set(self._bucket.keys) - set(self._objects):
            self._bucket.keys.pop(key)
        for key, versions in self._objects.items():
            self._bucket.keys.setlist(key, list(versions))
        if self._chain is not None:
            self._chain.restore()

    @contextmanager
    def indexes_lagging(self) -> Iterator[None]:
        """Within the block every index is as it was at the mark, while the tables are as they are."""
        self._lagging = True
        try:
            yield
        finally:
            self._lagging = False

    def _query_by(self, query: Callable[..., Any]) -> Callable[..., Any]:
        parameters = signature(query)

        def told(table: Any, *arguments: Any, **named: Any) -> Any:
            if self._lagging and parameters.bind(table, *arguments, **named).arguments.get("index_name"):
                table = copy(table)
                table.items = self._at_mark(table)
            return query(table, *arguments, **named)

        return told

    def _at_mark(self, table: Any) -> Any:
        items = defaultdict(dict, table.items)
        for (name, hash_key, range_key), item in self._before.items():
            if name == table.name:
                rows = items[hash_key] = dict(items[hash_key])
                rows.pop(range_key, None)
                if item is not None:
                    rows[range_key] = item
        return items

    def _before_put(self, table: Any, item_attrs: Any, *_: Any, **__: Any) -> None:
        self._remember(table, item_attrs)

    def _before_update(self, backend: Any, table_name: str, key: Any, *_: Any, **__: Any) -> None:
        self._remember(backend.get_table(table_name), key)

    def _before_delete(self, table: Any, hash_key: Any, range_key: Any, *_: Any, **__: Any) -> None:
        self._keep(table, hash_key, range_key)

    def _remember(self, table: Any, attributes: Any) -> None:
        from moto.dynamodb.models.dynamo_type import DynamoType

        names = (table.hash_key_attr, table.range_key_attr)
        if attributes.keys() >= set(names):
            self._keep(table, *(DynamoType(attributes[name]) for name in names))

    def _keep(self, table: Any, hash_key: Any, range_key: Any) -> None:
        place = (table.name, hash_key, range_key)
        if place not in self._before:
            item = table.items.get(hash_key, {}).get(range_key)
            self._before[place] = None if item is None else deepcopy(item)


def _after(first: Callable[..., None], then: Callable[..., Any]) -> Callable[..., Any]:
    def both(*arguments: Any, **named: Any) -> Any:
        first(*arguments, **named)
        return then(*arguments, **named)

    return both
