"""When something of a partner's was last removed, so that lists may read at half the cost and still hide it at once.

A list that joins rows from replicas, which lag by moments, reads this row strongly consistent in the same batch. Within
a minute of a removal it reads the others so too. A removal is noted before its transaction is committed; a call lasts
half a minute at most, and a replica lags by less than another.
"""

from collections.abc import Sequence
from datetime import timedelta

from chalicelib.core.clock import now
from chalicelib.core.tables import Address, Row, read_batch
from chalicelib.partners import repository
from chalicelib.partners.models import RemovalRow

SETTLED = timedelta(seconds=60)


def note_removal(origin: str) -> None:
    """Notes that something is removed, or replaced, by what the caller commits next."""
    repository.keep_removal(origin)


def read_unless_removed(origin: str, addresses: Sequence[Address]) -> list[Row | None] | None:
    """Reads up to 99 rows from whatever replica, in one request; None where something was removed a moment ago."""
    *rows, removal = read_batch(
        [*addresses, repository.removal_address(origin)], consistent=False, but_strongly=RemovalRow
    )
    return None if isinstance(removal, RemovalRow) and now() - removal.at < SETTLED else rows
