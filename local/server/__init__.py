"""The HTTP server of a local run: `chalice local`'s, made fit for real use.

`install()` puts `DevServer` in the place of `chalice.local.LocalDevServer`, the one name through which
Chalice makes its server. What the stock server does wrong, and this one does not:

- Nagle's algorithm meets the client's delayed acknowledgement: 22 requests a second on a kept connection.
- Five connections wait at most: of 200 opened at once, some are never answered.
- HEAD is answered with a body, which the client takes for the next answer.
- An unknown path is 403 "Missing Authentication Token"; OPTIONS is answered past the app.
- No limit to a body's size; chunked bodies are taken for empty ones; an exception drops the connection.
- `app.lambda_context` is shared by all requests in work.
"""

import re
import signal
import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from time import monotonic
from typing import Any, ClassVar

import chalice.local
from chalice.app import Chalice
from chalice.config import Config

from chalicelib.core.logging import logger
from local.server.gateway import Answer, Gateway

_log = logger("local.server")
LARGEST_BODY = 6 * 1024 * 1024
_BACKLOG = 1024
_IDLE_SECONDS = 75
_FINISH_SECONDS = 5.0
_LINGER_SECONDS = 2.0
_LINGER_BYTES = 64 * 1024 * 1024
_LENGTH = re.compile(r"[0-9]{1,15}", re.ASCII)
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(;[^\r\n]*)?\r?\n")

Around = Callable[[Chalice, str, int], AbstractContextManager[None]]


class AddressTaken(Exception):
    """The address cannot be listened on; the message is one line for the user."""


class _Refused(Exception):
    """The request is refused before the app sees it; its connection ends with the answer."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class _HungUp(ConnectionError):
    """The client disconnected in the middle of its request."""


class RequestHandler(BaseHTTPRequestHandler):
    """Reads requests off one connection, one after another, and lets the gateway answer them."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # Status, headers and body leave in one packet.
    wbufsize = 1 << 16
    timeout = _IDLE_SECONDS
    server: "HttpServer"

    def __getattr__(self, name: str) -> Any:
        # The standard library looks for do_<METHOD>; every method is the app's to answer, if only with 405.
        if name.startswith("do_"):
            return self._answer_request
        raise AttributeError(name)

    def _answer_request(self) -> None:
        with self.server.in_work:
            try:
                body = self._read_body()
            except _Refused as refusal:
                self.close_connection = True
                self._send(self.server.gateway.refuse(self.path, refusal.status))
                self._linger()
            else:
                headers = [(name, str(value)) for name, value in self.headers.items()]
                self._send(
                    self.server.gateway.handle(
                        self.command, self.path, headers, body, source_ip=str(self.client_address[0])
                    )
                )

    def _read_body(self) -> bytes | None:
        codings = [value.strip().lower() for value in self.headers.get_all("Transfer-Encoding", [])]
        lengths = {value.strip() for value in self.headers.get_all("Content-Length", [])}
        if codings:
            # Both together are how requests are smuggled past a proxy.
            if lengths:
                raise _Refused(HTTPStatus.BAD_REQUEST)
            if codings != ["chunked"]:
                raise _Refused(HTTPStatus.NOT_IMPLEMENTED)
            return self._read_chunks() or None
        if not lengths:
            return None
        length = lengths.pop()
        if lengths or not _LENGTH.fullmatch(length):
            raise _Refused(HTTPStatus.BAD_REQUEST)
        if int(length) > LARGEST_BODY:
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        self._go_on()
        return self._read_exactly(int(length)) or None

    def _read_chunks(self) -> bytes:
        self._go_on()
        body = bytearray()
        while True:
            head = _CHUNK.fullmatch(self.rfile.readline(1024))
            if head is None:
                raise _Refused(HTTPStatus.BAD_REQUEST)
            size = int(head[1], 16)
            if len(body) + size > LARGEST_BODY:
                raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            if size == 0:
                break
            body += self._read_exactly(size)
            if self.rfile.readline(2) != b"\r\n":
                raise _Refused(HTTPStatus.BAD_REQUEST)
        for _ in range(100):
            if self.rfile.readline(8192) in (b"\r\n", b"\n", b""):
                return bytes(body)
        raise _Refused(HTTPStatus.BAD_REQUEST)

    def _read_exactly(self, length: int) -> bytes:
        content = self.rfile.read(length)
        if len(content) < length:
            raise _HungUp
        return content

    def handle_expect_100(self) -> bool:
        """Waits with "100 Continue" until the size is known to be allowed."""
        return True

    def _go_on(self) -> None:
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(HTTPStatus.CONTINUE)
            self.end_headers()
            self.wfile.flush()

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers:
            if name.lower() not in ("content-length", "connection"):
                self.send_header(name, value)
        bodiless = answer.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
        is_head = self.command == "HEAD"
        # The length of an answer to HEAD is that of the body which GET would bring, or it is not told.
        if not bodiless and (answer.body or not is_head):
            self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if not bodiless and not is_head:
            self.wfile.write(answer.body)

    def _linger(self) -> None:
        # Closing with unread input resets the connection, and the client may lose the answer.
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(_LINGER_SECONDS)
        deadline = monotonic() + _LINGER_SECONDS
        remaining = _LINGER_BYTES
        while remaining > 0 and monotonic() < deadline:
            received = len(self.connection.recv(1 << 16))
            if not received:
                return
            remaining -= received

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answers a malformed HTTP request in the app's words too, and closes the connection."""
        del message, explain
        self.close_connection = True
        # A request line that could not be read leaves HTTP/0.9 here, which knows no headers.
        self.request_version = self.protocol_version
        self.command = getattr(self, "command", None) or "GET"
        self.path = getattr(self, "path", None) or "/"
        self._send(self.server.gateway.refuse(self.path, code))

    def version_string(self) -> str:
        """The Server header, without the versions of the parts."""
        return "spacegarden-local"

    def log_message(self, format: str, *args: Any) -> None:
        """Logs nothing: the app logs every request that it answers, in more detail."""


class HttpServer(socketserver.ThreadingMixIn, HTTPServer):
    """Listens, and gives each connection a thread that does not keep the process alive."""

    daemon_threads = True
    request_queue_size = _BACKLOG

    def __init__(self, host: str, port: int, gateway: Gateway) -> None:
        self.gateway = gateway
        self.in_work = _InWork()
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            super().__init__((host, port), RequestHandler)
        except OSError as error:
            reason = error.strerror or str(error)
            raise AddressTaken(f"Cannot listen on {host}:{port}: {reason}. Choose another port with PORT.") from error

    def server_bind(self) -> None:
        """Binds without looking up the name of this host, which takes seconds without a network."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Logs the error that ended a connection, unless the client ended it."""
        del request
        error = sys.exc_info()[1]
        if not isinstance(error, (ConnectionError, TimeoutError)):
            _log.error("connection failed", exc_info=error, extra={"client": str(client_address)})


class _InWork:
    """Counts the requests in work; a context manager around each."""

    def __init__(self) -> None:
        self._count = 0
        self._changed = threading.Condition()

    def __enter__(self) -> None:
        with self._changed:
            self._count += 1

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify_all()

    def wait_for_none(self, timeout_seconds: float) -> None:
        """Waits until no request is in work, or the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._count == 0, timeout_seconds)


class DevServer(chalice.local.LocalDevServer):
    """Chalice's local server with the project's parts; `around` is entered before it serves and left after."""

    around: ClassVar[Around | None] = None

    def __init__(self, app_object: Chalice, config: Config | None, host: str, port: int) -> None:
        _keep_requests_apart(app_object)
        self.app_object = app_object
        self.host = host
        stage = getattr(config, "api_gateway_stage", None)
        self.server = HttpServer(host, port, Gateway(app_object, **({"stage": stage} if stage else {})))
        self.port = self.server.server_port

    def serve_forever(self) -> None:
        """Serves until `shutdown`, in the main thread until a signal; requests in work are finished."""
        if threading.current_thread() is threading.main_thread():
            self._stop_on_signals((signal.SIGINT, signal.SIGTERM))
        around = DevServer.around
        try:
            with around(self.app_object, self.host, self.port) if around else nullcontext():
                self.server.serve_forever(poll_interval=0.1)
                self.server.in_work.wait_for_none(_FINISH_SECONDS)
        finally:
            self.server.server_close()

    def _stop_on_signals(self, signals: Sequence[signal.Signals]) -> None:
        def stop(number: int, _: object) -> None:
            # The next one ends the process at once.
            signal.signal(number, signal.SIG_DFL)
            # In a thread, because a shutdown waits for the loop that this very thread runs.
            threading.Thread(target=self.shutdown, daemon=True).start()

        for number in signals:
            signal.signal(number, stop)


_requests = threading.local()


class _RequestsApart:
    """Keeps the two attributes that Chalice sets for each request apart by thread."""

    @property
    def current_request(self) -> Any:
        return getattr(_requests, "request", None)

    @current_request.setter
    def current_request(self, request: Any) -> None:
        _requests.request = request

    @property
    def lambda_context(self) -> Any:
        return getattr(_requests, "context", None)

    @lambda_context.setter
    def lambda_context(self, context: Any) -> None:
        _requests.context = context


def _keep_requests_apart(app: Chalice) -> None:
    if not isinstance(app, _RequestsApart):
        app.__class__ = type("LocalApp", (_RequestsApart, type(app)), {})


def install(around: Around | None = None) -> None:
    """Makes Chalice use `DevServer`, which enters `around(app, host, port)` while it serves."""
    DevServer.around = around
    module: Any = chalice.local
    module.LocalDevServer = DevServer


def serve(app: Chalice, host: str, port: int) -> None:
    """Serves an app until it is told to stop; raises `AddressTaken`."""
    DevServer(app, None, host, port).serve_forever()
