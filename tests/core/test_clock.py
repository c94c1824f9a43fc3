"""The one clock: aware, in UTC, exact to the microsecond."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.clock import epoch_micros, epoch_millis, from_epoch_micros, now, travelled


def test_now_is_aware_and_in_utc() -> None:
    assert now().utcoffset() == timedelta(0)
    assert abs(now() - datetime.now(UTC)) < timedelta(seconds=1)


@given(st.datetimes(timezones=st.just(UTC)))
def test_microseconds_are_exact_both_ways(moment: datetime) -> None:
    assert from_epoch_micros(epoch_micros(moment)) == moment


def test_milliseconds_are_whole() -> None:
    assert epoch_millis(datetime(1970, 1, 1, 0, 0, 1, 999_999, tzinfo=UTC)) == 1999


def halt_after_four_days() -> None:
    with travelled(timedelta(days=2)) as further:
        assert now() - datetime.now(UTC) > timedelta(days=1)
        further(timedelta(days=2))
        assert now() - datetime.now(UTC) > timedelta(days=3)
        raise RuntimeError("halted")


def test_a_journey_ends_with_its_block_whatever_happens() -> None:
    with pytest.raises(RuntimeError, match="halted"):
        halt_after_four_days()
    assert abs(now() - datetime.now(UTC)) < timedelta(seconds=1)
