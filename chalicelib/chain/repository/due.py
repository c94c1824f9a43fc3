"""Rows that must be looked at again, by shard of the index `due`."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from chalicelib.chain.models import ChainRow
from chalicelib.core.clock import epoch_micros, now
from chalicelib.core.ids import digest
from chalicelib.core.tables import key, update_if

SHARDS = 8


def due_rows(shard: int, *, limit: int) -> Iterator[ChainRow]:
    """Keys of what is due in one shard, the oldest first; one request for an empty shard."""
    condition = ChainRow.due_at <= due_text(now())
    return iter(ChainRow.due.query(_shard_name(shard), condition, limit=limit))


def defer(row: ChainRow, *, by: timedelta) -> bool:
    """Moves a due row on, so that one sweep alone takes it up; False where another was first."""
    unchanged = ChainRow.due_at == row.due_at
    return update_if(ChainRow(row.pk, row.sk), [ChainRow.due_at.set(due_text(now() + by))], unchanged)


def is_due(row: ChainRow, *, by: datetime) -> bool:
    """Whether a row that was read is due by a time."""
    return row.due_at is not None and row.due_at <= due_text(by)


def job_shard(chain: str, contract: str) -> str:
    """The shard of a contract's jobs."""
    return shard_of(key(chain, contract))


def shard_of(pk: str) -> str:
    """The shard of a row's key."""
    return _shard_name(int(digest(pk)[:8], 16) % SHARDS)


def _shard_name(shard: int) -> str:
    return key("DUE", shard)


def due_text(moment: datetime) -> str:
    """A time as the index orders it."""
    return f"{epoch_micros(moment):017d}"
