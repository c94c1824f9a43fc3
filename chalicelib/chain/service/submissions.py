"""Signed transactions: stored before they are broadcast, and broadcast again wherever a node lacks them.

A crash before the store costs nothing; after it, anybody broadcasts the stored bytes again ("already known" is
success). So no job is ever carried by two transactions that could both be mined.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from chalicelib.chain import rpc_errors
from chalicelib.chain.domain.amounts import COIN, GWEI
from chalicelib.chain.domain.bids import Bid, Fees, first_bid, limit_below
from chalicelib.chain.domain.causes import Cause
from chalicelib.chain.domain.pressing import Answer, Progress
from chalicelib.chain.models.jobs import JobRow
from chalicelib.chain.models.submissions import SignerRow, SubmissionRow
from chalicelib.chain.repository import budgets as budget_rows
from chalicelib.chain.repository import submissions as submission_rows
from chalicelib.chain.repository.due import is_due
from chalicelib.chain.service import budgets
from chalicelib.chain.service.nodes import Node
from chalicelib.chain.signing import Eip1559Transaction
from chalicelib.core.clock import now
from chalicelib.core.logging import logger
from chalicelib.core.metrics import emit
from chalicelib.core.retrying import until_unchanged
from chalicelib.core.settings import settings
from chalicelib.core.transactions import Transaction

_log = logger("chain")
MOST_IN_FLIGHT = 16  # what nodes' pools accept from one sender by default
TRANSFER_GAS = 21_000
_GAS_MARGIN_PERCENT = 125
_LOOK_AGAIN_SECONDS = 15.0
_INSTANT_SECONDS = 0.5
_INSTANT_POLL_SECONDS = 0.02
_SENT_AGAIN_AT_ONCE = 200

_ANSWERS: Final[tuple[tuple[type[rpc_errors.RpcError], Answer], ...]] = (
    (rpc_errors.AlreadyKnown, Answer.HELD),
    (rpc_errors.NonceTooLow, Answer.USED),
    (rpc_errors.InsufficientFunds, Answer.NO_FUNDS),
    (rpc_errors.Underpriced, Answer.UNDERPRICED),
    (rpc_errors.FeeCapPassed, Answer.FEE_CAP),
    (rpc_errors.TransientRpcError, Answer.SILENT),
)

AlsoWrite = Callable[[Transaction, int], None]


class LineFull(Exception):
    """The signer has as many transactions on their way as a node will hold for it."""


class FeesTooHigh(Exception):
    """A unit of gas costs more than may be paid."""


class Sent(NamedTuple):
    """What the node said to a transaction that was handed over, and in which words."""

    answer: Answer
    words: str = ""


class Call(NamedTuple):
    """What a transaction does: `data` sent to the contract `to`, or deployed where that is None.

    `uris` maps a token id to the URI that the call sets for it.
    """

    to: str | None
    data: bytes
    gas: int
    uris: Mapping[str, str] = {}


class Line(NamedTuple):
    """A signer's nonces: its row as it was read, and the next nonce by its node, `mined` and `pending`."""

    pk: str
    row: SignerRow | None
    mined: int
    pending: int

    @property
    def given(self) -> int | None:
        """The next one by our store; None before the first."""
        return None if self.row is None else int(self.row.next_nonce)

    def waits_for(self, balance: int) -> Cause | None:
        """Why nothing could be signed when that was last tried; None where that was for coins which are there now."""
        if self.row is None or self.row.waits_for is None:
            return None
        wants = self.row.wants
        return None if wants is not None and balance >= wants else Cause(self.row.waits_for)

    @property
    def next(self) -> int:
        """The next nonce to use; mined ones that we never gave away were used by somebody else."""
        return max(self.given or 0, self.mined)


def line_of(node: Node) -> Line:
    """The signer's line as it stands now."""
    pk, address = submission_rows.signer_pk(node.name, node.signer.address), node.signer.address
    row = submission_rows.find_signer(pk)
    one = node.rpc.steady()
    return Line(pk, row, one.nonce(address), one.nonce(address, "pending"))


def fee_limit(node: Node) -> int:
    """The most that a transaction bids: what is left up to the cap pays for giving its nonce up."""
    return limit_below(node.configuration.max_fee_gwei * GWEI)


def sign_and_store(
    node: Node, call: Call, *, jobs: Sequence[JobRow] = (), also_write: AlsoWrite | None = None
) -> SubmissionRow:
    """Signs with the next nonce, and stores transaction, nonce and jobs in one write; nothing is broadcast yet.

    What the node lacks of earlier transactions is sent first, so that this one can be mined.
    `also_write(transaction, nonce)` may add writes that must stand or fall with it. Raises `JobTaken`, `LineFull`,
    `FeesTooHigh`, `BudgetSpent`, and `InsufficientFunds` where the signer cannot pay what the transaction may cost: a
    nonce that is given away before there are coins would only hold up those behind it.
    """
    bid = _affordable_bid(node, call)

    def once() -> SubmissionRow:
        line = line_of(node)
        _catch_up(node, line)
        if line.next - line.mined >= MOST_IN_FLIGHT:
            raise LineFull(f"{line.next - line.mined} transactions of the signer are on their way")
        transaction, reserved = Transaction(), None
        budgeted = _budgeted(transaction, node, line)
        if jobs and jobs[0].origin in budgeted:
            reserved = budgets.hold(transaction, node.name, jobs, with_margin(call.gas) * bid.max_fee)
        signed = node.signer.sign(_transaction(node, call, nonce=line.next, bid=bid))
        row = submission_rows.add_submission(
            transaction,
            line.pk,
            chain=node.name,
            after=line.row,
            nonce=line.next,
            raw=signed.raw,
            hash=signed.hash,
            uris=dict(call.uris),
            jobs=jobs,
            due=next_look(),
            budgeted=budgeted,
            reserved=reserved,
        )
        if also_write is not None:
            also_write(transaction, line.next)
        transaction.commit()
        for job in jobs:
            submission_rows.mark_sent(job, row)
        return row

    return until_unchanged("the signer's nonce", once, moved=submission_rows.NonceTaken)


def _budgeted(transaction: Transaction, node: Node, line: Line) -> Sequence[str]:
    """The partners that have a budget on the chain; the first time that the signer asks, it gets a copy of its own."""
    if line.row is not None and line.row.budgeted is not None:
        return list(line.row.budgeted)
    row = budget_rows.find_budgeted(node.name)
    budget_rows.add_signer(transaction, row, line.pk)
    return list(row.origins)


def fill(node: Node, *, nonce: int) -> None:
    """Uses up a nonce of the signer's by sending nothing to itself."""
    nothing = Call(node.signer.address, b"", TRANSFER_GAS)
    bid = _first_bid(node, node.rpc.fees())
    signed = node.signer.sign(_transaction(node, nothing, nonce=nonce, bid=bid))
    pk = submission_rows.signer_pk(node.name, node.signer.address)
    row = submission_rows.store_filler(
        pk, chain=node.name, nonce=nonce, raw=signed.raw, hash=signed.hash, due=next_look()
    )
    if row is not None:
        broadcast(node, row)


def broadcast(node: Node, row: SubmissionRow) -> Sent:
    """Hands the stored bytes to the node, and gives what it said."""
    try:
        node.rpc.send_raw(row.raw)
    except rpc_errors.RpcError as error:
        answer = next((answer for kind, answer in _ANSWERS if isinstance(error, kind)), Answer.REFUSED)
        if answer not in (Answer.HELD, Answer.USED):
            _log.warning("broadcast refused", extra={"hash": row.hash, "answer": answer.value, "why": str(error)})
        return Sent(answer, str(error))
    return Sent(Answer.HELD)


def report_out_of_funds(node: Node) -> None:
    """Raises the alarm of a signer that cannot pay, whatever balance counts as low."""
    emit({"signer_low": (1, "Count")}, chain=node.name)
    _log.warning("the signer is out of funds", extra={"chain": node.name, "address": node.signer.address})


def catch_up(node: Node) -> int:
    """Broadcasts again what the node lacks of the signer's transactions; gives how many it lacked, 200 at most.

    After a reorg, or on a fresh chain under an old store, everything from the chain's nonce up is missing; sent again
    in order, the same transactions come back.
    """
    line = line_of(node)
    return _send_missing(node, line.pk, line.pending, end=line.given or 0)


def send_what_is_before(node: Node, row: SubmissionRow) -> None:
    """Broadcasts again what the node lacks of the transactions that this one stands on."""
    pending = node.rpc.nonce(submission_rows.signer_address(row.pk), "pending")
    _send_missing(node, row.pk, pending, end=int(row.nonce))


def _catch_up(node: Node, line: Line) -> None:
    if _send_missing(node, line.pk, line.pending, end=line.given or 0) == _SENT_AGAIN_AT_ONCE:
        raise rpc_errors.NodeBusy("the chain is far behind the transactions that are stored for it")


def _send_missing(node: Node, pk: str, first: int, *, end: int) -> int:
    rows = submission_rows.submissions_between(pk, first, end, limit=_SENT_AGAIN_AT_ONCE)
    for row in rows:
        broadcast(node, row)
    return len(rows)


def _first_bid(node: Node, fees: Fees) -> Bid:
    bid = first_bid(fees, limit=fee_limit(node))
    if bid is None:
        raise FeesTooHigh(f"a unit of gas costs {fees.base_fee / GWEI:g} gwei, more than may be paid")
    return bid


def _affordable_bid(node: Node, call: Call) -> Bid:
    """The first bid; where there can be none now, the reason is stored on the signer's row."""
    pk = submission_rows.signer_pk(node.name, node.signer.address)
    try:
        bid = _first_bid(node, node.rpc.fees())
    except FeesTooHigh:
        submission_rows.note_signer_waits(pk, Cause.FEE_LIMIT)
        raise
    cost = with_margin(call.gas) * bid.max_fee
    try:
        _assert_funds(node, cost)
    except rpc_errors.InsufficientFunds:
        submission_rows.note_signer_waits(pk, Cause.OUT_OF_FUNDS, wants=cost)
        report_out_of_funds(node)
        raise
    return bid


def _assert_funds(node: Node, cost: int) -> None:
    balance = node.rpc.balance(node.signer.address)
    if balance < cost:
        raise rpc_errors.InsufficientFunds(
            f"the signer {node.signer.address} has {balance / COIN:g}, and a transaction may cost {cost / COIN:g}"
        )


def with_margin(gas: int) -> int:
    """The gas that a transaction may use, above what the node estimates."""
    return gas * _GAS_MARGIN_PERCENT // 100


def _transaction(node: Node, call: Call, *, nonce: int, bid: Bid) -> Eip1559Transaction:
    return Eip1559Transaction(
        chain_id=node.chain_id,
        nonce=nonce,
        max_priority_fee_per_gas=bid.tip,
        max_fee_per_gas=bid.max_fee,
        gas=with_margin(call.gas),
        to=call.to,
        data=call.data,
    )


def await_instant_mining(node: Node, row: SubmissionRow) -> None:
    """Gives a developer's node, which mines at once but answers before it has, half a second to do so.

    A public chain takes seconds a block; there the confirmer comes back instead of holding the signer's line.
    """
    deadline = time.monotonic() + _INSTANT_SECONDS
    while settings().is_local and time.monotonic() < deadline and node.rpc.receipt(row.hash) is None:
        time.sleep(_INSTANT_POLL_SECONDS)


def look_again(row: SubmissionRow, progress: Progress | None = None) -> None:
    """Leaves the transaction to a later look, and to the sweep where that does not come, with what was observed.

    A look that saw nothing but newer blocks is not written, until the sweep is about to find the transaction.
    """
    seen = submission_rows.progress_of(row)
    is_news = (
        progress is not None and progress._replace(head=seen.head, head_at=seen.head_at, waited=seen.waited) != seen
    )
    if is_news or is_due(row, by=now() + settings().span(_LOOK_AGAIN_SECONDS) / 2):
        submission_rows.postpone_submission(row, due=next_look(), progress=progress)


def is_low(node: Node, balance: int) -> bool:
    """Whether a balance of the signer's is less than is configured."""
    return balance < node.configuration.low_balance * COIN


def next_look() -> datetime:
    """When the sweep looks at a transaction again."""
    return now() + settings().span(_LOOK_AGAIN_SECONDS)
