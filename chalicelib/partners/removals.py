"""When something of a partner's was last removed, so that lists may read at half the cost and still hide it at once.

A list reads its rows eventually consistent, and this row strongly consistent in the same batch. Within a minute of a
removal it reads all rows strongly consistent. A removal is noted before its transaction is committed. A minute is
enough: a call lasts at most half of it, and replicas lag by less than the other half.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from chalicelib.core.cache import TtlCache
from chalicelib.core.clock import now
from chalicelib.core.tables import Address, Row, read_batch
from chalicelib.partners import repository
from chalicelib.partners.models import RemovalRow

SETTLED = timedelta(seconds=60)
# The last removals that this process knows of. Within a minute of one, a read of the replicas would be of no use.
_known: TtlCache[str, datetime] = TtlCache(seconds=SETTLED.total_seconds(), max_entries=4096)


def note_removal(origin: str) -> None:
    """Notes a removal or replacement that the caller is about to commit."""
    repository.keep_removal(origin)
    _known.put(origin, now())


def read_unless_removed(origin: str, addresses: Sequence[Address]) -> list[Row | None] | None:
    """Reads up to 99 rows eventually consistent, in one request; None where something was removed within a minute."""
    if _is_recent(_known.get(origin, lambda: None)):
        return None
    asked = [*addresses, repository.removal_address(origin)]
    *rows, removal = read_batch(asked, consistent=False, but_strongly=RemovalRow)
    if not isinstance(removal, RemovalRow) or not _is_recent(removal.at):
        return rows
    _known.put(origin, removal.at)
    return None


def _is_recent(removed_at: datetime | None) -> bool:
    return removed_at is not None and now() - removed_at < SETTLED
