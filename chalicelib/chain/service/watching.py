"""Where a transaction stands, and what is done about one that is not mined.

`domain.pressing` decides; here the chain is asked, and what was decided is carried out. A nonce is given up by sending
nothing to oneself under it. The jobs fail only when that is final, so that nothing else can be mined under the nonce.
"""

from datetime import timedelta
from enum import Enum
from functools import partial
from typing import NamedTuple, cast

from chalicelib.chain.domain import bids
from chalicelib.chain.domain.amounts import GWEI
from chalicelib.chain.domain.bids import Bid
from chalicelib.chain.domain.causes import Cause, FailureCode
from chalicelib.chain.domain.pressing import (
    Act,
    Progress,
    Seen,
    Step,
    advance,
    is_lost,
    next_step,
    price,
    wait_after,
)
from chalicelib.chain.models.submissions import SubmissionRow
from chalicelib.chain.repository import submissions as submission_rows
from chalicelib.chain.rpc_answers import Receipt
from chalicelib.chain.service import budgets, submissions
from chalicelib.chain.service.evidence import (
    Verdict,
    is_ours_mined,
    others_deny_use,
    receipt_elsewhere,
    receipt_of,
    verdict_on,
)
from chalicelib.chain.service.nodes import Node
from chalicelib.chain.service.submissions import TRANSFER_GAS, Sent
from chalicelib.chain.signing import Eip1559Transaction, read_transaction
from chalicelib.core.clock import now
from chalicelib.core.logging import logger
from chalicelib.core.retrying import until_unchanged
from chalicelib.core.settings import settings

_log = logger("chain")


class Fate(Enum):
    """Where a broadcast transaction stands."""

    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    REVERTED = "reverted"
    GIVEN_UP = "given up"
    LOST = "lost"


class Sight(NamedTuple):
    """What a look at a nonce's transactions found; a fate is final, but for WAITING.

    `receipt` is that of the transaction that was mined; `is_used` says that the chain is past the nonce.
    """

    fate: Fate
    progress: Progress
    receipt: Receipt | None = None
    is_used: bool = False


def look(node: Node, row: SubmissionRow) -> Sight:
    """Where the nonce's transactions stand, by one node of the chain; what is final must be so by the others too."""
    receipt = receipt_of(node, row)
    head = node.rpc.block_number()
    final = node.final_block(head)
    progress = advance(submission_rows.progress_of(row), head=head, at=now(), pace=node.pace)
    if receipt is None:
        sender = submission_rows.signer_address(row.pk)
        if node.rpc.nonce(sender) <= int(row.nonce):
            return Sight(Fate.WAITING, progress._replace(unseen_head=None))
        # It may have been mined between the two questions, or this node may not know it yet.
        receipt = receipt_of(node, row) or receipt_elsewhere(node, row)
    if receipt is None:
        return _without_receipt(node, row, progress, final)
    progress = progress._replace(unseen_head=None, waits_for=None)
    if receipt.block_number > final:
        return Sight(Fate.WAITING, progress, receipt, is_used=True)
    verdict = verdict_on(node, receipt)
    if verdict is not Verdict.AGREED:
        cause = Cause.NODES_DISAGREE if verdict is Verdict.DISPUTED else None
        return Sight(Fate.WAITING, progress._replace(waits_for=cause), receipt, is_used=True)
    if receipt.transaction_hash == row.cancel_hash:
        return Sight(Fate.GIVEN_UP, progress, receipt, is_used=True)
    return Sight(Fate.SUCCEEDED if receipt.succeeded else Fate.REVERTED, progress, receipt, is_used=True)


def press_on(node: Node, row: SubmissionRow, progress: Progress, sent: Sent | None = None) -> tuple[Step, Progress]:
    """Acts on a transaction that is not mined; gives what was done, and the progress to store.

    `sent` is what the node said to the transaction just now; else it is handed over again. The caller halves.
    """
    sender = submission_rows.signer_address(row.pk)
    mined = node.rpc.nonce(sender)
    if mined < int(row.nonce):
        _fill_gap(node, row, mined, progress)
        submissions.send_what_is_before(node, row)
    sent = sent or submissions.broadcast(node, row)
    seen = Seen(
        answer=sent.answer,
        is_next=mined == int(row.nonce),
        is_replaceable=sender == node.signer.address and row.cancel_hash is None,
        tokens=len({pk for pk, _ in row.jobs}),
        bids=len(row.replaced or ()),
        bid_age=now() - (row.signed_at or row.created_at),
    )
    step = next_step(seen, progress, at=now(), pace=node.pace)
    if step.act in (Act.RAISE, Act.LOWER, Act.GIVE_UP):
        step, progress = _replace_if_possible(node, row, step, sent, progress)
    if step.cause is Cause.OUT_OF_FUNDS:
        submissions.report_out_of_funds(node)
        progress = progress._replace(waited=timedelta())
    return step, progress._replace(waits_for=step.cause)


def _without_receipt(node: Node, row: SubmissionRow, progress: Progress, final: int) -> Sight:
    """A used nonce is lost to somebody else's transaction only where that is final, and the chain shows it."""
    sender = submission_rows.signer_address(row.pk)
    if progress.unseen_head is None:
        progress = progress._replace(unseen_head=progress.head)
    # The older state is asked for only where it matters: nodes keep some hundred blocks of it.
    if final >= 0 and node.rpc.nonce(sender, final) > int(row.nonce):
        ours = is_ours_mined(node, row, until=final)
        if is_lost(progress, ours_is_mined=ours):
            node.require_chain(read_transaction(row.raw).chain_id)
            if others_deny_use(node, row):
                return Sight(Fate.WAITING, progress._replace(waits_for=Cause.NODES_DISAGREE), is_used=True)
            return Sight(Fate.LOST, progress, is_used=True)
    return Sight(Fate.WAITING, progress._replace(waits_for=Cause.RECEIPT_MISSING), is_used=True)


def _replace_if_possible(
    node: Node, row: SubmissionRow, step: Step, sent: Sent, progress: Progress
) -> tuple[Step, Progress]:
    """Replaces the transaction as the step says, and hands the new one over; gives the step that was possible."""
    before = read_transaction(row.raw)
    bid = Bid(before.max_priority_fee_per_gas, before.max_fee_per_gas)
    if step.act is Act.RAISE:
        balance = node.rpc.balance(node.signer.address)
        priced = price(bid, node.rpc.fees(), limit=submissions.fee_limit(node), gas=before.gas, balance=balance)
    elif step.act is Act.LOWER:
        priced = bids.lower_bid(bid, node.rpc.fees()) or Step(Act.WAIT, step.cause)
    else:
        priced = step
    if isinstance(priced, Bid):
        _replace(node, row, _repriced(before, priced))
    elif priced.act is Act.GIVE_UP:
        _give_up(node, row, before, cast(FailureCode, priced.cause), sent)
    else:
        return priced, progress
    answer = submissions.broadcast(node, row).answer
    return Step(step.act, wait_after(answer)), progress._replace(bid_head=progress.head)


def _give_up(node: Node, row: SubmissionRow, before: Eip1559Transaction, cause: FailureCode, sent: Sent) -> None:
    cap = node.configuration.max_fee_gwei
    reason = {
        Cause.FEE_LIMIT: f"The transaction was not mined at the highest fee that may be paid, {cap} gwei.",
        Cause.NODE_FEE_CAP: f"For 24 hours it cost more than the chain's node takes for a transaction: {sent.words}",
        Cause.NODE_REFUSED: f"The chain's node refused the transaction for 24 hours: {sent.words}",
    }.get(cause, "The transaction was not mined within 24 hours.")
    nothing = before._replace(gas=TRANSFER_GAS, to=node.signer.address, data=b"", value=0)
    bid = bids.last_bid(Bid(before.max_priority_fee_per_gas, before.max_fee_per_gas), cap=cap * GWEI)
    _replace(node, row, _repriced(nothing, bid), cause=cause, reason=reason)


def _replace(
    node: Node,
    row: SubmissionRow,
    transaction: Eip1559Transaction,
    *,
    cause: FailureCode | None = None,
    reason: str = "",
) -> None:
    before, signed = row.hash, node.signer.sign(transaction)
    due = now() + settings().span(node.configuration.stuck_seconds)
    more = budgets.dearer(row, transaction.gas * transaction.max_fee_per_gas)
    replace = partial(
        submission_rows.replace_submission, row, raw=signed.raw, hash=signed.hash, due=due, cause=cause, reason=reason
    )
    until_unchanged(budgets.WHAT, partial(replace, more=more, also=budgets.holding(more)))
    gwei = transaction.max_fee_per_gas / GWEI
    extra = {"hash": signed.hash, "before": before, "max_fee_gwei": gwei, "given_up": reason or None}
    _log.warning("transaction replaced", extra=extra)


def _repriced(transaction: Eip1559Transaction, bid: Bid) -> Eip1559Transaction:
    return transaction._replace(max_priority_fee_per_gas=bid.tip, max_fee_per_gas=bid.max_fee)


def _fill_gap(node: Node, row: SubmissionRow, nonce: int, progress: Progress) -> None:
    """Uses up a nonce below the transaction's that nobody holds bytes for.

    That happens where somebody else used it and a reorg took that back.
    """
    sender = submission_rows.signer_address(row.pk)
    if sender != node.signer.address or submission_rows.find_submission(row.pk, submission_rows.submission_sk(nonce)):
        return
    # Somebody else's transaction may wait there; but some nodes' count goes on behind a gap.
    is_passed_over = progress.blocks_passed >= node.pace.blocks
    if node.rpc.nonce(sender, "pending") == nonce or is_passed_over:
        submissions.fill(node, nonce=nonce)
