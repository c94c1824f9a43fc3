"""Signed transactions: stored before they are broadcast, watched until they are final.

A crash before the store costs nothing; after it, anybody broadcasts the stored bytes again ("already known" is
success). So no job is ever carried by two transactions that could both be mined.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from chalicelib.chain import repository, rpc_errors
from chalicelib.chain.models import JobRow, SubmissionRow
from chalicelib.chain.rpc import Receipt
from chalicelib.chain.service.nodes import Node
from chalicelib.chain.signing import Eip1559Transaction
from chalicelib.core.clock import now
from chalicelib.core.logging import logger
from chalicelib.core.retrying import attempts
from chalicelib.core.settings import settings
from chalicelib.core.transactions import Transaction

_log = logger("chain")
_GWEI = 10**9
_GAS_MARGIN_PERCENT = 125
_LOOK_AGAIN_SECONDS = 15.0
_INSTANT_SECONDS = 0.5
_INSTANT_POLL_SECONDS = 0.02
_SENT_AGAIN_AT_ONCE = 200

AlsoWrite = Callable[[Transaction, int], None]


class Fate(Enum):
    """Where a broadcast transaction stands."""

    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    REVERTED = "reverted"
    LOST = "lost"


@dataclass(frozen=True)
class Call:
    """What a transaction does: `data` sent to the contract `to`, or deployed where that is None."""

    to: str | None
    data: bytes
    gas: int
    uri: str | None = None


def sign_and_store(
    node: Node, call: Call, *, jobs: Sequence[JobRow], also_write: AlsoWrite | None = None
) -> SubmissionRow:
    """Signs with the next nonce, and stores transaction, nonce and jobs in one write; nothing is broadcast yet.

    `also_write(transaction, nonce)` may add writes that must stand or fall with it. Raises `JobTaken`.
    """
    pk = repository.signer_pk(node.name, node.signer.address)
    fees = node.rpc.fees()
    max_fee = min(2 * fees.base_fee + fees.priority_fee, node.configuration.max_fee_gwei * _GWEI)
    for _ in attempts("the signer's nonce"):
        nonce = repository.next_nonce(pk, on_chain=node.rpc.nonce(node.signer.address, "pending"))
        signed = node.signer.sign(
            Eip1559Transaction(
                chain_id=node.chain_id,
                nonce=nonce,
                max_priority_fee_per_gas=min(fees.priority_fee, max_fee),
                max_fee_per_gas=max_fee,
                gas=call.gas * _GAS_MARGIN_PERCENT // 100,
                to=call.to,
                data=call.data,
            )
        )
        transaction = Transaction()
        row = repository.add_submission(
            transaction,
            pk,
            chain=node.name,
            nonce=nonce,
            raw=signed.raw,
            hash=signed.hash,
            uri=call.uri,
            jobs=jobs,
            due=now() + _look_again(),
        )
        if also_write is not None:
            also_write(transaction, nonce)
        try:
            transaction.commit()
        except repository.NonceTaken:
            continue
        return row
    raise AssertionError("attempts() ends by raising")


def broadcast(node: Node, row: SubmissionRow) -> None:
    """Hands the stored bytes to the node. What it refuses shows when the transaction is looked at again."""
    try:
        node.rpc.send_raw(row.raw)
    except (rpc_errors.AlreadyKnown, rpc_errors.NonceTooLow):
        return  # on its way, or mined: the receipt tells
    except rpc_errors.RpcError as error:
        _log.warning("broadcast refused", extra={"hash": row.hash, "why": str(error)})


def catch_up(node: Node) -> None:
    """Broadcasts again what the node lacks of the signer's transactions, before another is built upon them.

    After a reorg, or on a fresh chain under an old store, everything from the chain's nonce up is missing; sent again
    in order, the same transactions come back. Raises `NodeBusy` where there are more than can be sent in one go.
    """
    pk = repository.signer_pk(node.name, node.signer.address)
    if _send_missing(node, end=repository.used_nonce(pk)) == _SENT_AGAIN_AT_ONCE:
        raise rpc_errors.NodeBusy("the chain is far behind the transactions that are stored for it")


def _send_missing(node: Node, *, end: int) -> int:
    """Broadcasts the stored transactions from the node's nonce on, up to but without `end`; gives their number."""
    pk = repository.signer_pk(node.name, node.signer.address)
    known = node.rpc.nonce(node.signer.address, "pending")
    rows = repository.submissions_between(pk, known, end, limit=_SENT_AGAIN_AT_ONCE)
    for row in rows:
        broadcast(node, row)
    return len(rows)


def await_instant_mining(node: Node, row: SubmissionRow) -> None:
    """Gives a developer's node, which mines at once but answers before it has, half a second to do so.

    A public chain takes seconds a block; there the confirmer comes back instead of holding the signer's line.
    """
    deadline = time.monotonic() + _INSTANT_SECONDS
    while settings().is_local and time.monotonic() < deadline and node.rpc.receipt(row.hash) is None:
        time.sleep(_INSTANT_POLL_SECONDS)


def fate_of(node: Node, row: SubmissionRow) -> tuple[Fate, Receipt | None]:
    """Where the transaction stands; broadcasts it again, and what it stands on, where the node has lost it."""
    receipt = node.rpc.receipt(row.hash)
    if receipt is not None:
        depth = node.rpc.block_number() - receipt.block_number + 1
        if depth < node.configuration.confirmations:
            return Fate.WAITING, receipt
        return (Fate.SUCCEEDED if receipt.succeeded else Fate.REVERTED), receipt
    if node.rpc.nonce(node.signer.address) > int(row.nonce) and node.rpc.receipt(row.hash) is None:
        return Fate.LOST, None  # another transaction used the nonce: these bytes can never be mined
    _send_missing(node, end=int(row.nonce))
    broadcast(node, row)
    return Fate.WAITING, None


def look_again(row: SubmissionRow) -> None:
    """Leaves the transaction to the sweep."""
    repository.postpone_submission(row, due=now() + _look_again())


def _look_again() -> timedelta:
    return timedelta(seconds=settings().scaled(_LOOK_AGAIN_SECONDS))
