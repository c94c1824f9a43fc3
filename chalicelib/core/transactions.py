"""Writes that happen together or not at all, with a named error for each condition.

in the transaction: rows, outbox rows, idempotency record, audit entry
after the commit: best-effort queue messages that name the rows (a sweep finds the rows of lost ones)

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


Refusal = Exception | Callable[[], Exception]
"""The exception for a condition that does not hold, or a function that makes it, called only in that case."""


class _Counted:
    """The one write that all counts of a row become."""

    def __init__(self, position: int) -> None:
        self.position = position
        self.amounts: dict[str, int] = {}
        self.added: dict[str, set[str]] = {}
        self.removed: dict[str, set[str]] = {}
        self.condition: Condition | None = None

    def actions(self, row: type[Row]) -> list[Action]:
        """The changes of the row's attributes."""
        return [
            *(getattr(row, name).add(amount) for name, amount in self.amounts.items()),
            *(getattr(row, name).add(members) for name, members in self.added.items()),
            *(getattr(row, name).delete(members) for name, members in self.removed.items()),
        ]


class Transaction:
    """Collects up to 100 writes and commits them at once.

    `otherwise` is the exception that `commit` raises when that write's condition does not hold; of several that do not
    hold, the first added counts. All tries of a commit carry one request token, so a try whose answer was lost does
    not write twice. A single write goes without a token, at half the cost: after a lost answer it may end in
    `otherwise` although it was made, which callers that add only one must expect.
    """

    def __init__(self) -> None:
        self._token = str(uuid4())
        self._writes: list[dict[str, Any]] = []
        self._otherwise: list[Refusal | None] = []
        self._messages: list[tuple[Queue, Message]] = []
        self._counts: dict[tuple[str, str, str], _Counted] = {}

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
        """Changes a row that was read, in memory at once; `commit` raises `RowChanged` if `unchanged` does not hold."""
        self.update(row, assign(row, changes), condition=unchanged, otherwise=RowChanged())

    def change_version(self, row: Row, changes: Mapping[str, Any]) -> None:
        """The same of a row whose `version` counts its changes."""
        read = getattr(row, _VERSION)
        self.change(row, {**changes, _VERSION: int(read) + 1}, unchanged=getattr(type(row), _VERSION) == read)

    def delete(self, row: Row, *, condition: Condition | None = None, otherwise: Exception | None = None) -> None:
        """Removes the row with this key."""
        self._add("Delete", row.get_delete_kwargs_from_instance(condition=condition), otherwise)

    def check(self, row: type[Row], pk: str, sk: str, *, condition: Condition, otherwise: Exception) -> None:
        """Sets a condition on a row that this transaction does not write."""
        write = row.get_operation_kwargs_from_class(pk, range_key=sk, condition=condition)
        self._add("ConditionCheck", write, otherwise)

    def count(
        self,
        row: Row,
        amounts: Mapping[str, int],
        *,
        add: tuple[str, str] | None = None,
        remove: tuple[str, str] | None = None,
        condition: Condition | None = None,
        otherwise: Refusal | None = None,
    ) -> None:
        """Adds to whole numbers of the row with this key, which begin at 0.

        `add` and `remove` name a set of texts, and the text that it gains or loses; not both of one set.

        Counts of one row become one write, since a transaction may touch a row only once. All their conditions must
        hold, and the first `otherwise` is raised for all.
        """
        place = _place(row)
        counted = self._counts.setdefault(place, _Counted(len(self._writes)))
        for name, amount in amounts.items():
            counted.amounts[name] = counted.amounts.get(name, 0) + amount
        for change, sets in ((add, counted.added), (remove, counted.removed)):
            if change is not None:
                sets.setdefault(change[0], set()).add(change[1])
        if condition is not None:
            counted.condition = condition if counted.condition is None else counted.condition & condition
        write = row.get_update_kwargs_from_instance(actions=counted.actions(type(row)), condition=counted.condition)
        if counted.position == len(self._writes):
            self._add("Update", write, otherwise)
        else:
            self._writes[counted.position] = _operation("Update", write)
            self._otherwise[counted.position] = self._otherwise[counted.position] or otherwise

    def removes_from(self, row: Row) -> bool:
        """True if a set of the row with this key loses a text."""
        counted = self._counts.get(_place(row))
        return counted is not None and bool(counted.removed)

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

    def _add(self, kind: str, write: dict[str, Any], otherwise: Refusal | None) -> None:
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
                refusal = otherwise() if callable(otherwise) else otherwise
                raise refusal or TransactionFailed("a condition of the transaction does not hold") from error
        if not _TRANSIENT.intersection(reasons):
            raise TransactionFailed(f"the transaction was cancelled: {reasons}") from error


Addition = Callable[[Transaction], None]
"""Adds to somebody else's transaction what must happen together with it."""


def add_nothing(_: Transaction) -> None:
    """Where nothing is to happen along with it."""


def _place(row: Row) -> tuple[str, str, str]:
    return connection_of(row).table_name, row.pk, row.sk


def _operation(kind: str, write: Mapping[str, Any]) -> dict[str, Any]:
    return {kind: {name: value for name, value in write.items() if value is not None}}
