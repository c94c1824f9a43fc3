"""Levels are told by what waits for what, and never by the turns that threads took."""

from concurrent.futures import ThreadPoolExecutor
from threading import Thread

from tests.budgets.causes import traced


def test_tasks_of_a_pool_stand_side_by_side_though_one_thread_works_them() -> None:
    with traced() as causes, ThreadPoolExecutor(1) as pool:
        causes.step()
        levels = [future.result() for future in [pool.submit(causes.step) for _ in range(5)]]
        assert levels == [2] * 5
        assert causes.step() == 3


def test_a_task_that_waits_for_another_comes_after_it() -> None:
    with traced() as causes, ThreadPoolExecutor(1) as pool:
        assert pool.submit(causes.step).result() == 1
        assert pool.submit(causes.step).result() == 2
        assert list(pool.map(lambda _: causes.step(), range(3))) == [3] * 3
        assert causes.step() == 4


def test_a_task_that_fails_was_waited_for_too() -> None:
    def fail() -> None:
        causes.step()
        raise LookupError

    with traced() as causes, ThreadPoolExecutor(1) as pool:
        assert isinstance(pool.submit(fail).exception(), LookupError)
        assert causes.step() == 2


def test_a_task_that_nobody_waited_for_puts_nothing_off() -> None:
    with traced() as causes, ThreadPoolExecutor(1) as pool:
        pool.submit(causes.step)
        assert causes.step() == 1


def test_what_a_strange_thread_does_and_what_is_put_aside_is_not_counted() -> None:
    seen: list[int | None] = []
    with traced() as causes:
        stranger = Thread(target=lambda: seen.append(causes.step()))
        stranger.start()
        stranger.join()
        with causes.aside():
            seen.append(causes.step())
        assert causes.step() == 1
    assert seen == [None, None]
