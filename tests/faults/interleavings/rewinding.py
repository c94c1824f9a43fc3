"""Engine and chain put back to where they were, at the cost of what changed, so that a world need not be made anew."""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy, deepcopy
from functools import wraps
from hashlib import sha256
from inspect import signature
from typing import Any, NamedTuple
from weakref import WeakSet

import pytest

from chalicelib.core.settings import settings
from local.engine import REGION, start_engine
from local.queues.event_sources import QueueSource
from local.queues.lambda_events import ACCOUNT_ID
from local.queues.pump import Pump
from tests.faults.interleavings.accesses import Accesses, Resource
from tests.faults.interleavings.chain_mark import ChainMark, is_chain_embedded

_Place = tuple[str, Any, Any]
_Queues = Mapping[str, tuple[Any, Any]]
_Objects = Mapping[str, list[Any]]
# A turn of an actor is microseconds after the one before: which of two came first is not looked at in a state.
_MICROSECONDS = re.compile(r"(\b0?1[67]\d{11}|T\d\d:\d\d:\d\d\.\d{3}|\b\d{8}(?=\d{3}#))\d{3}")


class State(NamedTuple):
    """All that was stored at a moment; of two with one digest nobody can tell which is which."""

    rows: Mapping[_Place, Any]
    queues: _Queues
    objects: _Objects
    chain: ChainMark | None
    changed: frozenset[Resource]
    digest: str


def can_rewind() -> bool:
    """True on the embedded engine and chain; others' worlds are made anew."""
    return start_engine().embedded and is_chain_embedded()


class Rewinder:
    """Remembers each item as it was at the mark before its first change, all queues and objects, and the chain.

    Only while `held` lasts, and only these: KMS keeps the keys that it has. `changed` is everything that shows a change
    since the mark, where the engine tells of accesses.
    """

    def __init__(self, accesses: Accesses) -> None:
        from moto.dynamodb.models import dynamodb_backends
        from moto.s3.models import s3_backends
        from moto.sqs.models import sqs_backends

        self._tables: dict[str, Any] = dynamodb_backends[ACCOUNT_ID][REGION].tables
        self._queues: dict[str, Any] = sqs_backends[ACCOUNT_ID][REGION].queues
        self._bucket: Any = s3_backends[ACCOUNT_ID]["aws"].buckets[settings().bucket]
        self._before: dict[_Place, Any] = {}
        self._earlier: dict[_Place, Any] = {}
        self._messages: _Queues = {}
        self._objects: _Objects = {}
        self._chain: ChainMark | None = None
        self.indexes_lag: Callable[[], bool] = lambda: False
        self.changed: set[Resource] = set()
        self._accesses = accesses

    @contextmanager
    def held(self) -> Iterator[None]:
        """Listens to every change of an item; at the end everything is as it was at the beginning."""
        from moto.dynamodb.models import DynamoDBBackend
        from moto.dynamodb.models.table import Table
        from moto.s3.models import FakeKey

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Table, "put_item", _after(self._before_put, Table.put_item))
            patch.setattr(Table, "delete_item", _after(self._before_delete, Table.delete_item))
            patch.setattr(DynamoDBBackend, "update_item", _after(self._before_update, DynamoDBBackend.update_item))
            patch.setattr(Table, "query", self._query_by(Table.query))
            make, dispose = FakeKey.__init__, FakeKey.dispose
            made: WeakSet[Any] = WeakSet()
            patch.setattr(FakeKey, "__init__", _after(make, lambda key, *_, **__: made.add(key)))
            # What is deleted may come back, while anybody remembers it.
            patch.setattr(FakeKey, "dispose", lambda key, garbage=False: dispose(key) if garbage else None)
            patch.setattr(Pump, "_counts", lambda pump: self._counts(pump))
            messages, objects, chain = self._queued(), self._stored(), ChainMark()
            self.mark()
            try:
                with self._accesses.telling(lambda access: self.changed.update(access.shown)):
                    yield
            finally:
                for place, item in (self._before | self._earlier).items():
                    self._set(place, item)
                self._put_back(messages, objects, chain)
                present = {id(version) for versions in objects.values() for version in versions}
                for key in made:
                    if key.bucket_name == self._bucket.name and id(key) not in present:
                        dispose(key)

    def mark(self) -> None:
        """This is where `rewind` goes back to."""
        self._earlier = self._before | self._earlier
        self._before = {}
        self.changed.clear()
        self._messages, self._objects = self._queued(), self._stored()
        self._chain = ChainMark()

    def rewind(self) -> None:
        """Everything is as it was at the mark."""
        for place, item in self._before.items():
            self._set(place, item)
        self._before.clear()
        self.changed.clear()
        self._put_back(self._messages, self._objects, self._chain)

    def state(self) -> State:
        """All that is stored now, for `restore`."""
        assert self._chain is not None
        rows = {place: deepcopy(self._item(place)) for place in self._before}
        changed = {
            str(place): [None if item is None else item.to_json() for item in (before, rows[place])]
            for place, before in self._before.items()
        }
        chain = None if self._chain.is_present() else ChainMark()
        queues, objects = self._queued(), self._stored()
        shown = [
            {place: after for place, (before, after) in changed.items() if before != after},
            [[name, *map(_shown, messages)] for name, (messages, _) in queues.items()],
            {key: [version.etag for version in versions] for key, versions in objects.items()},
            chain and chain.head,
        ]
        text = _MICROSECONDS.sub(r"\1", json.dumps(shown, sort_keys=True, default=str))
        return State(rows, queues, objects, chain, frozenset(self.changed), sha256(text.encode()).hexdigest())

    def restore(self, state: State) -> None:
        """Everything is as it was then."""
        self.rewind()
        for place, item in state.rows.items():
            table, hash_key, range_key = place
            self._keep(self._tables[table], hash_key, range_key)
            self._set(place, deepcopy(item))
        self._put_back(state.queues, state.objects, state.chain or self._chain)
        self.changed.update(state.changed)

    def is_chain_as_marked(self) -> bool:
        """True while the chain is as it was at the mark."""
        return self._chain is not None and self._chain.is_present()

    def item(self, resource: Resource) -> Any:
        """An item as it is now; None where there is none."""
        return self._item(_place(resource))

    def put(self, resource: Resource, item: Any) -> None:
        """Makes an item this; None removes it."""
        place = _place(resource)
        self._keep(self._tables[place[0]], *place[1:])
        self._set(place, item)

    def _set(self, place: _Place, item: Any) -> None:
        table, hash_key, range_key = place
        rows = self._tables[table].items
        if item is None:
            rows.get(hash_key, {}).pop(range_key, None)
        else:
            rows[hash_key][range_key] = item

    def _item(self, place: _Place) -> Any:
        table, hash_key, range_key = place
        return self._tables[table].items.get(hash_key, {}).get(range_key)

    def _queued(self) -> _Queues:
        return {name: deepcopy((queue._messages, queue._pending_messages)) for name, queue in self._queues.items()}

    def _stored(self) -> _Objects:
        return {key: list(self._bucket.keys.getlist(key)) for key in self._bucket.keys}

    def _put_back(self, queues: _Queues, objects: _Objects, chain: ChainMark | None) -> None:
        for name, queue in self._queues.items():
            queue._messages, queue._pending_messages = deepcopy(queues[name])
        for key in set(self._bucket.keys) - set(objects):
            self._bucket.keys.pop(key)
        for key, versions in objects.items():
            self._bucket.keys.setlist(key, list(versions))
        if chain is not None:
            chain.restore()

    @contextmanager
    def impatient(self) -> Iterator[None]:
        """As that of `tests.faults.recovery`, without asking each queue for it."""
        before = {name: queue.visibility_timeout for name, queue in self._queues.items()}
        try:
            for queue in self._queues.values():
                queue.visibility_timeout = 0
            yield
        finally:
            for name, queue in self._queues.items():
                queue.visibility_timeout = before[name]

    @contextmanager
    def indexes_lagging(self, lag: Callable[[], bool]) -> Iterator[None]:
        """Within the block, while `lag` says so, every index is as it was at the mark; the tables are as they are."""
        self.indexes_lag = lag
        try:
            yield
        finally:
            self.indexes_lag = lambda: False

    def _counts(self, pump: Pump) -> tuple[list[QueueSource], dict[str, int]]:
        """As the pump's own, which asks each queue by a request."""
        receivable, hidden = [], {}
        for source in pump.queues:
            queue = self._queues[source.queue_name]
            if queue.approximate_number_of_messages:
                receivable.append(source)
            number = queue.approximate_number_of_messages_delayed + queue.approximate_number_of_messages_not_visible
            if number:
                hidden[source.queue_name] = number
        return receivable, hidden

    def _query_by(self, query: Callable[..., Any]) -> Callable[..., Any]:
        parameters = signature(query)

        @wraps(query)
        def told(table: Any, *arguments: Any, **named: Any) -> Any:
            if self.indexes_lag() and parameters.bind(table, *arguments, **named).arguments.get("index_name"):
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


def _place(resource: Resource) -> _Place:
    from moto.dynamodb.models.dynamo_type import DynamoType

    table, hash_key, range_key = resource
    return table, DynamoType({"S": hash_key}), DynamoType({"S": range_key})


def _shown(message: Any) -> list[Any]:
    received = message.approximate_receive_count
    return [message.body, message.group_id, received, message.visible, message.delayed]


def _after(first: Callable[..., None], then: Callable[..., Any]) -> Callable[..., Any]:
    def both(*arguments: Any, **named: Any) -> Any:
        first(*arguments, **named)
        return then(*arguments, **named)

    return both
