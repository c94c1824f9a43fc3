"""A node that answers as a test says, and remembers what it was asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.chain.proxy import QuietServer


class Node:
    """Answers every call with `status` and `body`; a dict answers by method."""

    def __init__(self) -> None:
        self.status = 200
        self.body: bytes | dict[str, Any] = b""
        self.calls: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.connections = 0
        self.url = ""

    def answer(self, call: dict[str, Any]) -> bytes:
        """The body of its answer to a call."""
        if isinstance(self.body, bytes):
            return self.body
        found = self.body.get(call["method"], {"error": {"code": -32601, "message": "method not found"}})
        return json.dumps({"jsonrpc": "2.0", "id": call["id"], **found}).encode()


@contextmanager
def serving(node: Node) -> Iterator[None]:
    """The node listens while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16  # head and body in one packet, which no acknowledgement holds up

        def setup(self) -> None:
            node.connections += 1
            super().setup()

        def do_POST(self) -> None:
            call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            node.calls.append(call)
            node.headers.append({"path": self.path, **dict(self.headers)})
            body = node.answer(call)
            self.send_response(node.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = QuietServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    node.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield
    server.shutdown()
    server.server_close()
    thread.join()
