"""Counts, windows and lists against a plain model in memory, with few acts and with many."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count, cycle
from typing import Literal, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.activity import service as activity
from chalicelib.activity.domain import Identity, Window, position_of
from chalicelib.activity.repository import acts as acts_repository
from chalicelib.activity.repository.acts import KEPT_A_DAY
from chalicelib.activity.service import counting
from chalicelib.core.retrying import RowChanged, until_unchanged
from chalicelib.core.settings import settings as present
from chalicelib.core.transactions import Transaction
from tests.budgets.metering import metered
from tests.faults.invariants import acts_of
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


class Writing(NamedTuple):
    """How acts are written: how many a day keeps, and the older release that has to read each, in turn."""

    kept_a_day: int = KEPT_A_DAY
    older: tuple[Literal["1.0", "none"], ...] = ("none",)


_WRITINGS = {
    "days keep all": Writing(),
    "days keep one": Writing(kept_a_day=1),
    "1.0 reads them": Writing(older=("1.0",)),
    "1.0 reads every other": Writing(older=("1.0", "none")),
}


@pytest.fixture(params=list(_WRITINGS))
def writing(request: pytest.FixtureRequest) -> Iterator[Writing]:
    """Each way in turn."""
    with pytest.MonkeyPatch.context() as patch:
        chosen = _WRITINGS[request.param]
        patch.setattr(acts_repository, "KEPT_A_DAY", chosen.kept_a_day)
        turns = cycle(present().model_copy(update={"older_release": release}) for release in chosen.older)
        patch.setattr(acts_repository, "settings", partial(next, turns))
        yield chosen


def recorded(origin: str, identity: Identity, name: str, times: list[datetime]) -> list[tuple[datetime, str]]:
    """Acts put into the ledger, with their sources."""
    acts = [(time, f"s{next(_numbers)}") for time in times]
    for time, source in acts:
        until_unchanged("the ledger", partial(record, origin, identity, name, time, source))
    return acts


def record(origin: str, identity: Identity, name: str, time: datetime, source: str) -> None:
    """Puts an act into the ledger, at the first try."""
    transaction = Transaction()
    activity.record_act(transaction, origin, identity=identity, activity=name, at=time, source=source)
    transaction.commit()


@pytest.mark.usefixtures("threshold", "writing")
@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
            old, moved = acts.pop(number), f"s{next(_numbers)}"
            until_unchanged("the ledger", partial(move, origin, first, name, old, None if to is None else (to, moved)))
            if to is not None:
                acts.insert(number, (to, moved))
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


def move(
    origin: str, identity: Identity, name: str, old: tuple[datetime, str], new: tuple[datetime, str] | None
) -> None:
    """Takes an act back, and records another, if any, in the same transaction."""
    transaction = Transaction()
    activity.remove_act(transaction, origin, identity=identity, activity=name, at=old[0], source=old[1])
    if new is not None:
        activity.record_act(transaction, origin, identity=identity, activity=name, at=new[0], source=new[1])
    transaction.commit()


def _by_day(times: list[datetime]) -> list[tuple[datetime, int]]:
    counts = Counter(time.date() for time in times)
    return [(max(time for time in times if time.date() == day), counts[day]) for day in sorted(counts, reverse=True)]


@pytest.mark.usefixtures("writing")
@pytest.mark.parametrize("writing", ["days keep all", "days keep one", "1.0 reads them"], indirect=True)
def test_an_act_is_recorded_once_and_taken_back_once(partner: Partner) -> None:
    identity, name = Identity("x", f"c{next(_numbers)}"), f"test:{next(_numbers)}"
    acts = recorded(partner.origin, identity, name, [BEGIN, BEGIN])
    for time, source in acts:
        for _ in range(2):  # the first may only find out that the day is full
            with pytest.raises(activity.ActRecorded):
                record(partner.origin, identity, name, time, source)
        with pytest.raises(activity.ActUnknown):
            move(partner.origin, identity, name, (time, "another"), None)
    assert counting.count(partner.origin, [identity], name, Window(), at_most=10_000).total == 2
    for act in acts:
        move(partner.origin, identity, name, act, None)
        with pytest.raises(activity.ActUnknown):
            move(partner.origin, identity, name, act, None)
    assert counting.count(partner.origin, [identity], name, Window(), at_most=10_000).total == 0


def test_a_full_day_costs_one_try_and_is_known_from_then_on(partner: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acts_repository, "KEPT_A_DAY", 2)
    identity, name = Identity("x", f"f{next(_numbers)}"), f"test:{next(_numbers)}"
    keep = partial(record, partner.origin, identity, name, BEGIN)
    keep("a")
    keep("b")
    with pytest.raises(RowChanged):
        keep("c")
    keep("c")
    keep("d")
    assert sorted(act.source for act in acts_of(partner.origin) if act.activity == name) == ["a", "b", "c", "d"]


def test_a_count_of_few_reads_the_newest_days_alone(partner: Partner) -> None:
    identity, name = Identity("x", f"g{next(_numbers)}"), f"test:{next(_numbers)}"
    recorded(partner.origin, identity, name, [BEGIN + timedelta(days) for days in range(12)])
    with metered(weigh=True) as bill:
        assert counting.count(partner.origin, [identity], name, Window(), at_most=1).total == 1
    [days] = [request for request in bill.of("dynamodb") if "#DAY#" in str(request.body)]
    assert len(days.answer["Items"]) == 5


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
