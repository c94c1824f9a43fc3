"""Counts uses."""

from datetime import datetime, timedelta

from chalicelib.core.ids import digest
from chalicelib.core.tables import key
from chalicelib.core.transactions import Transaction
from chalicelib.limits.models import UseRow

_KEPT = timedelta(hours=1)


def add_use(
    transaction: Transaction, limit: str, subject: str, *, window: int, most: int, ends: datetime, otherwise: Exception
) -> None:
    """Counts one more use in a window; the commit raises `otherwise` if `most` are counted already."""
    row = UseRow(key(limit, digest(subject)), str(window))
    free = UseRow.used.does_not_exist() | (UseRow.used < most)
    transaction.update(row, [UseRow.used.add(1), UseRow.ttl.set(ends + _KEPT)], condition=free, otherwise=otherwise)
