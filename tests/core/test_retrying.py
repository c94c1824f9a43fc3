"""Retries: what moved is decided anew, one caller after another in order of arrival, and with an answer in the end."""

import time
from collections.abc import Iterator
from threading import Event, Lock, Thread

import pytest

from chalicelib.core import lines, retrying
from chalicelib.core.errors import Contended, TooManyRequests
from chalicelib.core.retrying import retried, until_unchanged


class _Moved(Exception):
    pass


class _Unknown(Exception):
    pass


@pytest.fixture(autouse=True)
def _nobody_waits_in_the_end(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whoever waits in line gives up only where a test says so, however long the machine stands still."""
    monkeypatch.setattr(retrying, "PATIENCE_SECONDS", 3600.0)
    yield
    assert not lines._lines


class Row:
    """A row with a version; `overtaken_by` others of other processes come first."""

    def __init__(self, *, overtaken_by: int = 0) -> None:
        self.version = 0
        self.tries = 0
        self.written: list[object] = []
        self._overtaking = overtaken_by
        self._lock = Lock()

    def write(self, who: object, *, seconds: float = 0.0) -> int:
        """Reads, thinks, and writes on the condition that nothing moved."""
        with self._lock:
            self.tries += 1
            read = self.version
        time.sleep(seconds)
        with self._lock:
            if self._overtaking:
                self._overtaking -= 1
                self.version += 1
            if self.version != read:
                raise _Moved
            self.version += 1
            self.written.append(who)
            return self.version


def test_what_moved_is_decided_anew() -> None:
    row = Row(overtaken_by=3)
    assert until_unchanged("it", lambda: row.write("me"), moved=_Moved) == 4
    assert row.tries == 4


def test_retried_function_begins_anew_with_what_it_was_called_with() -> None:
    row = Row(overtaken_by=2)

    @retried("it", moved=_Moved)
    def write(*, who: str) -> int:
        return row.write(who)

    assert (write(who="me"), row.tries, row.written) == (3, 3, ["me"])


def test_other_refusals_end_it_at_once_and_let_the_next_one_come() -> None:
    row = Row(overtaken_by=1)

    def refused() -> None:
        row.write("me")
        raise _Unknown

    with pytest.raises(_Unknown):
        until_unchanged("it", refused, moved=_Moved, at="row")
    assert (row.written, lines.is_waited_for("row")) == (["me"], False)


def test_what_others_transactions_kept_holding_is_decided_anew_whatever_else_moves_it() -> None:
    tries = iter([Contended(), Contended(), None])

    def once() -> str:
        contended = next(tries)
        if contended is not None:
            raise contended
        return "written"

    assert until_unchanged("it", once, moved=()) == "written"


def test_place_is_kept_from_the_second_try_until_the_end() -> None:
    waited_for: list[bool] = []

    def once() -> None:
        waited_for.append(lines.is_waited_for("row"))
        if len(waited_for) == 1:
            raise _Moved

    until_unchanged("it", once, moved=_Moved, at="row")
    assert (waited_for, lines.is_waited_for("row")) == ([False, True], False)


def test_callers_of_one_row_come_one_at_a_time_in_order_of_arrival() -> None:
    row, first_waits = Row(overtaken_by=1), Event()

    def first() -> int:
        if row.tries:
            first_waits.set()
            while len(waiting_line()) < 6:  # all others stand behind
                time.sleep(0.001)
        return row.write("first")

    def waiting_line() -> list[Event]:
        return list(lines._lines.get("row", ()))

    threads = [Thread(target=until_unchanged, args=("it", first), kwargs={"moved": _Moved, "at": "row"})]
    threads[0].start()
    assert first_waits.wait(120)
    for number in range(5):
        while len(waiting_line()) < number + 1:  # not for the last, with whom the first goes on
            time.sleep(0.001)
        asked = {"moved": _Moved, "at": "row"}
        threads.append(Thread(target=until_unchanged, args=("it", lambda n=number: row.write(n)), kwargs=asked))
        threads[-1].start()
    for thread in threads:
        thread.join(120)
    assert row.written == ["first", 0, 1, 2, 3, 4]
    assert row.tries == 7


def test_callers_of_other_rows_do_not_wait() -> None:
    row = Row(overtaken_by=1)

    def once() -> int:
        if row.tries:
            assert lines.is_waited_for("row")
            assert until_unchanged("it", lambda: 5, moved=_Moved, at="another row") == 5
        return row.write("me")

    assert until_unchanged("it", once, moved=_Moved, at="row") == 2


def test_crowd_at_one_row_makes_hardly_more_tries_than_changes() -> None:
    row = Row()

    def change(who: int) -> None:
        until_unchanged("it", lambda: row.write(who, seconds=0.002), moved=_Moved, at="row")

    threads = [Thread(target=change, args=(number,)) for number in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert row.version == 100
    assert row.tries <= 2 * 100  # each has one try of its own, before it knows that others are there


def test_contention_without_end_ends_in_an_answer_that_says_when_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retrying, "PATIENCE_SECONDS", 0.2)

    def moved() -> None:
        raise _Moved

    with pytest.raises(TooManyRequests) as refusal:
        until_unchanged("the space", moved, moved=_Moved, at="row")
    assert "the space" in refusal.value.message
    assert 1 <= int(refusal.value.headers["Retry-After"]) <= 4


def test_whoever_waits_in_line_beyond_its_patience_is_answered_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "PATIENCE_SECONDS", 0.1)
    row, asked = Row(overtaken_by=1), list[BaseException]()

    def other() -> None:
        try:
            until_unchanged("it", lambda: 5, moved=_Moved, at="row")
        except TooManyRequests as error:
            asked.append(error)

    def first() -> int:
        if row.tries:
            thread = Thread(target=other)
            thread.start()
            thread.join(120)
        return row.write("me")

    until_unchanged("it", first, moved=_Moved, at="row")
    assert len(asked) == 1


def test_pauses_between_processes_grow_at_random_and_stay_short(monkeypatch: pytest.MonkeyPatch) -> None:
    bounds: list[float] = []

    def longest(_: float, most: float) -> float:
        bounds.append(most)
        return 0.0

    monkeypatch.setattr("random.uniform", longest)
    row = Row(overtaken_by=9)
    until_unchanged("it", lambda: row.write("me"), moved=_Moved)
    assert bounds == [0.04, 0.08, 0.16, 0.32, 0.64, 1.0, 1.0, 1.0]
