"""The scheduled sweep: finds jobs and transactions whose message was lost, and measures what signers have left."""

from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.chain.domain.amounts import COIN
from chalicelib.chain.models import ChainRow
from chalicelib.chain.queues import JOBS
from chalicelib.chain.repository import due
from chalicelib.chain.rpc_errors import RpcError
from chalicelib.chain.service.nodes import node_of
from chalicelib.chain.service.outbox import CONFIRM_TRANSACTION, token_message
from chalicelib.core.logging import logger
from chalicelib.core.metrics import emit
from chalicelib.core.queues import Message, Queue, grace, send_best_effort
from chalicelib.core.settings import settings

_log = logger("chain")
_A_SHARD = 200
_SIDE_BY_SIDE = 8


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


def measure() -> None:
    """Writes `signer_balance`, in the chain's whole coins, for each configured chain; a local run writes nothing.

    A node that does not answer leaves its chain without a value, and holds up no other.
    """
    chains = () if settings().is_local else tuple(settings().chains)
    if chains:
        with ThreadPoolExecutor(_SIDE_BY_SIDE, thread_name_prefix="balance") as threads:
            list(threads.map(_measure, chains))


def _measure(chain: str) -> None:
    node = node_of(chain)
    try:
        balance = node.rpc.balance(node.signer.address)
    except (RpcError, BotoCoreError, ClientError) as error:
        _log.warning("balance unknown", extra={"chain": chain, "why": str(error)})
    else:
        emit({"signer_balance": (balance / COIN, "None")}, chain=chain)
