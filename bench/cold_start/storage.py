"""DynamoDB over HTTP, answered from memory: it records the answers of the embedded engine once, then repeats them.

So every start of every app meets the same storage, whose own cost is negligible.
"""

import json
from http.server import BaseHTTPRequestHandler
from threading import Thread
from typing import Any

from botocore.awsrequest import AWSPreparedRequest
from moto.core.models import botocore_stubber

from infra.http_server import HttpServer

_READS = frozenset({"BatchGetItem", "GetItem", "Query"})


class Storage(HttpServer):
    """Listens on a free port of loopback. While `learning`, it asks the engine and records the answer."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.learning = True
        self._known: dict[str, bytes] = {}
        Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_port}"

    def answer(self, operation: str, body: bytes, headers: dict[str, str]) -> bytes:
        """While `learning`, the engine's answer, which is recorded; later the recorded one, or an empty one."""
        known = _meaning(operation, json.loads(body))
        if not self.learning:
            return self._known.get(
                known, b'{"Items": [], "Count": 0, "ScannedCount": 0}' if operation == "Query" else b"{}"
            )
        url = "https://dynamodb.eu-central-1.amazonaws.com/"
        given = botocore_stubber.process_request(AWSPreparedRequest("POST", url, headers, body, False))
        assert given is not None
        status, _, content = given
        assert status == 200, content
        self._known[known] = content.encode() if isinstance(content, str) else content
        return self._known[known]


def _meaning(operation: str, body: dict[str, Any]) -> str:
    """The key of a recorded answer. For a write it is where it writes, since its ids and times are always new."""
    if operation in _READS:
        return operation + json.dumps(body, sort_keys=True)
    return operation + json.dumps([body.get("TableName"), body.get("Key")], sort_keys=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    server: Storage

    def do_POST(self) -> None:
        """Answers a request of DynamoDB's protocol."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        content = self.server.answer(operation, body, dict(self.headers.items()))
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Logs nothing."""
