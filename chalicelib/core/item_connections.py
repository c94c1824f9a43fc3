"""The connections of calls on items: requests and answers go straight to and from the socket.

On its way through urllib3 and `http.client` a request of one kilobyte costs as much of the processor as all else that a
warm call does, encryption not counted. Here botocore's session opens the connections, so that certificates, time-outs
and options are its own, and the bytes are moved directly. Where a proxy is set, or urllib3 is of another version, the
session sends the requests too.

A peer's mistake raises `OSError`; nothing is sent twice here.
"""

import select
from collections import deque
from collections.abc import Mapping
from io import BufferedReader
from socket import socket
from ssl import SSLSocket
from typing import Any, Final, NamedTuple
from weakref import finalize

import urllib3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from urllib3.exceptions import HTTPError

from chalicelib.core.fences import is_as_written_for

WRITTEN_FOR: Final = "urllib3 2.8"
_LONGEST_LINE: Final = 64 * 1024
_MOST_HEADERS: Final = 100


class ItemAnswer(NamedTuple):
    """An answer with the attributes that botocore's hooks read; names of headers are in lower case."""

    url: str
    status_code: int
    headers: Mapping[str, str]
    content: bytes


class _Connection:
    """One open connection, which urllib3 made: for one request at a time."""

    def __init__(self, made: Any, *, read_timeout: float) -> None:
        self._made = made
        made.sock.settimeout(read_timeout)
        self._answers: BufferedReader = made.sock.makefile("rb")

    def is_quiet(self) -> bool:
        """Whether the connection may be used again."""
        return is_quiet(self._made.sock)

    def ask(self, request: bytes) -> tuple[int, dict[str, str], bytes, bool]:
        """Status, headers and content of the answer, and whether the peer takes further requests."""
        self._made.sock.sendall(request)
        status, headers, is_lasting = self._read_head()
        while status < 200:
            status, headers, is_lasting = self._read_head()
        if headers.get("transfer-encoding", "").lower() == "chunked":
            content = self._read_chunks()
        elif "content-length" in headers:
            content = self._read(_number(headers["content-length"], base=10))
        else:
            content, is_lasting = self._answers.read(), False
        return status, headers, content, is_lasting

    def close(self) -> None:
        self._answers.close()
        self._made.close()

    def _read_head(self) -> tuple[int, dict[str, str], bool]:
        version, _, rest = self._read_line().partition(" ")
        if not version.startswith("HTTP/1."):
            raise OSError("the answer does not begin as HTTP does")
        headers: dict[str, str] = {}
        while line := self._read_line():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
            if len(headers) > _MOST_HEADERS:
                raise OSError("the answer has too many headers")
        is_lasting = version == "HTTP/1.1" and "close" not in headers.get("connection", "").lower()
        return _number(rest[:3], base=10), headers, is_lasting

    def _read_chunks(self) -> bytes:
        content = b""
        while size := _number(self._read_line().partition(";")[0], base=16):
            content += self._read(size)
            self._read_line()
        while self._read_line():
            pass  # trailers
        return content

    def _read_line(self) -> str:
        line = self._answers.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise OSError("the answer ends within a line")
        return line.decode("latin-1").rstrip("\r\n")

    def _read(self, size: int) -> bytes:
        content = self._answers.read(size)
        if len(content) < size:
            raise OSError("the answer ends within its content")
        return content


def is_quiet(sock: socket) -> bool:
    """Whether an idle connection is open with nothing to read: its end, or bytes that nobody asked for, spoil it."""
    if isinstance(sock, SSLSocket) and sock.pending():
        return False
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return not poll.poll(0)


class ItemConnections:
    """Open connections of one client to its endpoint; safe for many threads."""

    def __init__(self, session: Any, url: str, *, read_timeout: float, most_idle: int) -> None:
        self._session = session
        self._url = url.rstrip("/") + "/"
        self._read_timeout = read_timeout
        self._most_idle = most_idle
        is_proxied = session._proxy_config.proxy_url_for(self._url) is not None
        self._leaves_it = is_proxied or not is_as_written_for(WRITTEN_FOR, urllib3.__version__)  # type: ignore[attr-defined]
        self._idle: deque[_Connection] = deque()
        self.close = finalize(self, _close_all, self._idle)

    def send(self, request: AWSPreparedRequest) -> AWSResponse | ItemAnswer:
        """The answer to a POST. Raises `OSError`, and botocore's errors where its session sends."""
        if self._leaves_it:
            return self._session.send(request)
        connection = self._take() or self._open()
        try:
            status, headers, content, is_lasting = connection.ask(_bytes_of(request))
        except BaseException:
            connection.close()
            raise
        if is_lasting and len(self._idle) < self._most_idle:
            self._idle.append(connection)
        else:
            connection.close()
        return ItemAnswer(self._url, status, headers, content)

    def _take(self) -> _Connection | None:
        """An idle connection that is still good, the last used first."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            if connection.is_quiet():
                return connection
            connection.close()

    def _open(self) -> _Connection:
        pool = self._session._manager.connection_from_url(self._url)
        self._session._setup_ssl_cert(pool, self._url, self._session._verify)
        made = pool._new_conn()
        try:
            made.connect()
        except (HTTPError, ValueError) as error:  # a certificate for another name is a ValueError
            raise OSError(str(error)) from error
        return _Connection(made, read_timeout=self._read_timeout)


def _bytes_of(request: AWSPreparedRequest) -> bytes:
    body: bytes = request.body
    fields = [*request.headers.items(), ("Accept-Encoding", "identity"), ("Content-Length", str(len(body)))]
    head = "".join(f"{name}: {value}\r\n" for name, value in fields)
    if head.count("\n") != len(fields) or head.count("\r") != len(fields):
        raise OSError("a header has a line end")
    return b"POST / HTTP/1.1\r\n" + head.encode("latin-1") + b"\r\n" + body


def _number(text: str, *, base: int) -> int:
    try:
        if text.isalnum():  # no sign, no space
            return int(text, base)
    except ValueError:
        pass
    raise OSError("the answer is not HTTP/1.1")


def _close_all(connections: deque[_Connection]) -> None:
    while connections:
        connections.pop().close()
