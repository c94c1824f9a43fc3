"""Receivers on loopback for tests of outgoing calls: well-behaved ones, and a zoo of all that peers do wrong.

with Receiver(answers=[Answer(503), Answer(204)]) as receiver:
    ...                                  # call receiver.url
    receiver.wait_for(2, timeout=1)
    receiver.requests[0].body

with Receiver(hang) as receiver: ...     # any function (Talk) -> None, called once a request was read
"""

import gzip
import select
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Received:
    """One request as it came: lower-case header names, and the body's bytes."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class Answer:
    """A well-formed answer, given `delay` seconds after the request was read."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0.0

    def to_bytes(self) -> bytes:
        """The answer on the wire, with its true Content-Length where one belongs."""
        lines = [f"HTTP/1.1 {self.status} Answer"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.status != 204:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body


class Talk:
    """One accepted connection, as a behaviour sees it."""

    def __init__(self, sock: socket.socket, stopped: threading.Event) -> None:
        self._sock = sock
        self._stopped = stopped
        self._unread = b""
        self.request: Received | None = None
        """The last request that was read."""

    def send(self, data: bytes) -> None:
        """Raises `OSError` when the caller has gone."""
        self._sock.sendall(data)

    def wait(self, seconds: float) -> bool:
        """Let time pass; False when the receiver is being stopped or the caller has gone."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            if self._stopped.wait(min(0.02, max(0.0, ends - time.monotonic()))) or self._gone():
                return False
        return True

    def reset(self) -> None:
        """Close so that the caller sees a reset (RST) and not an end."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()

    def read_request(self) -> Received | None:
        """The next request, or None when the caller closed."""
        while b"\r\n\r\n" not in self._unread:
            if not self._read_more():
                return None
        head, _, self._unread = self._unread.partition(b"\r\n\r\n")
        request_line, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = request_line.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        while len(self._unread) < length:
            if not self._read_more():
                return None
        body, self._unread = self._unread[:length], self._unread[length:]
        self.request = Received(method, target, headers, body)
        return self.request

    def _read_more(self) -> bool:
        data = self._sock.recv(65536)
        self._unread += data
        return bool(data)

    def _gone(self) -> bool:
        if isinstance(self._sock, ssl.SSLSocket) or not select.select([self._sock], [], [], 0)[0]:
            return False
        try:
            return not self._sock.recv(1, socket.MSG_PEEK)
        except OSError:
            return True


Behaviour = Callable[[Talk], None]


class Receiver:
    """A server on a loopback port of its own: a thread a connection, connections kept alive in the plain mode.

    `behaviour` takes over each connection once its first request was read and recorded; without one,
    `answers` are given in turn and then `then`. `before_request` takes over before anything is read.
    `requests` and `connections` count what came. `tls` makes it https. `host` is the name used in `url`.
    """

    def __init__(
        self,
        behaviour: Behaviour | None = None,
        *,
        answers: Iterable[Answer] = (),
        then: Answer | None = None,
        before_request: Behaviour | None = None,
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        address: str = "127.0.0.1",
        path: str = "/hook",
    ) -> None:
        self._behaviour = behaviour
        self._answers = list(answers)
        self._then = then or Answer()
        self._before_request = before_request
        self._tls = tls
        self._stopped = threading.Event()
        self._arrived = threading.Condition()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server((address, 0), family=_family(address), backlog=256)
        self.requests: list[Received] = []
        self.connections = 0
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://{host}:{self.port}{path}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._arrived:
            still_open = list(self._open)
        for sock in still_open:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def wait_for(self, count: int, timeout: float) -> list[Received]:
        """The requests once at least `count` have come; raises `AssertionError` when they do not."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: len(self.requests) >= count, timeout):
                raise AssertionError(f"{len(self.requests)} of {count} requests came within {timeout} s")
            return list(self.requests)

    def answer_next(self, *answers: Answer) -> None:
        """Add to the scripted answers."""
        with self._arrived:
            self._answers.extend(answers)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._arrived:
                self.connections += 1
                self._open.add(sock)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, accepted: socket.socket) -> None:
        sock = accepted
        try:
            if self._before_request is not None:
                self._before_request(Talk(sock, self._stopped))
                return
            if self._tls is not None:
                sock = self._tls.wrap_socket(accepted, server_side=True)
            self._talk(Talk(sock, self._stopped))
        except OSError:
            pass  # the caller has gone, which is for the caller's test to judge
        finally:
            with self._arrived:
                self._open.discard(accepted)
            sock.close()

    def _talk(self, talk: Talk) -> None:
        while (request := talk.read_request()) is not None:
            with self._arrived:
                self.requests.append(request)
                answer = self._answers.pop(0) if self._answers else self._then
                self._arrived.notify_all()
            if self._behaviour is not None:
                self._behaviour(talk)
                return
            if answer.delay and not talk.wait(answer.delay):
                return
            talk.send(answer.to_bytes())


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


@contextmanager
def refusing_url() -> Iterator[str]:
    """A URL whose port nobody listens on, and nobody else can take meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}/hook"


@contextmanager
def unanswering_url() -> Iterator[str]:
    """A URL whose port lets no connection through: its queue of connections is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        waiting = [socket.socket() for _ in range(4)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(listener.getsockname())
        time.sleep(0.05)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
        for sock in waiting:
            sock.close()


def echo(talk: Talk) -> None:
    """Answers each request with 200 and the request's own body, on one connection."""
    while talk.request is not None:
        talk.send(Answer(200, body=talk.request.body).to_bytes())
        if talk.read_request() is None:
            return


def hang(talk: Talk) -> None:
    """Says nothing."""
    talk.wait(30)


def reset(talk: Talk) -> None:
    """Answers with a TCP reset."""
    talk.reset()


def close_at_once(talk: Talk) -> None:
    """Ends the connection without an answer."""
    del talk


def saying(*parts: bytes, pause: float = 0.0, then: Behaviour = close_at_once) -> Behaviour:
    """Sends these bytes, `pause` seconds apart, and goes on as `then`."""

    def behave(talk: Talk) -> None:
        for part in parts:
            talk.send(part)
            if pause and not talk.wait(pause):
                return
        then(talk)

    return behave


def dribbling(data: bytes, *, pause: float = 0.02, after: bytes = b"") -> Behaviour:
    """Sends `after` at once and then `data` over and over, a byte at a time."""

    def behave(talk: Talk) -> None:
        talk.send(after)
        while True:
            for byte in data:
                talk.send(bytes([byte]))
                if not talk.wait(pause):
                    return

    return behave


def dribbled_headers(talk: Talk) -> None:
    """A 200 whose headers never end, a byte at a time."""
    dribbling(b"X-More: 1\r\n", after=b"HTTP/1.1 200 OK\r\n")(talk)


def dribbled_body(status: int) -> Behaviour:
    """Complete headers, then a body of a megabyte, a byte at a time."""
    return dribbling(b"x", after=f"HTTP/1.1 {status} Answer\r\nContent-Length: 1000000\r\n\r\n".encode())


def endless_body(status: int) -> Behaviour:
    """Complete headers, then a body without an end, as fast as it is taken."""

    def behave(talk: Talk) -> None:
        talk.send(f"HTTP/1.1 {status} Answer\r\nContent-Type: text/plain\r\n\r\n".encode())
        while True:
            talk.send(b"x" * 65536)

    return behave


def endless_interim(talk: Talk) -> None:
    """103 Early Hints for ever."""
    while True:
        talk.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")


@lru_cache(maxsize=1)
def _thirty_mebibytes() -> bytes:
    return gzip.compress(bytes(30 * 1024 * 1024), mtime=0)


def gzip_bomb(status: int) -> Behaviour:
    """30 KiB that would be 30 MiB unpacked."""
    packed = _thirty_mebibytes()
    head = f"HTTP/1.1 {status} Answer\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
    return saying(head.encode() + packed)
