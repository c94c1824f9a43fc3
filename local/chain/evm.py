"""An Ethereum chain inside this process, behind JSON-RPC over HTTP on the loopback interface.

`alysis` (py-evm) executes the transactions, `local.chain.evm_ledger` adds what a real node has and alysis lacks, and
this module serves it. Every transaction is mined at once in a block of its own. Chain id and funded key never change,
so a signed transaction has the same hash on every fresh chain, and replaying all of them in order gives the same
contracts at the same addresses. Block hashes differ from chain to chain, which is how a fresh chain is recognised.

With `block_seconds`, a request for the newest block's number first mines an empty block if the newest one is older than
that. So the chain seems to go on without us.
"""

import json
import socket
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from chalicelib.core.json_reader import NotJson, read_json
from local.chain.evm_faults import RpcFault
from local.chain.evm_ledger import CHAIN_ID, Ledger

_LISTEN_BACKLOG: Final = 256
_LARGEST_BODY: Final = 16 * 1024 * 1024
_PARSE_ERROR, _INVALID_REQUEST, _INTERNAL_ERROR = -32700, -32600, -32603


class EvmNode:
    """A running chain: `url` takes JSON-RPC, single calls and batches. Make one with `start`."""

    def __init__(self, ledger: Ledger, server: "_Server") -> None:
        self._ledger = ledger
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.chain_id = ledger.chain_id
        self.funder_key = ledger.funder_key
        self.funder_address = ledger.funder_address
        self.url = f"http://127.0.0.1:{server.server_address[1]}"

    @classmethod
    def start(
        cls,
        port: int = 0,
        *,
        chain_id: int = CHAIN_ID,
        block_seconds: float | None = None,
        clock: Callable[[], float] = time.time,
    ) -> "EvmNode":
        """A fresh chain on 127.0.0.1 and `port` (0: any free one), ready for calls. Blocks carry the clock's time."""
        ledger = Ledger(chain_id=chain_id, block_seconds=block_seconds, clock=clock)
        node = cls(ledger, _Server(("127.0.0.1", port), ledger))
        node._thread.start()
        return node

    def stop(self) -> None:
        """Closes the port and every open connection. The chain's state is lost."""
        self._server.shutdown()
        self._server.server_close()
        self._server.close_connections()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = _LISTEN_BACKLOG

    def __init__(self, address: tuple[str, int], ledger: Ledger) -> None:
        self.ledger = ledger
        self._connections: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Prints no traceback when a client disconnects, or when `stop` closes a connection."""

    def close_connections(self) -> None:
        for connection in tuple(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # A reply leaves in one packet and at once: by default a kept connection waits 40 ms for the other side's
    # delayed ACK.
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    server: _Server

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _LARGEST_BODY:
            self.close_connection = True
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        answer = json.dumps(_answer(self.server.ledger, self.rfile.read(int(length)))).encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Logs nothing: a line for each call would hide the log of the process."""


def _answer(ledger: Ledger, body: bytes) -> Any:
    try:
        request = read_json(body)
    except NotJson:
        return _failure(None, _PARSE_ERROR, "parse error")
    if isinstance(request, list):
        if not request:
            return _failure(None, _INVALID_REQUEST, "empty batch")
        return [_answer_one(ledger, one) for one in request]
    return _answer_one(ledger, request)


def _answer_one(ledger: Ledger, request: Any) -> dict[str, Any]:
    if not isinstance(request, dict) or not isinstance(request.get("method"), str):
        return _failure(None, _INVALID_REQUEST, "invalid request")
    call_id, params = request.get("id"), request.get("params", [])
    if not isinstance(params, list):
        return _failure(call_id, _INVALID_REQUEST, "params must be an array")
    try:
        result = ledger.call(request["method"], params)
    except RpcFault as fault:
        return _failure(call_id, fault.code, fault.message, fault.data)
    except Exception as error:  # whatever py-evm raises is an answer, never a dropped connection
        return _failure(call_id, _INTERNAL_ERROR, f"internal error: {type(error).__name__}: {error}")
    return {"jsonrpc": "2.0", "id": call_id, "result": result}


def _failure(call_id: Any, code: int, message: str, data: str | None = None) -> dict[str, Any]:
    error: dict[str, Any] = {"code": code, "message": message}
    if data is not None:
        error["data"] = data
    return {"jsonrpc": "2.0", "id": call_id, "error": error}
