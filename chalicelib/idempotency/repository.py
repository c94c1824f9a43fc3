"""Reads and writes of used keys."""

from datetime import timedelta
from typing import Any, Final

from chalicelib.core.clock import epoch_millis, now
from chalicelib.core.tables import find
from chalicelib.core.transactions import Transaction
from chalicelib.idempotency.models import AnswerRow

KEPT_HOURS: Final = 24


def add_answer(
    transaction: Transaction, pk: str, *, body_digest: str, target_digest: str, answer: Any, otherwise: Exception
) -> None:
    """Adds the key's row; commits only if the key is unused, or its use is older than 24 hours."""
    from chalicelib.core import envelopes  # loads with the first key

    moment = now()
    expires = moment + timedelta(hours=KEPT_HOURS)
    row = AnswerRow(
        pk,
        "ANSWER",
        body_digest=body_digest,
        target_digest=target_digest,
        sealed_answer=envelopes.seal(answer, context=_context(pk)),
        expires_at=epoch_millis(expires),
        ttl=expires,
    )
    free = AnswerRow.pk.does_not_exist() | (AnswerRow.expires_at <= epoch_millis(moment))
    transaction.put(row, condition=free, otherwise=otherwise)


def find_answer(pk: str) -> AnswerRow | None:
    """The row of a key used within 24 hours."""
    row = find(AnswerRow, pk, "ANSWER")
    return None if row is None or row.expires_at <= epoch_millis(now()) else row


def answer_of(row: AnswerRow) -> Any:
    """The answer that a row holds."""
    from chalicelib.core import envelopes

    return envelopes.unseal(row.sealed_answer, context=_context(row.pk))


def _context(pk: str) -> dict[str, str]:
    return {"answer": pk}
