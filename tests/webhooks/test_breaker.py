"""The circuit breaker's rules, for any course of answers, against a plain model."""

from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.webhooks.breaker import (
    OPEN,
    SECOND,
    Health,
    after_failure,
    after_success,
    is_releasing,
    must_disable,
    notice_due,
    noticed,
    open_seconds,
    release_slot,
)

T0 = 1_790_000_000 * SECOND
DAY = 24 * 3600 * SECOND
courses = st.lists(st.tuples(st.integers(0, 120), st.sampled_from([False, False, True])), max_size=60)
rarer_failures = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9).map(lambda n: n < 3)), max_size=80)


@dataclass
class Model:
    """All calls, in full: no counters. The window begins with the first failure that lies in no other."""

    calls: list[tuple[int, bool]] = field(default_factory=list)
    window_start: int | None = None

    def opens_at(self, at: int, ok: bool) -> bool:
        """Adds a call; True if the breaker must open at it."""
        self.calls.append((at, ok))
        if self.window_start is not None and at - self.window_start > 300 * SECOND:
            self.window_start = None
        if ok:
            return False
        if self.window_start is None:
            self.window_start = at
            first = len(self.calls) - 1
            self.first_in_window = first
        in_window = [ok for _, ok in self.calls[self.first_in_window :]]
        last_ten = [ok for _, ok in self.calls[-10:]]
        many = len(in_window) >= 10 and in_window.count(False) * 10 >= len(in_window) * 7
        return many or (len(last_ten) == 10 and not any(last_ten))

    first_in_window: int = 0


@dataclass
class Worker:
    """One worker's part: successes of an endpoint without trouble wait in its memory."""

    health: Health = field(default_factory=Health)
    unsaid: int = 0

    def answered(self, at: int, ok: bool, *, probe: bool = False) -> None:
        if ok and not self.health.in_trouble:
            self.unsaid += 1
            return
        told, self.unsaid = self.unsaid, 0
        if ok:
            self.health = after_success(self.health, at=at, ok_before=told, probe=probe, scale=1.0)
        else:
            self.health = after_failure(self.health, at=at, ok_before=told, probe=probe, scale=1.0)


@given(st.one_of(courses, rarer_failures))
def test_opens_when_a_plain_model_says_so(course: list[tuple[int, bool]]) -> None:
    worker, model, at = Worker(), Model(), T0
    for gap, ok in course:
        at += gap * SECOND
        expected = model.opens_at(at, ok)
        worker.answered(at, ok)
        assert (worker.health.state == OPEN) == expected
        if expected:
            assert worker.health.open_until == at + 60 * SECOND
            return
        assert worker.health.in_trouble == (not ok)


def _opened(at: int = T0) -> Health:
    worker = Worker()
    for _ in range(10):
        worker.answered(at, False)
    return worker.health


@pytest.mark.parametrize("failures", [9, 10])
def test_ten_failures_in_a_row_open_and_nine_do_not(failures: int) -> None:
    worker = Worker()
    for number in range(failures):
        worker.answered(T0 + number * 3600 * SECOND, False)  # hours apart: no window holds them
    assert (worker.health.state == OPEN) == (failures == 10)


def test_successes_of_long_ago_do_not_outweigh_failures_now() -> None:
    worker = Worker()
    for number in range(1000):
        worker.answered(T0 + number * SECOND, True)
    for number, ok in enumerate([False, False, False, True] * 3):
        worker.answered(T0 + (2000 + number) * SECOND, ok)
    assert worker.health.state == OPEN


@given(st.integers(1, 40))
def test_opening_lasts_a_minute_and_doubles_to_an_hour(failed_probes: int) -> None:
    health, at, seconds = _opened(), T0, [60]
    for _ in range(failed_probes):
        at = health.open_until
        health = after_failure(health, at=at, ok_before=0, probe=True, scale=1.0)
        seconds.append((health.open_until - at) // SECOND)
    assert seconds[:8] == [60, 120, 240, 480, 960, 1920, 3600, 3600][: len(seconds)]
    assert set(seconds[6:]) <= {3600}
    assert open_seconds(10**9) == 3600


@given(st.integers(0, 10**12), st.integers(0, 20), st.booleans())
def test_late_answers_of_calls_under_way_change_nothing(later: int, ok_before: int, ok: bool) -> None:
    opened = _opened()
    after = after_success if ok else after_failure
    assert after(opened, at=T0 + later, ok_before=ok_before, probe=False, scale=1.0) == opened


def test_probes_success_closes_and_forgets_all_but_the_last_letter() -> None:
    opened = noticed(_opened(), 1, at=T0 + 7)
    closed = after_success(opened, at=T0 + 61 * SECOND, ok_before=0, probe=True, scale=1.0)
    assert closed == Health(released_at=T0 + 61 * SECOND, told_at=T0 + 7)
    assert not closed.in_trouble


@pytest.mark.parametrize("scale", [1.0, 0.01])
def test_release_doubles_each_second_and_ends_after_seven(scale: float) -> None:
    seconds = Counter(
        int((release_slot(number, released_at=T0, scale=scale) - T0) / (SECOND * scale)) for number in range(1, 128)
    )
    assert seconds == {second: 2**second for second in range(7)}
    health = Health(released_at=T0)
    assert is_releasing(health, at=T0 + round(6.99 * SECOND * scale), scale=scale)
    assert not is_releasing(health, at=T0 + round(7 * SECOND * scale), scale=scale)
    assert not is_releasing(health._replace(state=OPEN), at=T0, scale=scale)
    assert not is_releasing(Health(), at=T0, scale=scale)


def test_failure_after_the_release_begins_at_one_minute_again() -> None:
    health = _opened()
    for _ in range(4):
        health = after_failure(health, at=health.open_until, ok_before=0, probe=True, scale=1.0)
    at = health.open_until
    worker = Worker(after_success(health, at=at, ok_before=0, probe=True, scale=1.0))
    for _ in range(9):
        worker.answered(at, False)
    assert worker.health.state != OPEN
    worker.answered(at, False)
    assert (worker.health.state, worker.health.open_until - at) == (OPEN, 60 * SECOND)


@given(st.lists(st.integers(1, 20 * 3600), min_size=60, max_size=120))
def test_three_letters_are_due_over_five_days_of_failures(gaps: list[int]) -> None:
    health, at, letters = Health(), T0, []
    for gap in gaps:
        at = max(at + gap * SECOND, health.open_until)
        health = after_failure(health, at=at, ok_before=0, probe=True, scale=1.0)
        letter = notice_due(health, at=at, scale=1.0)
        if letter is not None:
            letters.append((letter, at - health.trouble_since))
            health = noticed(health, letter, at=at)
        if must_disable(health, at=at, scale=1.0):
            break
        assert health.state != OPEN or at - health.trouble_since < 5 * DAY
    numbers = [number for number, _ in letters]
    assert numbers == sorted(set(numbers))
    assert all(at >= {1: 0, 2: 2.5 * DAY, 3: 5 * DAY}[number] for number, at in letters)
    assert (3 in numbers) == must_disable(health, at=at, scale=1.0)


def test_endpoint_that_fails_and_recovers_all_day_gets_one_letter_a_day() -> None:
    worker, letters = Worker(), 0
    for hour in range(3 * 24):
        at = T0 + hour * 3600 * SECOND
        for ok in [False, False, False, True]:
            worker.answered(at, ok)
            letter = notice_due(worker.health, at=at, scale=1.0)
            if letter is not None:
                assert letter == 1
                letters += 1
                worker.health = noticed(worker.health, letter, at=at)
    assert letters == 3


def test_few_failures_far_apart_disable_nothing() -> None:
    worker = Worker()
    for week in range(9):
        worker.answered(T0 + week * 7 * DAY, False)
        assert not must_disable(worker.health, at=T0 + week * 7 * DAY, scale=1.0)
