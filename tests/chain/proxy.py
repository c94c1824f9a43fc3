"""A node behind a bad line: JSON-RPC on loopback, handed on to a real node, or not."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import urllib3

# What to do with a call: an HTTP status and body instead of the node's answer, or None to hand it on.
Meddling = Callable[[str, list[Any]], tuple[int, bytes] | None]
_HEADERS = {"Content-Type": "application/json"}


class QuietServer(ThreadingHTTPServer):
    """A server of tests, whose clients may go away at any time."""

    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error worth a traceback."""


def hand_on(method: str, params: list[Any]) -> None:
    """Meddles with nothing."""
    del method, params


def _vanish(method: str, params: list[Any]) -> None:
    raise ConnectionAbortedError(method, params)


class Proxy:
    """Counts calls by method; `meddle` may be replaced at any time."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.calls: list[str] = []
        self.meddle: Meddling = hand_on
        self._pool = urllib3.PoolManager(maxsize=32)
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = 1 << 16

            def do_POST(self) -> None:
                status, body = proxy.answer(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Nobody reads it."""

        self._server = QuietServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, body: bytes) -> tuple[int, bytes]:
        """The node's answer, or what `meddle` makes of it."""
        call = json.loads(body)
        self.calls.append(call["method"])
        given = self.meddle(call["method"], call["params"])
        if given is not None:
            return given
        answer = self._pool.request("POST", self.target, body=body, headers=_HEADERS)
        return answer.status, answer.data

    def ask(self, method: str, params: list[Any]) -> Any:
        """The node's own result, which nobody meddles with; None where it refuses."""
        return json.loads(answer_of(self.target, method, params)[1]).get("result")

    def kill(self) -> None:
        """Goes away for good: the port is closed, and so is every connection."""
        self.meddle = _vanish
        self._server.socket.close()

    @contextmanager
    def served(self) -> Iterator["Proxy"]:
        """Listens while the block runs."""
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield self
        self._server.shutdown()
        self._server.server_close()
        self._pool.clear()


def answer_of(node: str, method: str, params: list[Any]) -> tuple[int, bytes]:
    """What the node at an address answers."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    answer = urllib3.request("POST", node, body=body, headers=_HEADERS)
    return answer.status, answer.data


def result(value: Any) -> tuple[int, bytes]:
    """A node's answer with this result."""
    return 200, json.dumps({"jsonrpc": "2.0", "id": 1, "result": value}).encode()


def refusal(message: str, code: int = -32000) -> tuple[int, bytes]:
    """A node's error."""
    return 200, json.dumps({"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": message}}).encode()
