"""The sockets of the gateway: TLS for the API's own addresses, HTTP/1.1 beneath."""

import socket
import ssl
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from threading import Thread
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from infra.http_server import HttpServer
from stage.gateway.answers import Response, own_answer, response_of
from stage.gateway.api import Api
from stage.gateway.events import MAX_BODY_BYTES, NotReadable, Request, event_of
from stage.gateway.throttle import Throttle


class Gateway:
    """Answers requests to a deployed API; `decoded` chooses how a path's variables reach the function."""

    def __init__(self, session: Session, api: Api, *, decoded: bool = False) -> None:
        config = Config(
            read_timeout=api.limits.answer_seconds,
            retries={"total_max_attempts": 1},
            max_pool_connections=64,
            signature_version="v4",
        )
        self._lambda = session.create_client("lambda", config=config)
        self._decoded = decoded
        self._throttle = Throttle(api.limits)
        self.api = api

    def answer(self, request: Request) -> Response:
        """The response to a request, whose target is an address beneath the host: `/api/events?limit=1`."""
        api = self.api
        path, mark, query = request.target.partition("?")
        prefix = f"/{api.stage}"
        if path != prefix and not path.startswith(f"{prefix}/"):
            return Response(403, [("Content-Type", "application/json")], b'{"message":"Forbidden"}')
        if not self._throttle.admits():
            return own_answer(api, "THROTTLED")
        if len(request.body) > MAX_BODY_BYTES:
            return own_answer(api, "REQUEST_TOO_LARGE")
        beneath = path[len(prefix) :] or "/"
        route = api.find(beneath)
        function = None if route is None else route.functions.get(request.method) or route.functions.get("ANY")
        if route is None or function is None:
            return own_answer(api, "MISSING_AUTHENTICATION_TOKEN")
        try:
            event = event_of(request._replace(target=f"{beneath}{mark}{query}"), api, route, decoded=self._decoded)
        except NotReadable as refusal:
            return own_answer(api, str(refusal))
        return self._invoked(request, api, function, event)

    def _invoked(self, request: Request, api: Api, function: str, event: bytes) -> Response:
        try:
            given = self._lambda.invoke(FunctionName=function, Payload=event)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "TooManyRequestsException":
                return own_answer(api, "THROTTLED")
            return own_answer(api, "REQUEST_TOO_LARGE" if code == "RequestTooLargeException" else "INTEGRATION_FAILURE")
        except BotoCoreError:
            return own_answer(api, "INTEGRATION_TIMEOUT")
        if "FunctionError" in given:
            return response_of(request, api, b"null")
        return response_of(request, api, given["Payload"].read())


class _Server(HttpServer):
    def __init__(
        self, listening: socket.socket, context: ssl.SSLContext, answer: Callable[[Request], Response]
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Connection, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.context, self.answer = context, answer

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shakes hands in the connection's own thread, so that a slow client holds up nobody else."""
        request.settimeout(60)
        with self.context.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    server: _Server

    def answer(self) -> None:
        """Answers one request."""
        request = Request(
            self.command, self.path, list(self.headers.items()), self._read_body(), str(self.client_address[0])
        )
        response = self.server.answer(request)
        self.send_response_only(response.status)
        for name, value in response.headers:
            self.send_header(name, value.replace("\r", "").replace("\n", ""))
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = answer

    def _read_body(self) -> bytes:
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline().partition(b";")[0].strip() or b"0", 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def log_message(self, format: str, *arguments: Any) -> None:
        """Logs nothing; the functions log each request."""


def serve(listening: socket.socket, context: ssl.SSLContext, answer: Callable[[Request], Response]) -> _Server:
    """Answers on a socket in threads of its own until the server is shut down."""
    server = _Server(listening, context, answer)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    return server
