"""What is done about a transaction that is not mined: the reason decides.

| observed | done |
| --- | --- |
| the node is silent, an earlier transaction is missing, the nonce is used | wait |
| the signer has no coins | wait; the 24 hours begin anew |
| the transaction costs more than the node takes for one, or the node refuses it | halve a batch; a single token waits |
| no new block | wait; time stands still |
| some blocks passed it over | bid more |
| 24 hours of a chain that goes on | give the nonce up |

Time is the chain's: it counts from block to block, at most `Pace.halt` for one.
"""

from datetime import datetime, timedelta
from enum import Enum
from typing import Final, NamedTuple

from chalicelib.chain.domain.bids import Bid, Fees, higher_bid
from chalicelib.chain.domain.causes import Cause, FailureCode

PATIENCE: Final = timedelta(hours=24)
_LONGEST_STUCK: Final = timedelta(minutes=10)
# A head that lies further back is no node that lags, but another chain.
_DEEPEST_LAG: Final = 256
# Blocks after which a used nonce is lost although no block could be shown that tells by what.
_UNSEEN_BLOCKS: Final = 64


class Answer(Enum):
    """What the node said to the transaction when it was handed over last."""

    HELD = "held"
    USED = "the nonce is used"
    NO_FUNDS = "no funds"
    UNDERPRICED = "underpriced"
    FEE_CAP = "costs more than the node takes for one transaction"
    REFUSED = "refused"
    SILENT = "no answer"


class Progress(NamedTuple):
    """What was observed of a transaction from look to look.

    `head` is the newest block, first seen at `head_at`; `waited` how long the chain went on without mining it;
    `bid_head` and `unseen_head` the newest block when the present bid was made, and when the nonce was first found used
    without a receipt; `waits_for` why it waits.
    """

    head: int | None = None
    head_at: datetime | None = None
    waited: timedelta = timedelta()
    bid_head: int | None = None
    unseen_head: int | None = None
    waits_for: Cause | None = None

    @property
    def blocks_passed(self) -> int:
        """How many blocks came since the present bid was made."""
        return (self.head or 0) - (self.bid_head or 0)


class Pace(NamedTuple):
    """A chain's pace: a bid is raised after `blocks`, and never sooner than `stuck`, doubled with each bid.

    A chain without a new block for `halt` is halted.
    """

    blocks: int
    stuck: timedelta
    longest_stuck: timedelta
    halt: timedelta

    def wait_for(self, bids: int) -> timedelta:
        """The least time that a bid gets after so many before it."""
        return min(self.stuck * (1 << min(bids, 20)), self.longest_stuck)


class Seen(NamedTuple):
    """A transaction as a look found it. `tokens` counts those that it carries."""

    answer: Answer
    is_next: bool
    is_replaceable: bool
    tokens: int
    bids: int
    bid_age: timedelta


class Act(Enum):
    """What is done next."""

    WAIT = "wait"
    RAISE = "bid more"
    LOWER = "bid less"
    HALVE = "carry half of the tokens"
    GIVE_UP = "give the nonce up"


class Step(NamedTuple):
    """What is done next, and why."""

    act: Act
    cause: Cause | None = None


def advance(progress: Progress, *, head: int, at: datetime, pace: Pace) -> Progress:
    """The progress after a look that found this head.

    A head that is not new moves nothing: blocks count, and of two nodes behind one address one may lag.
    """
    if progress.head is None or progress.head_at is None or head < progress.head - _DEEPEST_LAG:
        return progress._replace(head=head, head_at=at, bid_head=head, unseen_head=None)
    if head <= progress.head:
        return progress
    waited = progress.waited + min(at - progress.head_at, pace.halt)
    return progress._replace(head=head, head_at=at, waited=waited)


def is_halted(progress: Progress, *, at: datetime, pace: Pace) -> bool:
    """Whether no new block has come for so long that the chain stands still."""
    return progress.head_at is not None and at - progress.head_at >= pace.halt


def next_step(seen: Seen, progress: Progress, *, at: datetime, pace: Pace) -> Step:
    """What is done about a transaction that has no receipt."""
    simple = _waits_anyway(seen)
    if simple is not None:
        return Step(Act.WAIT, simple)
    if seen.answer in (Answer.FEE_CAP, Answer.REFUSED) and seen.tokens > 1:
        return Step(Act.HALVE)
    if is_halted(progress, at=at, pace=pace):
        return Step(Act.WAIT, Cause.CHAIN_HALTED)
    if not seen.is_replaceable:
        return Step(Act.WAIT)
    if progress.waited >= PATIENCE:
        return Step(Act.GIVE_UP, _GIVEN_UP.get(seen.answer, Cause.NOT_MINED))
    if seen.answer is Answer.FEE_CAP:
        return Step(Act.LOWER, Cause.NODE_FEE_CAP)
    if seen.answer is Answer.REFUSED:
        return Step(Act.WAIT, Cause.NODE_REFUSED)
    if progress.blocks_passed < pace.blocks or seen.bid_age < pace.wait_for(seen.bids):
        return Step(Act.WAIT)
    return Step(Act.RAISE)


def price(before: Bid, fees: Fees, *, limit: int, gas: int, balance: int) -> Bid | Step:
    """The bid that replaces the one before, or what is done where none can: one that cannot be paid is not made."""
    higher = higher_bid(before, fees, limit=limit)
    if higher is None:
        return Step(Act.GIVE_UP, Cause.FEE_LIMIT)
    if balance < gas * higher.max_fee:
        return Step(Act.WAIT, Cause.OUT_OF_FUNDS)
    return higher


def is_lost(progress: Progress, *, ours_is_mined: bool | None) -> bool:
    """Whether a used nonce without a receipt was used by somebody else's transaction.

    The block that used it decides. Where no node can show that block, it counts as lost after many blocks.
    """
    if ours_is_mined is not None:
        return not ours_is_mined
    return progress.unseen_head is not None and (progress.head or 0) - progress.unseen_head >= _UNSEEN_BLOCKS


def pace_of(*, blocks: int, stuck_seconds: float, scale: float) -> Pace:
    """The pace of a chain by its settings; `scale` multiplies every delay."""
    return Pace(
        blocks=blocks,
        stuck=timedelta(seconds=stuck_seconds * scale),
        longest_stuck=_LONGEST_STUCK * scale,
        halt=_LONGEST_STUCK * scale,
    )


def wait_after(answer: Answer) -> Cause | None:
    """Why a transaction waits that was answered so; None where it waits for its block."""
    return _WAITS.get(answer) or _GIVEN_UP.get(answer)


_WAITS: Final = {
    Answer.SILENT: Cause.CHAIN_UNREACHABLE,
    Answer.USED: Cause.RECEIPT_MISSING,
    Answer.NO_FUNDS: Cause.OUT_OF_FUNDS,
}
_GIVEN_UP: Final[dict[Answer, FailureCode]] = {
    Answer.FEE_CAP: Cause.NODE_FEE_CAP,
    Answer.REFUSED: Cause.NODE_REFUSED,
}


def _waits_anyway(seen: Seen) -> Cause | None:
    """Why there is nothing to do but wait, whatever the chain does; None where there may be."""
    if not seen.is_next and seen.answer is not Answer.USED:
        return Cause.BEHIND_ANOTHER
    return _WAITS.get(seen.answer)
