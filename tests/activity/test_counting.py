"""Counts, windows and lists against a plain model in memory, with few acts and with many."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.activity import service as activity
from chalicelib.activity.domain import Identity, Window, position_of
from chalicelib.activity.service import counting
from chalicelib.core.transactions import Transaction
from tests.platform import Partner, Platform

BEGIN = datetime(2024, 2, 28, 22, 0, tzinfo=UTC)
_numbers = count()
# Times that meet at the edges of hours and days, and a leap day.
TIMES = st.builds(
    lambda hours, micros: BEGIN + timedelta(hours=hours, microseconds=micros),
    st.integers(0, 60),
    st.sampled_from([0, 1, 999_999, 1_800_000_000, 3_599_999_999]),
)
WINDOWS = st.tuples(st.none() | TIMES, st.none() | TIMES)


@pytest.fixture(scope="module")
def partner(platform: Platform) -> Partner:
    return platform.new_partner(collection=False)


@pytest.fixture(params=[500, 2], ids=["few acts are read", "many are counted by hours"])
def threshold(request: pytest.FixtureRequest) -> Iterator[int]:
    """How many acts are still read one by one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "READ_ONE_BY_ONE", request.param)
        if request.param < 500:
            patch.setattr(counting, "ACTS_A_QUERY", 1)
        yield request.param


def recorded(origin: str, identity: Identity, name: str, times: list[datetime]) -> list[tuple[datetime, str]]:
    """Acts put into the ledger, with their sources."""
    acts = [(time, f"s{next(_numbers)}") for time in times]
    for time, source in acts:
        transaction = Transaction()
        activity.record_act(transaction, origin, identity=identity, activity=name, at=time, source=source)
        transaction.commit()
    return acts


@pytest.mark.usefixtures("threshold")
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    times=st.lists(TIMES, max_size=9),
    others=st.lists(TIMES, max_size=3),
    moves=st.lists(st.tuples(st.integers(0, 8), st.none() | TIMES), max_size=4),
    windows=st.lists(WINDOWS, min_size=3, max_size=3),
    at_most=st.integers(1, 6),
)
def test_counts_and_lists_agree_with_a_plain_model(
    partner: Partner,
    times: list[datetime],
    others: list[datetime],
    moves: list[tuple[int, datetime | None]],
    windows: list[tuple[datetime | None, datetime | None]],
    at_most: int,
) -> None:
    origin, name = partner.origin, f"test:{next(_numbers)}"
    first, second = Identity("x", f"a{next(_numbers)}"), Identity("x", f"b{next(_numbers)}")
    acts = recorded(origin, first, name, times)
    other_acts = recorded(origin, second, name, others)
    for number, to in moves:
        if number < len(acts):
            time, source = acts.pop(number)
            transaction = Transaction()
            activity.remove_act(transaction, origin, identity=first, activity=name, at=time, source=source)
            if to is not None:
                moved = f"s{next(_numbers)}"
                activity.record_act(transaction, origin, identity=first, activity=name, at=to, source=moved)
                acts.insert(number, (to, moved))
            transaction.commit()
    for start, end in windows:
        window = Window.between(start, end)
        mine, theirs = (
            [time for time, _ in of if (start is None or time >= start) and (end is None or time < end)]
            for of in (acts, other_acts)
        )
        found = counting.count(origin, [first, second], name, window, at_most=at_most)
        assert found.of == {first: min(len(mine), at_most), second: min(len(theirs), at_most)}
        expected = sorted([*mine, *theirs], reverse=True)
        listed, listing = counting.list_acts(origin, [first, second], name, window)
        assert (listing, listed.total) == (expected, len(expected))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(counting, "MAX_LISTED", 3)
            counted, newest = counting.list_newest(origin, [first, second], name, window)
        assert (newest, counted.of) == (expected[:3], {first: len(mine), second: len(theirs)})
        days, shown = counting.list_days(origin, [first, second], name, window)
        assert [(day.last, day.acts) for day in shown] == _by_day(expected)
        assert days.of == {first: len(mine), second: len(theirs)}


def _by_day(times: list[datetime]) -> list[tuple[datetime, int]]:
    counts = Counter(time.date() for time in times)
    return [(max(time for time in times if time.date() == day), counts[day]) for day in sorted(counts, reverse=True)]


def test_an_act_is_recorded_once_and_taken_back_once(partner: Partner) -> None:
    identity, name = Identity("x", f"c{next(_numbers)}"), f"test:{next(_numbers)}"
    [(time, source)] = recorded(partner.origin, identity, name, [BEGIN])
    again, never = Transaction(), Transaction()
    activity.record_act(again, partner.origin, identity=identity, activity=name, at=time, source=source)
    with pytest.raises(activity.ActRecorded):
        again.commit()
    activity.remove_act(never, partner.origin, identity=identity, activity=name, at=time, source="another")
    with pytest.raises(activity.ActUnknown):
        never.commit()
    found = counting.count(partner.origin, [identity], name, Window(), at_most=10_000)
    assert found.total == 1


def test_every_year_has_a_place_in_order() -> None:
    moments = [
        datetime.fromisoformat(text)
        for text in (
            "0001-01-01T00:00:00+14:00",
            "0001-01-01T00:00:00+00:00",
            "1969-12-31T23:59:59.999999+00:00",
            "1970-01-01T00:00:00+00:00",
            "9999-12-31T23:59:59.999999+00:00",
            "9999-12-31T23:59:59.999999-14:00",
        )
    ]
    positions = [f"{position_of(moment):018d}" for moment in moments]
    assert positions == sorted(positions)
    assert {len(position) for position in positions} == {18}


def test_a_list_that_would_be_too_long_is_refused(partner: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MAX_LISTED", 2)
    identity, name = Identity("x", f"d{next(_numbers)}"), f"test:{next(_numbers)}"
    recorded(partner.origin, identity, name, [BEGIN, BEGIN + timedelta(1), BEGIN + timedelta(2)])
    with pytest.raises(counting.TooManyActs):
        counting.list_acts(partner.origin, [identity], name, Window())
