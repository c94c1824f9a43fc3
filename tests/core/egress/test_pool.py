"""Kept connections: used again while that is safe, given up when not, and one call a connection at a time."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.core.egress import pool
from chalicelib.core.egress.exchange import ErrorKind
from chalicelib.core.egress.url import Target
from tests.core.egress.calls import local_client, post
from tests.receivers import Answer, Receiver, Talk, echo, reset

NO_CONTENT = Answer(204).to_bytes()


class Clock:
    """The pool's clock. It stands still, but for the seconds that it is moved by."""

    def __init__(self) -> None:
        self.seconds = time.monotonic()

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock by which connections are idle."""
    clock = Clock()
    monkeypatch.setattr(pool, "time", clock)
    return clock


@pytest.mark.usefixtures("clock")
def test_kept_connection_is_used_again() -> None:
    with Receiver(then=Answer(200, body=b"ok")) as receiver, local_client() as client:
        assert all(post(client, receiver.url).succeeded for _ in range(5))
        assert (receiver.connections, len(receiver.requests)) == (1, 5)


def test_a_place_without_a_kept_connection_is_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver() as receiver, local_client() as client:
        post(client, receiver.url)
        kept = client._pool
        [(scheme, host, port)] = kept._kept
        target = Target("http", host, port, "/", f"{host}:{port}")
        connection = kept.take(target)
        assert connection is not None
        assert (scheme, kept._kept) == ("http", {})
        monkeypatch.setattr(pool, "MAX_KEPT", 0)
        kept.give(target, connection)
        assert (kept.take(target), kept._kept) == (None, {})


def test_connection_the_peer_wants_closed_is_not_used_again() -> None:
    with Receiver(then=Answer(200, {"Connection": "close"})) as receiver, local_client() as client:
        assert post(client, receiver.url).succeeded
        assert post(client, receiver.url).succeeded
        assert receiver.connections == 2


def test_connection_idle_for_too_long_is_not_used_again(clock: Clock) -> None:
    with Receiver() as receiver, local_client() as client:
        post(client, receiver.url)
        clock.seconds += pool.MAX_IDLE_SECONDS - 0.1
        post(client, receiver.url)
        assert receiver.connections == 1
        clock.seconds += pool.MAX_IDLE_SECONDS + 0.1
        post(client, receiver.url)
        assert receiver.connections == 2


def test_old_connection_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "MAX_AGE_SECONDS", 0.0)
    with Receiver() as receiver, local_client() as client:
        post(client, receiver.url)
        post(client, receiver.url)
        assert receiver.connections == 2


def test_connection_closed_while_idle_is_replaced() -> None:
    def answer_and_leave(talk: Talk) -> None:
        talk.send(NO_CONTENT)

    with Receiver(answer_and_leave) as receiver, local_client() as client:
        assert post(client, receiver.url).succeeded
        time.sleep(0.05)
        assert post(client, receiver.url).succeeded
        assert receiver.connections == 2


def test_kept_connection_closed_under_a_request_is_replaced_once() -> None:
    def answer_once(talk: Talk) -> None:
        talk.send(NO_CONTENT)
        talk.read_request()

    with Receiver(answer_once) as receiver, local_client() as client:
        assert post(client, receiver.url).succeeded
        assert post(client, receiver.url).succeeded
        assert receiver.connections == 2


def test_fresh_connection_closed_under_a_request_is_not_replaced() -> None:
    with Receiver(reset) as receiver, local_client() as client:
        assert post(client, receiver.url).error is ErrorKind.RESET
        assert receiver.connections == 1


@pytest.mark.usefixtures("clock")
def test_kept_connection_that_had_begun_to_answer_is_not_replaced() -> None:
    def break_off(talk: Talk) -> None:
        talk.send(NO_CONTENT)
        talk.read_request()
        talk.send(b"HTTP/1.1 5")
        talk.wait(1)  # the caller reads it meanwhile
        talk.reset()

    with Receiver(break_off) as receiver, local_client() as client:
        assert post(client, receiver.url).succeeded
        assert post(client, receiver.url).error is ErrorKind.RESET
        assert receiver.connections == 1


def test_answer_sent_ahead_is_not_taken_for_the_next_request() -> None:
    def answer_twice(talk: Talk) -> None:
        talk.send(NO_CONTENT + b"HTTP/1.1 200 Forged\r\nContent-Length: 0\r\n\r\n")
        talk.wait(1)

    with Receiver(answer_twice) as receiver, local_client() as client:
        assert post(client, receiver.url).status == 204
        assert post(client, receiver.url).status == 204
        assert receiver.connections == 2


def test_answer_sent_while_idle_is_not_taken_for_the_next_request() -> None:
    def answer_unasked(talk: Talk) -> None:
        talk.send(NO_CONTENT)
        talk.wait(0.05)
        talk.send(b"HTTP/1.1 200 Forged\r\nContent-Length: 0\r\n\r\n")
        talk.wait(1)

    with Receiver(answer_unasked) as receiver, local_client() as client:
        assert post(client, receiver.url).status == 204
        time.sleep(0.15)
        assert post(client, receiver.url).status == 204
        assert receiver.connections == 2


def test_threads_never_get_each_others_answers() -> None:
    with Receiver(echo) as receiver, local_client() as client:

        def ask(number: int) -> bool:
            body = f"{number}".encode() * 50
            return post(client, receiver.url, body=body).head == body

        with ThreadPoolExecutor(16) as threads:
            assert all(threads.map(ask, range(400)))
        assert receiver.connections <= 32


def test_hanging_receiver_does_not_delay_others() -> None:
    held, released = threading.Event(), threading.Event()

    def hold(_: Talk) -> None:
        held.set()
        released.wait(60)

    with (
        Receiver(hold) as hanging,
        Receiver() as healthy,
        local_client() as client,
        ThreadPoolExecutor(1) as thread,
    ):
        slow = thread.submit(post, client, hanging.url)
        assert held.wait(60)
        assert post(client, healthy.url).succeeded
        assert not slow.done()
        released.set()
        assert slow.result().error is ErrorKind.RESET


def test_pool_holds_no_more_than_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "MAX_KEPT", 2)
    with Receiver() as one, Receiver() as two, Receiver() as three, local_client() as client:
        for receiver in (one, two, three, three):
            assert post(client, receiver.url).succeeded
        assert (one.connections, two.connections, three.connections) == (1, 1, 2)


def test_idle_connections_make_room_for_new_ones(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.setattr(pool, "MAX_KEPT", 1)
    with Receiver() as old, Receiver() as new, local_client() as client:
        post(client, old.url)
        clock.seconds += pool.MAX_IDLE_SECONDS + 0.1
        assert all(post(client, new.url).succeeded for _ in range(3))
        assert new.connections == 1
