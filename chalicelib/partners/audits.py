"""The audit log: an entry for each change, added to the transaction that makes it."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel

from chalicelib.core.acting import actor
from chalicelib.core.transactions import Transaction
from chalicelib.partners import repository

MAX_AUDITED_BYTES = 16 * 1024


class _OfPartner(Protocol):
    origin: Any


R = TypeVar("R", bound=_OfPartner)


class Audited(Generic[R]):
    """Writes the audit entries of one kind of row.

    `kind` begins the name of each action, such as `mission` in `mission.update`. `target` gives the name of a row, and
    `shown` the JSON that an entry keeps as the row before or after the change.
    """

    def __init__(self, kind: str, shown: Callable[[R], Any], *, target: Callable[[R], str]) -> None:
        self._kind, self._shown, self._target = kind, shown, target

    def add(self, transaction: Transaction, row: R, verb: str, *, before: Any = None, after: Any = None) -> None:
        """Adds an entry to the transaction of the change."""
        action = f"{self._kind}.{verb}"
        audit(transaction, row.origin, action=action, target=self._target(row), before=before, after=after)

    def add_creation(self, transaction: Transaction, row: R) -> None:
        """Adds the entry of a new row."""
        self.add(transaction, row, "create", after=self._shown(row))

    def add_replacement(self, transaction: Transaction, before: R, row: R) -> None:
        """Adds the entry of a row that takes the place of another."""
        self.add(transaction, row, "update", before=self._shown(before), after=self._shown(row))

    @contextmanager
    def change(self, row: R, verb: str = "update") -> Iterator[Transaction]:
        """A transaction to which the block adds the row's change; it is committed at the end, with the entry."""
        transaction, before = Transaction(), self._shown(row)
        yield transaction
        self.add(transaction, row, verb, before=before, after=self._shown(row))
        transaction.commit()

    @contextmanager
    def removal(self, row: R, verb: str = "delete") -> Iterator[Transaction]:
        """The same for a block that adds the row's removal."""
        transaction, before = Transaction(), self._shown(row)
        yield transaction
        self.add(transaction, row, verb, before=before)
        transaction.commit()


def fields_of(model: type[BaseModel], *, without: frozenset[str] = frozenset()) -> Callable[[Any], Any]:
    """Shows a row as the API does by a model, `without` the fields that no entry keeps."""
    return lambda row: model.model_validate(row).model_dump(mode="json", exclude=set(without))


def audit(transaction: Transaction, origin: str, *, action: str, target: str, before: Any, after: Any) -> None:
    """Adds an audit entry to the transaction of the change; `before` and `after` are what the API shows.

    The entry names the present actor. An update that changes nothing leaves no entry. A value of more than 16 KiB is
    replaced by its size and digest, so that an entry stays small enough for a row.
    """
    if before is not None and before == after:
        return
    before, after = _bounded(before), _bounded(after)
    repository.add_audit(transaction, origin, actor=actor(), action=action, target=target, before=before, after=after)


def _bounded(shown: Any) -> Any:
    return {name: _bounded_value(value) for name, value in shown.items()} if isinstance(shown, dict) else shown


def _bounded_value(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    if len(text) <= MAX_AUDITED_BYTES:
        return value
    return {"bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}
