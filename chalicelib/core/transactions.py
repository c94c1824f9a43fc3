"""Writes that happen together or not at all, with a named error for each condition.

with the change: rows, outbox rows, idempotency record, audit entry
after the commit: best-effort queue messages that name the rows (the sweepers find what they miss)

TransactionFailed   for a reason that no condition of ours explains
Contended           other transactions kept holding one of the rows
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core import aws
from chalicelib.core.errors import Contended
from chalicelib.core.pynamo import connection_of
from chalicelib.core.queues import Message, Queue, send_best_effort
from chalicelib.core.retrying import RowChanged
from chalicelib.core.tables import Row, assign

MAX_WRITES = 100
_VERSION = "version"
_CONFLICT_ATTEMPTS = 12
_TRANSIENT = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
_OPERATIONS = {"Put": "put_item", "Update": "update_item", "Delete": "delete_item"}


class TransactionFailed(Exception):
    """DynamoDB refused the transaction for a reason that no condition of ours explains."""


class Transaction:
    """Collects up to 100 writes and commits them at once.

    `otherwise` is the exception raised by `commit` when that write's condition does not hold; of several failed
    conditions the first added speaks. Every try of a commit carries one request token, so a try whose answer was
    lost is not made twice. A single write travels without one, at half the cost: there a lost answer may end in
    `otherwise` although the write is ours, which whoever adds only one must bear.
    """

    def __init__(self) -> None:
        self._token = str(uuid4())
        self._writes: list[dict[str, Any]] = []
        self._otherwise: list[Exception | None] = []
        self._messages: list[tuple[Queue, Message]] = []
        self._counts: dict[tuple[str, str, str], tuple[int, dict[str, int]]] = {}

    def __len__(self) -> int:
        return len(self._writes)

    def put(self, row: Row, *, condition: Condition | None = None, otherwise: Exception | None = None) -> None:
        """Stores the whole row."""
        self._add("Put", row.get_save_kwargs_from_instance(condition=condition), otherwise)

    def create(self, row: Row, *, otherwise: Exception) -> None:
        """Stores a row whose key must be free."""
        self.put(row, condition=type(row).pk.does_not_exist(), otherwise=otherwise)

    def update(
        self,
        row: Row,
        actions: Sequence[Action],
        *,
        condition: Condition | None = None,
        otherwise: Exception | None = None,
    ) -> None:
        """Changes attributes of the row with this key."""
        self._add("Update", row.get_update_kwargs_from_instance(actions=list(actions), condition=condition), otherwise)

    def change(self, row: Row, changes: Mapping[str, Any], *, unchanged: Condition) -> None:
        """Changes a row that was read, in memory as well; the commit raises `RowChanged` where it is another by now."""
        self.update(row, assign(row, changes), condition=unchanged, otherwise=RowChanged())

    def change_version(self, row: Row, changes: Mapping[str, Any]) -> None:
        """The same of a row whose `version` counts its changes."""
        read = getattr(row, _VERSION)
        self.change(row, {**changes, _VERSION: int(read) + 1}, unchanged=getattr(type(row), _VERSION) == read)

    def delete(self, row: Row, *, condition: Condition | None = None, otherwise: Exception | None = None) -> None:
        """Removes the row with this key."""
        self._add("Delete", row.get_delete_kwargs_from_instance(condition=condition), otherwise)

    def check(self, row: type[Row], pk: str, sk: str, *, condition: Condition, otherwise: Exception) -> None:
        """Demands something of a row that is not written."""
        write = row.get_operation_kwargs_from_class(pk, range_key=sk, condition=condition)
        self._add("ConditionCheck", write, otherwise)

    def count(self, row: Row, amounts: Mapping[str, int]) -> None:
        """Adds to whole numbers of the row with this key, which begin at 0.

        Counts of one row become one write, since a transaction may touch a row but once.
        """
        place = (connection_of(row).table_name, row.pk, row.sk)
        position, counted = self._counts.setdefault(place, (len(self._writes), {}))
        for name, amount in amounts.items():
            counted[name] = counted.get(name, 0) + amount
        actions = [getattr(type(row), name).add(amount) for name, amount in counted.items()]
        write = row.get_update_kwargs_from_instance(actions=actions)
        if position == len(self._writes):
            self._add("Update", write, None)
        else:
            self._writes[position] = _operation("Update", write)

    def enqueue(self, queue: Queue, message: Message) -> None:
        """Sends `message` after the commit. Best effort: what depends on it must also be found by a sweep."""
        self._messages.append((queue, message))

    def commit(self) -> None:
        """Writes everything or nothing, then sends the messages.

        Raises the failed write's `otherwise`, `Contended`, or `TransactionFailed`.
        """
        if len(self._writes) > MAX_WRITES:
            raise ValueError(f"a transaction holds at most {MAX_WRITES} writes, not {len(self._writes)}")
        if self._writes:
            self._write()
        send_best_effort(self._messages)

    def _add(self, kind: str, write: dict[str, Any], otherwise: Exception | None) -> None:
        self._writes.append(_operation(kind, write))
        self._otherwise.append(otherwise)

    def _write(self) -> None:
        for attempt in range(_CONFLICT_ATTEMPTS):
            try:
                return self._call()
            except ClientError as error:
                self._explain(error)
            time.sleep(random.uniform(0, min(0.5, 0.01 * 2**attempt)))
        raise Contended

    def _call(self) -> None:
        client = aws.client("dynamodb")
        [(kind, write)] = self._writes[0].items() if len(self._writes) == 1 else [("several", None)]
        if write is not None and kind in _OPERATIONS:  # a single write costs half outside a transaction
            getattr(client, _OPERATIONS[kind])(**write)
        else:
            client.transact_write_items(TransactItems=self._writes, ClientRequestToken=self._token)

    def _explain(self, error: ClientError) -> None:
        """Raises what the error means; returns when the write should be tried again."""
        code = error.response["Error"]["Code"]
        if code in ("TransactionConflictException", "TransactionInProgressException"):
            return
        if code == "ConditionalCheckFailedException":
            reasons = ["ConditionalCheckFailed"]
        elif code == "TransactionCanceledException":
            reasons = [reason.get("Code", "None") for reason in error.response.get("CancellationReasons", [])]
        else:
            raise error
        for reason, otherwise in zip(reasons, self._otherwise, strict=False):
            if reason == "ConditionalCheckFailed":
                raise otherwise or TransactionFailed("a condition of the transaction does not hold") from error
        if not _TRANSIENT.intersection(reasons):
            raise TransactionFailed(f"the transaction was cancelled: {reasons}") from error


Addition = Callable[[Transaction], None]
"""Adds to somebody else's transaction what must happen together with it."""


def add_nothing(_: Transaction) -> None:
    """Where nothing is to happen along with it."""


def _operation(kind: str, write: Mapping[str, Any]) -> dict[str, Any]:
    return {kind: {name: value for name, value in write.items() if value is not None}}
