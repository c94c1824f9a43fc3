"""HTTP/1.1 over one open connection, every step under one deadline.

h11 does the protocol; the bytes are moved here, because only then does each single read and write know how
much time the whole exchange has left. What h11 would refuse in an answer's head is put right before (`heads`).
"""

import socket
import ssl
import time
from collections.abc import Mapping
from typing import Final, NamedTuple

import h11

from chalicelib.core.egress import heads
from chalicelib.core.egress.deadline import Deadline
from chalicelib.core.egress.exchange import ErrorKind, ExchangeFailed, tls_failure
from chalicelib.core.egress.url import Target
from chalicelib.core.item_connections import is_quiet

MAX_HEAD_BYTES: Final = 64 * 1024
MAX_INTERIM_ANSWERS: Final = 8
RECEIVE_BYTES: Final = 16 * 1024


class Body(NamedTuple):
    """What was read of an answer's body: its beginning, how much in all, and how reading failed if it did."""

    head: bytes
    bytes_read: int
    failure: ExchangeFailed | None


class Connection:
    """One connection to a checked address: one exchange at a time, and further ones if the peer keeps it."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
        self._sent_all = True
        self._unread = b""
        self._has_closed = False
        self.heard = False
        """Whether any byte of an answer to the present request has come."""
        self.opened = time.monotonic()

    def ask(
        self, method: str, target: Target, *, headers: Mapping[str, str], body: bytes, deadline: Deadline
    ) -> h11.Response:
        """Send one request and read the answer's headers; interim (1xx) answers are skipped.

        Raises `ExchangeFailed`: `timeout`, `too_slow`, `reset`, `tls` or `protocol`.
        """
        self.heard = False
        refused_write = self._send(_request_bytes(self._http, method, target, headers, body), deadline)
        try:
            return self._read_head(deadline)
        except ExchangeFailed as failure:
            # A peer may answer and close before it has read all; without an answer, the write tells why.
            raise (refused_write or failure) from None

    def read_body(self, *, deadline: Deadline, read_limit: int, keep: int) -> Body:
        """Read the answer's body to its end, to `read_limit` bytes on the wire, or to the deadline."""
        head = bytearray()
        count = on_wire = 0
        try:
            while True:
                event = self._http.next_event()
                if isinstance(event, h11.Data):
                    taken = bytes(event.data[: read_limit - count])
                    head += taken[: keep - len(head)]
                    count += len(taken)
                elif event is h11.NEED_DATA:
                    if on_wire >= read_limit:
                        return Body(bytes(head), count, None)
                    received = self._receive(deadline, at_most=read_limit - on_wire)
                    self._feed(received)
                    on_wire += len(received)
                else:
                    return Body(bytes(head), count, None)
        except h11.RemoteProtocolError:
            return Body(bytes(head), count, self._broken_body())
        except ExchangeFailed as failure:
            return Body(bytes(head), count, failure)

    @property
    def has_ended(self) -> bool:
        """Whether the answer was read to its end."""
        return self._http.their_state in (h11.DONE, h11.CLOSED, h11.MUST_CLOSE)

    def make_ready(self) -> bool:
        """Prepare for another exchange; False when the peer will not take one on this connection."""
        at_rest = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        if not (at_rest and self._sent_all) or self._http.trailing_data[0]:
            return False
        self._http.start_next_cycle()
        return True

    def is_quiet(self) -> bool:
        """Whether the idle connection is open with nothing to read: a close or stray bytes spoil it."""
        return is_quiet(self._sock)

    def close(self) -> None:
        """Give the connection up at once, without waiting for the peer."""
        self._sock.close()

    def _send(self, data: bytes, deadline: Deadline) -> ExchangeFailed | None:
        """None, or why the peer did not take all of it. Raises `ExchangeFailed` on time-out."""
        self._sent_all = False
        rest = memoryview(data)
        try:
            while rest:
                self._sock.settimeout(deadline.remaining())
                rest = rest[self._sock.send(rest) :]
        except TimeoutError:
            raise ExchangeFailed(ErrorKind.TIMEOUT, "the request was not taken in time") from None
        except OSError as error:
            return self._failure(error)
        self._sent_all = True
        return None

    def _read_head(self, deadline: Deadline) -> h11.Response:
        for _ in range(MAX_INTERIM_ANSWERS + 1):
            head = self._take_head(deadline)
            tidied = heads.tidied(head)
            if tidied is None:
                detail = f"the answer has no status line of HTTP/1.1: {heads.first_line(head)}"
                raise ExchangeFailed(ErrorKind.PROTOCOL, detail)
            self._feed(tidied)
            event = self._next_event()
            if isinstance(event, h11.Response):
                rest, self._unread = self._unread, b""
                if rest:
                    self._feed(rest)
                return event
            if not isinstance(event, h11.InformationalResponse):
                raise _not_http()
        raise ExchangeFailed(ErrorKind.PROTOCOL, "too many interim answers")

    def _take_head(self, deadline: Deadline) -> bytes:
        """The next status line and its headers; what came behind them is kept in `_unread`."""
        new = len(self._unread)
        while (split := heads.split_head(self._unread, new=new)) is None:
            if not self._unread.startswith(heads.HTTP[: len(self._unread)]):
                raise ExchangeFailed(ErrorKind.PROTOCOL, "the answer does not begin as HTTP does")
            if len(self._unread) > MAX_HEAD_BYTES:
                raise ExchangeFailed(ErrorKind.PROTOCOL, "the headers are too large")
            received = self._receive(deadline, at_most=RECEIVE_BYTES)
            if not received:
                raise ExchangeFailed(ErrorKind.PROTOCOL, "the connection was closed within the headers")
            self._unread += received
            new = len(received)
        head, self._unread = split
        return head

    def _receive(self, deadline: Deadline, *, at_most: int) -> bytes:
        """What comes next; empty where the peer has closed after it began to answer."""
        try:
            self._sock.settimeout(deadline.remaining())
            data = self._sock.recv(min(at_most, RECEIVE_BYTES))
        except OSError as error:
            raise self._failure(error) from None
        if not data and not self.heard:
            raise ExchangeFailed(ErrorKind.RESET, "the connection was closed without an answer")
        self.heard = True
        return data

    def _feed(self, data: bytes) -> None:
        self._has_closed = not data
        try:
            self._http.receive_data(data)
        except h11.RemoteProtocolError:
            raise _not_http() from None

    def _next_event(self) -> object:
        try:
            return self._http.next_event()
        except h11.RemoteProtocolError:
            raise _not_http() from None

    def _broken_body(self) -> ExchangeFailed:
        if self._has_closed:
            return ExchangeFailed(ErrorKind.PROTOCOL, "the connection was closed within the body")
        return ExchangeFailed(ErrorKind.PROTOCOL, "the body is not in the chunks that its headers announce")

    def _failure(self, error: OSError) -> ExchangeFailed:
        match error:
            case TimeoutError() if self.heard:
                return ExchangeFailed(ErrorKind.TOO_SLOW, "the answer was not complete in time")
            case TimeoutError():
                return ExchangeFailed(ErrorKind.TIMEOUT, "no answer came in time")
            case ssl.SSLError():
                return tls_failure(error)
            case _:
                return ExchangeFailed(ErrorKind.RESET, "the connection was reset")


def _not_http() -> ExchangeFailed:
    return ExchangeFailed(ErrorKind.PROTOCOL, "the answer is no answer of HTTP/1.1")


def _request_bytes(http: h11.Connection, method: str, target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    framing = [("host", target.authority), ("accept-encoding", "identity")]
    if body or method in {"PATCH", "POST", "PUT"}:
        framing.append(("content-length", str(len(body))))
    fields = [(name.encode("ascii"), value.encode("latin-1")) for name, value in (*framing, *headers.items())]
    request = h11.Request(method=method, target=target.path_and_query, headers=fields)
    parts = [
        http.send(request),
        http.send(h11.Data(data=body)) if body else b"",
        http.send(h11.EndOfMessage()),
    ]
    return b"".join(part for part in parts if part)
