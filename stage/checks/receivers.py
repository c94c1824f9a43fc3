"""A partner's https server: it keeps each request and answers 200, or what a check says."""

import socket
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any, NamedTuple

from infra.http_server import HttpServer
from stage.network import listen, serving
from stage.world import Host


class Received(NamedTuple):
    """A request as it arrived; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Answer = Callable[[Received], tuple[int, bytes]]


class Receiver:
    """Serves one of the stage's hosts of partners while a block runs."""

    def __init__(self, name: str, host: Host, answer: Answer = lambda _: (200, b"")) -> None:
        self.url = f"https://{name}/hook"
        self.requests: SimpleQueue[Received] = SimpleQueue()
        self._server = _Server(host, self.requests, answer)

    def __enter__(self) -> "Receiver":
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait(self, count: int, *, seconds: float = 60) -> list[Received]:
        """The next requests, as many as asked for; fails if they do not arrive."""
        deadline = monotonic() + seconds
        found: list[Received] = []
        while len(found) < count:
            try:
                found.append(self.requests.get(timeout=max(0.01, deadline - monotonic())))
            except Empty:
                raise AssertionError(f"{len(found)} of {count} requests came within {seconds} s: {found}") from None
        return found


class _Server(HttpServer):
    """Closes its connections when it stops: a kept one would go on to answer what is meant for the next receiver."""

    def __init__(self, host: Host, requests: "SimpleQueue[Received]", answer: Answer) -> None:
        super().__init__((host.address, 443), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = serving(Path(host.certificate)).wrap_socket(listen(host.address, 443), server_side=True)
        self.requests, self.answer = requests, answer
        self._connections: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remembers a connection while it lasts."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forgets a connection that has ended."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Ends every connection too."""
        super().server_close()
        for connection in list(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Received(self.command, self.path, headers, body)
        self.server.requests.put(request)
        status, answer = self.server.answer(request)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = respond

    def log_message(self, format: str, *arguments: Any) -> None:
        """Logs nothing."""
