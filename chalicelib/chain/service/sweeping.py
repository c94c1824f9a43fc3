"""Finding what the queue forgot: jobs without a worker, transactions that are not final yet."""

from chalicelib.chain.models.table import ChainRow
from chalicelib.chain.queues import JOBS
from chalicelib.chain.repository import due
from chalicelib.chain.service.outbox import CONFIRM_TRANSACTION, token_message
from chalicelib.core.queues import Message, Queue, grace, send_best_effort

_A_SHARD = 200


def sweep() -> int:
    """Sends a message for each due row that this sweep, and no other, moved on; gives their number."""
    found: list[tuple[Queue, Message]] = []
    step = grace()
    for shard in range(due.SHARDS):
        for row in due.due_rows(shard, limit=_A_SHARD):
            if due.defer(row, by=step):
                found.append((JOBS, _message(row)))
    send_best_effort(found)
    return len(found)


def _message(row: ChainRow) -> Message:
    chain = row.chain or ""
    if row.sk.startswith("TX#"):
        return Message(CONFIRM_TRANSACTION, {"pk": row.pk, "sk": row.sk}, group=chain)
    return token_message(row.pk, chain)
