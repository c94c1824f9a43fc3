"""The rules of schedules and Retry-After, for all inputs."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.webhooks.domain import (
    JITTER,
    SCHEDULES,
    Verdict,
    grace_seconds,
    hold_seconds,
    judge,
    matches,
    parse_retry_after,
    retry_delay,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
schedules = st.sampled_from(sorted(SCHEDULES))
jitters = st.floats(-1, 1)
scales = st.sampled_from([1.0, 0.5, 0.001])


def test_standard_schedule_is_ten_tries_over_about_75_hours() -> None:
    minutes = [delay / 60 for delay in SCHEDULES["standard"]]
    assert minutes == [0, 5 / 60, 5, 30, 120, 300, 600, 840, 1200, 1440]
    assert 75 < sum(minutes) / 60 < 76


def test_hourly_schedule_is_24_tries() -> None:
    assert SCHEDULES["hourly"] == (0.0, *[3600.0] * 23)


@given(schedules, st.data(), jitters, scales)
def test_delay_stays_within_a_fifth_of_the_schedules(
    schedule: str, data: st.DataObject, jitter: float, scale: float
) -> None:
    tries = data.draw(st.integers(1, len(SCHEDULES[schedule]) - 1))
    delay = retry_delay(schedule, tries=tries, retry_after_seconds=None, jitter=jitter, scale=scale)
    scheduled = SCHEDULES[schedule][tries] * scale
    assert delay == pytest.approx(scheduled, rel=JITTER + 1e-9)


@given(schedules, st.data(), jitters, scales, st.one_of(st.floats(-1e12, 1e12), st.just(inf), st.floats(0, 1e5)))
def test_retry_after_counts_between_one_and_four_times_the_delay(
    schedule: str, data: st.DataObject, jitter: float, scale: float, asked: float
) -> None:
    tries = data.draw(st.integers(1, len(SCHEDULES[schedule]) - 1))
    scheduled = SCHEDULES[schedule][tries] * scale
    delay = retry_delay(schedule, tries=tries, retry_after_seconds=asked, jitter=jitter, scale=scale)
    assert scheduled <= delay <= 4 * scheduled
    if 1.2 * scheduled <= asked * scale <= 4 * scheduled:
        assert delay == asked * scale


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("9" * 4000, inf),
        ("Sun, 01 Mar 2026 12:01:00 GMT", 60.0),
        ("Sunday, 01-Mar-26 12:01:00 GMT", 60.0),
        ("Sun Mar  1 12:01:00 2026", 60.0),
        ("Sun, 01 Mar 2026 11:59:00 GMT", -60.0),
        (None, None),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("Sun, 99 Mar 2026 12:01:00 GMT", None),
        ("٣", None),
    ],
)
def test_retry_after_is_a_count_or_a_date(text: str | None, seconds: float | None) -> None:
    assert parse_retry_after(text, at=NOW) == seconds


@given(st.text(max_size=60))
def test_no_retry_after_raises(text: str) -> None:
    parse_retry_after(text, at=NOW)


@given(st.integers(-(10**8), 10**8))
def test_retry_after_dates_are_read_to_the_second(seconds: int) -> None:
    text = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert parse_retry_after(text, at=NOW) == seconds


def _judged(*, succeeded: bool = False, gone: bool = False, tries: int = 1) -> Verdict:
    return judge(
        succeeded=succeeded,
        aborted=False,
        gone=gone,
        schedule="standard",
        tries=tries,
        retry_after_seconds=None,
        jitter=0.0,
        scale=1.0,
    )


def test_success_is_delivered_on_the_last_try_too() -> None:
    assert _judged(succeeded=True, tries=10) == Verdict("delivered")


def test_gone_is_disabled_on_any_try() -> None:
    assert {_judged(gone=True, tries=tries) for tries in (1, 10)} == {Verdict("disabled")}


def test_failure_is_tried_again_until_the_tries_are_used_up() -> None:
    assert _judged(tries=1) == Verdict("scheduled", 5.0)
    assert _judged(tries=9) == Verdict("scheduled", 86400.0)
    assert _judged(tries=10) == Verdict("exhausted")


def test_grace_is_scaled_down_to_a_floor() -> None:
    assert [grace_seconds(scale) for scale in (1.0, 0.1, 0.001)] == [120.0, 12.0, 2.0]


def test_hold_doubles_up_to_an_hour() -> None:
    assert [hold_seconds(faults) for faults in (1, 2, 3, 10, 10_000)] == [60, 120, 240, 3600, 3600]


def test_naming_no_types_means_all_of_them() -> None:
    assert matches([], "thing.made")
    assert matches(["thing.made", "x"], "thing.made")
    assert not matches(["x"], "thing.made")
