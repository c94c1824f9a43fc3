"""What a transaction bids for a unit of gas: at first, higher, lower, and to give its nonce up. All in wei."""

from typing import Final, NamedTuple

# Nodes take a replacement that bids 10 % more, some 12.5 %, on both fees; in any case it must bid more.
_RAISE_NUMERATOR: Final = 9
_RAISE_DENOMINATOR: Final = 8


class Fees(NamedTuple):
    """What the chain asks: the base fee of the next block, and a usual tip."""

    base_fee: int
    priority_fee: int


class Bid(NamedTuple):
    """What a transaction offers: a tip, and the most that tip and base fee may come to."""

    tip: int
    max_fee: int


def raised(fee: int) -> int:
    """The least that replaces a bid of `fee`: an eighth more, and more by one wei at least."""
    return max(-(-fee * _RAISE_NUMERATOR // _RAISE_DENOMINATOR), fee + 1)


def limit_below(cap: int) -> int:
    """The highest bid for work: what is left up to the cap pays for giving the nonce up."""
    return cap * _RAISE_DENOMINATOR // _RAISE_NUMERATOR


def first_bid(fees: Fees, *, limit: int) -> Bid | None:
    """A bid that holds while the base fee doubles; None where the base fee alone passes the limit."""
    if fees.base_fee > limit:
        return None
    max_fee = min(2 * fees.base_fee + fees.priority_fee, limit)
    return Bid(min(fees.priority_fee, max_fee), max_fee)


def higher_bid(before: Bid, fees: Fees, *, limit: int) -> Bid | None:
    """A bid that replaces the one before, up to what the chain asks now; None where the limit allows none."""
    tip, max_fee = raised(before.tip), raised(before.max_fee)
    if max(tip, max_fee) > limit:
        return None
    tip = max(tip, fees.priority_fee)
    max_fee = min(max(max_fee, 2 * fees.base_fee + tip), limit)
    return Bid(min(tip, max_fee), max_fee)


def lower_bid(before: Bid, fees: Fees) -> Bid | None:
    """The least bid for the next block, for a node that takes no dearer one; None where it is hardly lower."""
    max_fee = raised(fees.base_fee) + fees.priority_fee
    return Bid(min(fees.priority_fee, max_fee), max_fee) if raised(max_fee) <= before.max_fee else None


def last_bid(before: Bid, *, cap: int) -> Bid:
    """The bid that gives a nonce up: all that may be bid."""
    return Bid(min(raised(before.tip), cap), cap)
