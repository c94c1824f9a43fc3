"""What is done about a transaction that is not mined: by reason, and over histories of looks."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.chain.domain.bids import Bid, Fees
from chalicelib.chain.domain.causes import Cause
from chalicelib.chain.domain.pressing import (
    PATIENCE,
    Act,
    Answer,
    Progress,
    Seen,
    Step,
    advance,
    is_halted,
    is_lost,
    next_step,
    pace_of,
    price,
)
from chalicelib.core.clock import now

_PACE = pace_of(blocks=3, stuck_seconds=120, scale=1)
_START = now()
_DAY = timedelta(hours=24)


def _seen(answer: Answer = Answer.HELD, **changes: object) -> Seen:
    seen = Seen(answer, is_next=True, is_replaceable=True, tokens=1, bids=0, bid_age=timedelta(hours=1))
    return seen._replace(**changes)  # type: ignore[arg-type]


def _after(blocks: int, *, each: timedelta, waits: Progress | None = None) -> tuple[Progress, datetime]:
    """The progress after so many blocks, one each `each`, and the time of the last."""
    progress, at = waits or advance(Progress(), head=100, at=_START, pace=_PACE), _START
    for number in range(blocks):
        at += each
        progress = advance(progress, head=101 + number, at=at, pace=_PACE)
    return progress, at


_PASSED_OVER, _THEN = _after(10, each=timedelta(seconds=12))


@pytest.mark.parametrize(
    ("seen", "step"),
    [
        (_seen(), Step(Act.RAISE)),
        (_seen(Answer.UNDERPRICED), Step(Act.RAISE)),
        (_seen(Answer.NO_FUNDS), Step(Act.WAIT, Cause.OUT_OF_FUNDS)),
        (_seen(Answer.SILENT), Step(Act.WAIT, Cause.CHAIN_UNREACHABLE)),
        (_seen(Answer.USED), Step(Act.WAIT, Cause.RECEIPT_MISSING)),
        (_seen(is_next=False), Step(Act.WAIT, Cause.BEHIND_ANOTHER)),
        (_seen(Answer.FEE_CAP, tokens=50), Step(Act.HALVE)),
        (_seen(Answer.FEE_CAP), Step(Act.LOWER, Cause.NODE_FEE_CAP)),
        (_seen(Answer.REFUSED, tokens=2), Step(Act.HALVE)),
        (_seen(Answer.REFUSED), Step(Act.WAIT, Cause.NODE_REFUSED)),
        (_seen(is_replaceable=False), Step(Act.WAIT)),
        (_seen(bid_age=timedelta(seconds=119)), Step(Act.WAIT)),
        (_seen(bids=2, bid_age=timedelta(seconds=479)), Step(Act.WAIT)),
        (_seen(bids=2, bid_age=timedelta(seconds=480)), Step(Act.RAISE)),
    ],
)
def test_reason_decides_what_is_done_of_a_transaction_that_blocks_passed_over(seen: Seen, step: Step) -> None:
    assert next_step(seen, _PASSED_OVER, at=_THEN, pace=_PACE) == step


_ANSWERS = st.sampled_from(Answer)
_SEEN = st.builds(
    Seen,
    answer=_ANSWERS,
    is_next=st.booleans(),
    is_replaceable=st.booleans(),
    tokens=st.integers(0, 50),
    bids=st.integers(0, 60),
    bid_age=st.timedeltas(timedelta(), timedelta(days=40)),
)


@given(seen=_SEEN, waited=st.timedeltas(timedelta(), timedelta(days=9)), blocks=st.integers(0, 10**6))
def test_only_a_bid_that_is_too_low_is_raised(seen: Seen, waited: timedelta, blocks: int) -> None:
    progress = Progress(head=blocks, head_at=_START, bid_head=0, waited=waited)
    step = next_step(seen, progress, at=_START, pace=_PACE)
    if step.act is Act.RAISE:
        assert seen.answer in (Answer.HELD, Answer.UNDERPRICED)
        assert seen.is_next
        assert seen.is_replaceable
        assert blocks >= _PACE.blocks
        assert waited < PATIENCE
    if step.act is Act.GIVE_UP:
        assert waited >= PATIENCE
        assert seen.answer not in (Answer.NO_FUNDS, Answer.SILENT, Answer.USED)


@given(seen=_SEEN, halt=st.timedeltas(_PACE.halt, timedelta(days=90)))
def test_on_a_halted_chain_nothing_is_raised_or_given_up(seen: Seen, halt: timedelta) -> None:
    at = _THEN + halt
    looked = advance(_PASSED_OVER, head=110, at=at, pace=_PACE)
    assert is_halted(looked, at=at, pace=_PACE)
    assert next_step(seen, looked, at=at, pace=_PACE).act in (Act.WAIT, Act.HALVE)


@given(halt=st.timedeltas(_PACE.halt, timedelta(days=90)))
def test_time_stands_still_while_the_chain_is_halted(halt: timedelta) -> None:
    resumed = advance(_PASSED_OVER, head=111, at=_THEN + halt, pace=_PACE)
    assert resumed.waited - _PASSED_OVER.waited == _PACE.halt
    assert next_step(_seen(), resumed, at=_THEN + halt, pace=_PACE) == Step(Act.RAISE)


@given(
    looks=st.lists(
        st.tuples(st.integers(0, 5), st.timedeltas(timedelta(seconds=1), timedelta(hours=30))), min_size=1, max_size=60
    )
)
def test_waited_time_is_at_most_the_time_that_went_by_and_never_falls(looks: list[tuple[int, timedelta]]) -> None:
    progress, at, head = advance(Progress(), head=100, at=_START, pace=_PACE), _START, 100
    for blocks, later in looks:
        before, at, head = progress, at + later, head + blocks
        progress = advance(progress, head=head, at=at, pace=_PACE)
        assert before.waited <= progress.waited <= at - _START
        assert progress.waited - before.waited <= _PACE.halt
        assert blocks or progress == before


def test_live_chain_makes_24_hours_of_its_blocks() -> None:
    progress, at = _after(2 * 24 * 60 + 1, each=timedelta(seconds=30))
    assert progress.waited == _DAY + timedelta(seconds=30)
    assert next_step(_seen(), progress, at=at, pace=_PACE) == Step(Act.GIVE_UP, Cause.NOT_MINED)
    assert next_step(_seen(Answer.REFUSED), progress, at=at, pace=_PACE).cause is Cause.NODE_REFUSED
    assert next_step(_seen(Answer.FEE_CAP), progress, at=at, pace=_PACE).cause is Cause.NODE_FEE_CAP
    assert next_step(_seen(Answer.NO_FUNDS), progress, at=at, pace=_PACE) == Step(Act.WAIT, Cause.OUT_OF_FUNDS)


def test_head_of_a_node_that_lags_moves_nothing_and_another_chain_begins_anew() -> None:
    assert advance(_PASSED_OVER, head=101, at=_THEN + _DAY, pace=_PACE) == _PASSED_OVER
    high = _PASSED_OVER._replace(head=10_000, bid_head=9_990)
    fresh = advance(high, head=3, at=_THEN, pace=_PACE)
    assert (fresh.head, fresh.blocks_passed, fresh.waited) == (3, 0, high.waited)


def test_bid_that_cannot_be_paid_is_not_made() -> None:
    before, fees = Bid(10, 100), Fees(40, 10)
    assert price(before, fees, limit=1000, gas=1000, balance=113_000) == Bid(12, 113)
    assert price(before, fees, limit=1000, gas=1000, balance=112_999) == Step(Act.WAIT, Cause.OUT_OF_FUNDS)
    assert price(before, fees, limit=112, gas=1000, balance=10**9) == Step(Act.GIVE_UP, Cause.FEE_LIMIT)


def test_used_nonce_is_lost_only_to_what_the_chain_shows_or_after_many_blocks() -> None:
    progress = Progress(head=1000, unseen_head=990)
    assert is_lost(progress, ours_is_mined=False)
    assert not is_lost(progress, ours_is_mined=True)
    assert not is_lost(progress, ours_is_mined=None)
    assert is_lost(progress._replace(head=1054), ours_is_mined=None)
    assert not is_lost(progress._replace(head=10**6), ours_is_mined=True)
