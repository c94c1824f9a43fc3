"""What a change leaves behind: the rows of who is gone, stamps that were replaced, entries under a former twitch_id.

Nothing of it can be seen: reads join, and the join is the truth. It is removed by a worker, from a row that was written
in the transaction of the change; the message only hurries. Every step is idempotent and checks what it builds on.

Events of a document are found by an index, which is moments behind. So what was written just before the change may be
missed by the first look; the row stays, and each sweep has the worker look again, until the index has surely followed.
"""

from datetime import datetime, timedelta

from chalicelib.core.clock import now
from chalicelib.core.queues import Message, send_best_effort
from chalicelib.core.settings import settings
from chalicelib.core.transactions import Transaction
from chalicelib.dreamspace.queues import TIDYING
from chalicelib.dreamspace.repository import keys
from chalicelib.dreamspace.repository import pending as repository

TIDY_UP = "TidyUp"
_GRACE_SECONDS = 120.0
# An index follows its table within a second, as a rule; it may take longer where the table is busy.
_INDEX_SECONDS = 120.0
_SHORTEST_GRACE_SECONDS = 2.0
_A_SHARD = 200


def grace() -> timedelta:
    """How long the worker may take before the sweep sends another message."""
    return timedelta(seconds=max(settings().scaled(_GRACE_SECONDS), _SHORTEST_GRACE_SECONDS))


def leave_user_to_tidy(transaction: Transaction, origin: str, user_id: int) -> None:
    """Adds that the worker is to look at a user."""
    _leave_to_tidy(transaction, origin, keys.user_pk(origin, user_id), user_id, settles_at=None)


def leave_document_to_tidy(transaction: Transaction, origin: str, document_id: int) -> None:
    """Adds that the worker is to look at a document, and again once the index surely shows all its events."""
    settles_at = now() + timedelta(seconds=max(settings().scaled(_INDEX_SECONDS), _SHORTEST_GRACE_SECONDS))
    _leave_to_tidy(transaction, origin, keys.document_pk(origin, document_id), document_id, settles_at=settles_at)


def _leave_to_tidy(
    transaction: Transaction, origin: str, pk: str, owner_id: int, *, settles_at: datetime | None
) -> None:
    row = repository.add_pending(transaction, origin, pk, owner_id, due=now() + grace(), settles_at=settles_at)
    transaction.enqueue(TIDYING, message_of(row.pk, row.sk))


def message_of(pk: str, sk: str) -> Message:
    """Asks the worker to look at a row."""
    return Message(TIDY_UP, {"pk": pk, "sk": sk})


def sweep() -> int:
    """Sends a message for each due row that this sweep, and no other, moved on; gives their number."""
    found = []
    for shard in range(repository.SHARDS):
        for row in repository.due_rows(shard, limit=_A_SHARD):
            if repository.defer(row, by=grace()):
                found.append((TIDYING, message_of(row.pk, row.sk)))
    send_best_effort(found)
    return len(found)
