"""Tidying after a change: rows of removed users, replaced stamps, ledger entries under a former twitch_id.

Clients never see these rows, since reads check the referenced objects. A worker removes them. The change's transaction
writes a request row, and its message only makes the worker start sooner. Every step is idempotent.

A document's events are found by an index, which lags. The first run may miss events written just before the change, so
the request stays and each sweep repeats the work until the index is certainly up to date.
"""

from datetime import datetime

from chalicelib.core.clock import now
from chalicelib.core.queues import Message, grace, send_best_effort
from chalicelib.core.transactions import Transaction
from chalicelib.dreamspace.queues import TIDYING
from chalicelib.dreamspace.repository import keys
from chalicelib.dreamspace.repository import pending as repository
from chalicelib.partners.removals import note_removal

TIDY_UP = "TidyUp"
# An index normally follows its table within a second; on a busy table it may take longer.
_INDEX_SECONDS = 120.0
_A_SHARD = 200


def request_user_tidying(transaction: Transaction, origin: str, user_id: int) -> None:
    """Adds a request to tidy up after a change of a user; a removal is noted for lists by the caller."""
    _request_tidying(transaction, origin, keys.user_pk(origin, user_id), user_id, settles_at=None)


def request_document_tidying(transaction: Transaction, origin: str, document_id: int) -> None:
    """Adds a request to tidy up after a change of a document, and notes it for lists.

    The request is repeated until the index has all events.
    """
    note_removal(origin)
    settles_at = now() + grace(_INDEX_SECONDS)
    _request_tidying(transaction, origin, keys.document_pk(origin, document_id), document_id, settles_at=settles_at)


def _request_tidying(
    transaction: Transaction, origin: str, pk: str, owner_id: int, *, settles_at: datetime | None
) -> None:
    row = repository.add_pending(transaction, origin, pk, owner_id, due=now() + grace(), settles_at=settles_at)
    transaction.enqueue(TIDYING, message_of(row.pk, row.sk))


def message_of(pk: str, sk: str) -> Message:
    """The message that makes the worker process a row."""
    return Message(TIDY_UP, {"pk": pk, "sk": sk})


def sweep() -> int:
    """Sends a message for each due row that this sweep took; returns their number."""
    found = []
    for shard in range(repository.SHARDS):
        for row in repository.due_rows(shard, limit=_A_SHARD):
            if repository.defer(row, by=grace()):
                found.append((TIDYING, message_of(row.pk, row.sk)))
    send_best_effort(found)
    return len(found)
