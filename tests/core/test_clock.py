"""The one clock: aware, in UTC, exact to the microsecond."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.clock import epoch_micros, epoch_millis, from_epoch_micros, now, parse_iso, travelled


def test_now_is_aware_and_in_utc() -> None:
    assert now().utcoffset() == timedelta(0)
    assert abs(now() - datetime.now(UTC)) < timedelta(seconds=1)


@given(st.datetimes(timezones=st.just(UTC)))
def test_microseconds_are_exact_both_ways(moment: datetime) -> None:
    assert from_epoch_micros(epoch_micros(moment)) == moment


def test_milliseconds_are_whole() -> None:
    assert epoch_millis(datetime(1970, 1, 1, 0, 0, 1, 999_999, tzinfo=UTC)) == 1999


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-29T02:30:00", datetime(2026, 3, 29, 2, 30, tzinfo=UTC)),
        ("2026-03-29T02:30:00Z", datetime(2026, 3, 29, 2, 30, tzinfo=UTC)),
        ("2026-03-29T02:30:00.5+02:00", datetime(2026, 3, 29, 0, 30, 0, 500_000, tzinfo=UTC)),
        ("2026-03-29", datetime(2026, 3, 29, tzinfo=UTC)),
    ],
)
def test_a_naive_time_is_utc_and_another_zone_is_converted(text: str, moment: datetime) -> None:
    parsed = parse_iso(text)
    assert parsed == moment
    assert parsed.utcoffset() == timedelta(0)


@pytest.mark.parametrize("text", ["", "now", "2026-13-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_what_is_no_time_within_the_years_1_to_9999_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_iso(text)


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
