"""What a transaction bids, over the whole range of fees."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.chain.domain.bids import (
    Bid,
    Fees,
    first_bid,
    higher_bid,
    last_bid,
    limit_below,
    lower_bid,
    raised,
)

_WEI = st.integers(min_value=0, max_value=10**15)
_CAP = st.integers(min_value=1, max_value=10**6).map(lambda gwei: gwei * 10**9)
_FEES = st.builds(Fees, _WEI, _WEI)


def _is_replacement(before: Bid, after: Bid) -> bool:
    """The strictest rule among nodes: both fees higher, and by an eighth."""
    return all(new > old and 8 * new >= 9 * old for new, old in zip(after, before, strict=True))


@given(fee=_WEI)
def test_raise_is_an_eighth_and_at_least_one_wei(fee: int) -> None:
    assert raised(fee) > fee
    assert 8 * raised(fee) >= 9 * fee
    assert raised(fee) - 1 < max(fee + 1, fee * 9 / 8 + 1)


@given(fees=_FEES, cap=_CAP)
def test_bid_never_passes_the_limit_and_its_tip_never_the_bid(fees: Fees, cap: int) -> None:
    limit = limit_below(cap)
    bid = first_bid(fees, limit=limit)
    if bid is None:
        assert fees.base_fee > limit
        return
    while (higher := higher_bid(bid, fees, limit=limit)) is not None:
        assert _is_replacement(bid, higher)
        assert 0 <= higher.tip <= higher.max_fee <= limit
        bid = higher
    assert _is_replacement(bid, last_bid(bid, cap=cap))
    assert last_bid(bid, cap=cap).max_fee == cap


@given(base_fee=st.integers(min_value=0, max_value=10**11))
def test_tip_of_nothing_is_outbid(base_fee: int) -> None:
    """Chains whose nodes suggest no tip still want a replacement to offer more."""
    fees = Fees(base_fee, 0)
    bid = first_bid(fees, limit=10**12)
    assert bid is not None
    assert bid.tip == 0
    tips = []
    for _ in range(4):
        bid = higher_bid(bid, fees, limit=10**12)
        assert bid is not None
        tips.append(bid.tip)
    assert tips == [1, 2, 3, 4]


@given(before=st.builds(lambda tip, more: Bid(tip, tip + more), _WEI, _WEI), fees=_FEES)
def test_lower_bid_is_lower_and_pays_for_the_next_block(before: Bid, fees: Fees) -> None:
    lower = lower_bid(before, fees)
    if lower is not None:
        assert lower.max_fee < before.max_fee
        assert 8 * lower.max_fee >= 9 * fees.base_fee
        assert lower.tip <= lower.max_fee
