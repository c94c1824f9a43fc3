"""The one parser of times from outside: takes ISO 8601's extended form, and never reads a time as another."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.times import LONGEST_TIME, InvalidTime, parse_query_time, parse_time, stored_time
from tests.times import NO_TIMES

OFFSETS = st.timedeltas(timedelta(hours=-23, minutes=-59), timedelta(hours=23, minutes=59)).map(
    lambda size: timezone(timedelta(minutes=size // timedelta(minutes=1)))
)
# A day of room on both sides, so that the moment exists in UTC.
MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=OFFSETS)
DIGIT, TWO = "[0-9]", "[0-9]{2}"
LIKE_TIMES = st.from_regex(
    rf"{DIGIT}{{4}}[-W]?{TWO}[-W]?{DIGIT}{{1,2}}"
    rf"([Tt x]{TWO}(:?{TWO}(:?{TWO}([.,]{DIGIT}{{1,10}})?)?)?)?(Z|z|[+-]{TWO}(:?{TWO}(:?{TWO})?)?)?",
    fullmatch=True,
)
EXTENDED = re.compile(r"(\d{4}-\d\d-\d\d)(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d(:\d\d)?)?)?", re.ASCII)


@given(MOMENTS)
def test_a_time_as_python_writes_it_is_read_back_with_its_offset(moment: datetime) -> None:
    parsed = parse_time(moment.isoformat())
    assert (parsed, parsed.utcoffset()) == (moment, moment.utcoffset())
    assert parse_query_time(moment.isoformat().replace("+", " ")) == moment


@given(LIKE_TIMES | st.text(max_size=80))
def test_a_text_is_read_as_python_reads_the_extended_form_or_refused(text: str) -> None:
    try:
        parsed = parse_time(text)
    except InvalidTime:
        return
    assert EXTENDED.fullmatch(text)
    assert parsed == stored_time(text)


@pytest.mark.parametrize("text", NO_TIMES.values(), ids=NO_TIMES)
def test_other_forms_are_refused_even_where_python_takes_them(text: str) -> None:
    for read in (parse_time, parse_query_time):
        with pytest.raises(InvalidTime, match="ISO 8601"):
            read(text)


@pytest.mark.parametrize(
    ("text", "zone", "moment"),
    [
        ("2026-03-29T02:30:00", UTC, "2026-03-29T02:30:00+00:00"),
        ("2026-03-29T02:30:00", ZoneInfo("Asia/Tokyo"), "2026-03-29T02:30:00+09:00"),
        ("2026-03-29", ZoneInfo("Asia/Tokyo"), "2026-03-29T00:00:00+09:00"),
        ("2026-03-29T02:30Z", ZoneInfo("Asia/Tokyo"), "2026-03-29T02:30:00+00:00"),
        ("2026-03-29T02:30:00.123456789+02:00", UTC, "2026-03-29T02:30:00.123456+02:00"),
        ("2026-03-29T02:30:00+0530", UTC, "2026-03-29T02:30:00+05:30"),
    ],
)
def test_what_the_text_leaves_out_is_filled(text: str, zone: tzinfo, moment: str) -> None:
    assert parse_time(text, zone).isoformat() == moment


@pytest.mark.parametrize(
    "text",
    [
        "2026-13-01",
        "2026-02-29",
        "2026-03-29T24:00:00Z",
        "2026-03-29T10:60Z",
        "2026-03-29T10:00+24:00",
        "2026-03-29T10:00+01:60",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "0000-01-01",
    ],
)
def test_times_that_do_not_exist_are_refused(text: str) -> None:
    with pytest.raises(InvalidTime, match="exists"):
        parse_time(text)


def test_a_fraction_finer_than_allowed_is_refused() -> None:
    assert parse_time("2026-03-29T10:00:00.123456Z", fraction_digits=6).microsecond == 123456
    with pytest.raises(InvalidTime):
        parse_time("2026-03-29T10:00:00.1234567Z", fraction_digits=6)


def test_a_long_text_is_refused_before_it_is_looked_through() -> None:
    for text in ("T" * LONGEST_TIME * 2, "T" + " 00" * LONGEST_TIME):
        with pytest.raises(InvalidTime):
            parse_query_time(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-29T02:30:00.5+02:00", datetime(2026, 3, 29, 0, 30, 0, 500_000, tzinfo=UTC)),
        ("2026-03-29", datetime(2026, 3, 29, tzinfo=UTC)),
        ("20260329T023000Z", datetime(2026, 3, 29, 2, 30, tzinfo=UTC)),
    ],
)
def test_a_stored_text_of_any_form_is_still_read(text: str, moment: datetime) -> None:
    assert stored_time(text) == moment
