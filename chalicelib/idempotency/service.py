"""Runs an operation at most once for each idempotency key.

A key belongs to one request of a partner to a route: method, path, query and body. The answer is stored in the
transaction of the change. So one of several concurrent calls succeeds, and the others return its answer. Errors are
not stored. A successful call with a new key costs no extra read.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from chalicelib.core.errors import ApiError, BadRequest
from chalicelib.core.http.target import Target
from chalicelib.core.ids import digest
from chalicelib.core.transactions import Addition, Transaction, add_nothing
from chalicelib.idempotency import repository
from chalicelib.idempotency.models import AnswerRow

MAX_KEY_LENGTH = 255


class AlreadyAnswered(Exception):
    """Another call with this key committed first."""


class KeyReused(Exception):
    """The key was used for a request with another path, query or body."""


class Guard:
    """The use of a key by one request. Without a key (`pk` is None) no answer is stored.

    `along` adds what must happen together with the answer, with a key or without.
    """

    def __init__(
        self, pk: str | None, body_digest: str = "", target_digest: str = "", *, along: Addition = add_nothing
    ) -> None:
        self.pk, self.body_digest, self.target_digest = pk, body_digest, target_digest
        self.sealed = False
        self._along = along

    def seal(self, transaction: Transaction, answer: Any) -> None:
        """Adds the answer to the transaction of the change; its commit may raise `AlreadyAnswered`, or as `along`."""
        if self.pk is not None:
            repository.add_answer(
                transaction,
                self.pk,
                body_digest=self.body_digest,
                target_digest=self.target_digest,
                answer=answer,
                otherwise=AlreadyAnswered(),
            )
            self.sealed = True
        self._along(transaction)

    def unseal(self) -> None:
        """Undoes `seal` after a transaction that did not commit, so that the answer is still stored."""
        self.sealed = False

    def item(self, number: int) -> "Guard":
        """The guard of one item of an array, under a key derived from the array's."""
        derived = None if self.pk is None else digest(self.pk, str(number))
        return Guard(derived, self.body_digest, self.target_digest)

    def is_of(self, row: AnswerRow) -> bool:
        """True if the row's answer belongs to the same request."""
        return (row.body_digest, row.target_digest) == (self.body_digest, self.target_digest)


def guard_for(header: str | None, *, partner: str, route: str, target: Target, body: bytes) -> Guard:
    """The guard of a request with this `Idempotency-Key` header. Raises `BadRequest` for a key of a wrong length.

    Keys are separate per `route`: each route may use the same key once.
    """
    if header is None:
        return Guard(None)
    if not 1 <= len(header) <= MAX_KEY_LENGTH:
        raise BadRequest(f"Idempotency-Key: must have 1 to {MAX_KEY_LENGTH} characters")
    return Guard(
        digest(partner, route, header),
        hashlib.sha256(body).hexdigest(),
        digest(target.method, target.path, target.query),
    )


def run_once(guard: Guard, operation: Callable[[Guard], Any]) -> Any:
    """The operation's answer, or the stored one of an earlier call with the same key.

    `operation` seals the guard in its transaction; if it wrote nothing, the answer is stored here.
    Raises `KeyReused`, or the operation's error if the key is unused.
    """
    try:
        answer = operation(guard)
        if guard.pk is not None and not guard.sealed:
            transaction = Transaction()
            guard.seal(transaction, answer)
            transaction.commit()
    except AlreadyAnswered:
        return _replay(guard)
    except ApiError:
        # The first call with this key may have caused the error, as when the object is used up, sold out or minted.
        if guard.pk is None or repository.find_answer(guard.pk) is None:
            raise
        return _replay(guard)
    return answer


def claim_whole(guard: Guard) -> None:
    """Binds a key to an array's bytes before its items run with derived keys. Raises `KeyReused`."""
    transaction = Transaction()
    guard.seal(transaction, None)
    try:
        transaction.commit()
    except AlreadyAnswered:
        _replay(guard)


def _replay(guard: Guard) -> Any:
    row = repository.find_answer(guard.pk or "")
    if row is None:
        raise BadRequest("The Idempotency-Key has just expired; send the request again.")
    if not guard.is_of(row):
        raise KeyReused
    return repository.answer_of(row)
