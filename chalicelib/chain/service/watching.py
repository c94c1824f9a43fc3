"""Where a transaction stands, and what gets one on that stands still: sent again, at higher fees, or given up.

A nonce is given up by sending nothing to oneself under it. Only when that is final, so that nothing else can be mined
under the nonce any more, have the jobs failed.
"""

from datetime import timedelta
from enum import Enum
from math import ceil

from chalicelib.chain import repository
from chalicelib.chain.models import SubmissionRow
from chalicelib.chain.rpc import Receipt
from chalicelib.chain.service import submissions
from chalicelib.chain.service.nodes import Node
from chalicelib.chain.service.submissions import GWEI, SELF_SEND_GAS
from chalicelib.chain.signing import Eip1559Transaction, read_transaction
from chalicelib.core.clock import now
from chalicelib.core.logging import logger
from chalicelib.core.settings import settings

_log = logger("chain")
_BUMP = 1.125  # nodes take a replacement that bids 10 % more, some 12.5 %, on both fees
_LONGEST_STUCK_SECONDS = 600.0
PATIENCE = timedelta(hours=24)


class Fate(Enum):
    """Where a broadcast transaction stands."""

    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    REVERTED = "reverted"
    GIVEN_UP = "given up"
    LOST = "lost"


def fate_of(node: Node, row: SubmissionRow) -> tuple[Fate, Receipt | None]:
    """Where the nonce's transactions stand, and the receipt of the one that was mined; final, but for WAITING."""
    receipt = _receipt_of(node, row)
    final = node.final_block()
    if receipt is None:
        if not _is_used_up(node, row, final):
            return Fate.WAITING, None
        receipt = _receipt_of(node, row)  # it may have been mined between the two questions
        if receipt is None:
            return Fate.LOST, None  # another transaction used the nonce: these bytes can never be mined
    if receipt.block_number > final:
        return Fate.WAITING, receipt
    if receipt.transaction_hash == row.cancel_hash:
        return Fate.GIVEN_UP, receipt
    return (Fate.SUCCEEDED if receipt.succeeded else Fate.REVERTED), receipt


def press_on(node: Node, row: SubmissionRow) -> None:
    """Does what a transaction needs that is not mined: those before it, the bytes once more, or a higher bid."""
    sender = repository.signer_address(row.pk)
    mined = node.rpc.nonce(sender)
    if mined < int(row.nonce):
        _fill_gap(node, row, mined)
        submissions.send_what_is_before(node, row)
    elif mined == int(row.nonce) and sender == node.signer.address and _is_stuck(node, row):
        _raise_fees(node, row)
    submissions.broadcast(node, row)


def _receipt_of(node: Node, row: SubmissionRow) -> Receipt | None:
    for transaction_hash in (row.hash, *reversed(row.replaced or ())):
        receipt = node.rpc.receipt(transaction_hash)
        if receipt is not None:
            return receipt
    return None


def _is_used_up(node: Node, row: SubmissionRow, final: int) -> bool:
    """Whether the chain is past the nonce for good."""
    sender = repository.signer_address(row.pk)
    # The older state is asked for only where it matters: nodes keep some hundred blocks of it.
    return node.rpc.nonce(sender) > int(row.nonce) and final >= 0 and node.rpc.nonce(sender, final) > int(row.nonce)


def _is_stuck(node: Node, row: SubmissionRow) -> bool:
    """Patience doubles with each bid, up to ten minutes."""
    bids = len(row.replaced or ())
    seconds = min(node.configuration.stuck_seconds * 2**bids, _LONGEST_STUCK_SECONDS)
    return now() - (row.signed_at or row.created_at) >= timedelta(seconds=settings().scaled(seconds))


def _raise_fees(node: Node, row: SubmissionRow) -> None:
    if row.cancel_hash is not None:
        return  # it bids all that may be bid
    before = read_transaction(row.raw)
    fees, limit = node.rpc.fees(), submissions.fee_limit(node)
    tip = max(ceil(before.max_priority_fee_per_gas * _BUMP), fees.priority_fee)
    least = ceil(before.max_fee_per_gas * _BUMP)
    if now() - row.created_at > PATIENCE:
        _give_up(node, row, before, "The transaction was not mined within 24 hours.")
    elif least > limit or ceil(before.max_priority_fee_per_gas * _BUMP) > limit:
        cap = node.configuration.max_fee_gwei
        _give_up(node, row, before, f"The transaction was not mined at the highest fee that may be paid, {cap} gwei.")
    else:
        max_fee = min(max(least, 2 * fees.base_fee + tip), limit)
        _replace(node, row, _repriced(before, tip=min(tip, max_fee), max_fee=max_fee))


def _give_up(node: Node, row: SubmissionRow, before: Eip1559Transaction, reason: str) -> None:
    nothing = Eip1559Transaction(
        chain_id=before.chain_id,
        nonce=before.nonce,
        max_priority_fee_per_gas=before.max_priority_fee_per_gas,
        max_fee_per_gas=before.max_fee_per_gas,
        gas=SELF_SEND_GAS,
        to=node.signer.address,
        data=b"",
    )
    cap = node.configuration.max_fee_gwei * GWEI
    tip = min(ceil(before.max_priority_fee_per_gas * _BUMP), cap)
    _replace(node, row, _repriced(nothing, tip=tip, max_fee=cap), reason=reason)


def _replace(node: Node, row: SubmissionRow, transaction: Eip1559Transaction, *, reason: str | None = None) -> None:
    before, signed = row.hash, node.signer.sign(transaction)
    due = now() + timedelta(seconds=settings().scaled(node.configuration.stuck_seconds))
    repository.replace_submission(
        row, raw=signed.raw, hash=signed.hash, due=due, cancels=reason is not None, reason=reason
    )
    gwei = transaction.max_fee_per_gas / GWEI
    extra = {"hash": signed.hash, "before": before, "max_fee_gwei": gwei, "given_up": reason}
    _log.warning("transaction replaced", extra=extra)


def _repriced(transaction: Eip1559Transaction, *, tip: int, max_fee: int) -> Eip1559Transaction:
    return Eip1559Transaction(
        chain_id=transaction.chain_id,
        nonce=transaction.nonce,
        max_priority_fee_per_gas=tip,
        max_fee_per_gas=max_fee,
        gas=transaction.gas,
        to=transaction.to,
        data=transaction.data,
        value=transaction.value,
    )


def _fill_gap(node: Node, row: SubmissionRow, nonce: int) -> None:
    """Uses up a nonce below the transaction's that nobody holds bytes for.

    That happens where somebody else used it and a reorg took that back.
    """
    sender = repository.signer_address(row.pk)
    if sender != node.signer.address or repository.find_submission(row.pk, repository.submission_sk(nonce)):
        return
    # Somebody else's transaction may wait there; but some nodes' count goes on behind a gap.
    if node.rpc.nonce(sender, "pending") == nonce or _is_stuck(node, row):
        submissions.fill(node, nonce=nonce)
