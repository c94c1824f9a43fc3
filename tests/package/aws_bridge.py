"""The engine in this process as an HTTP endpoint, for the packed functions, which run in processes of their own."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from os import environ
from threading import Thread
from typing import Any

from botocore.awsrequest import AWSPreparedRequest
from moto.core.models import botocore_stubber

from infra.http_server import HttpServer
from local.engine import REGION

_SCOPE = re.compile(r"Credential=[^/]+/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/")
# Where a service's host is not called as its signatures are.
_HOSTS = {"ses": "email"}
_CONNECTION = frozenset({"connection", "content-length", "transfer-encoding"})


@contextmanager
def endpoint() -> Iterator[str]:
    """The address of the engine that the tests run on."""
    given = environ.get("AWS_ENDPOINT_URL")
    if given:
        yield given
        return
    server = HttpServer(("127.0.0.1", 0), _Bridge)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def function_variables(address: str) -> dict[str, str]:
    """The environment of a function beside a local platform: its tables, queues and chain, as the stage `dev`."""
    return {
        "SPACEGARDEN_STAGE": "dev",
        "SPACEGARDEN_PUBLIC_URL": environ["SPACEGARDEN_PUBLIC_URL"],
        "SPACEGARDEN_CHAIN_RPC": environ["SPACEGARDEN_CHAIN_RPC"],
        "AWS_ENDPOINT_URL": address,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "packed",
        "AWS_SECRET_ACCESS_KEY": "packed",
    }


class _Bridge(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self) -> None:
        """Gives the request to moto under the host that it would have had."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        scope = _SCOPE.search(self.headers.get("Authorization", ""))
        assert scope is not None, "every request of a function is signed"
        host = f"{_HOSTS.get(scope['service'], scope['service'])}.{scope['region']}.amazonaws.com"
        headers = {**dict(self.headers.items()), "Host": host}
        given = botocore_stubber.process_request(
            AWSPreparedRequest(self.command, f"https://{host}{self.path}", headers, body, False)
        )
        assert given is not None, f"nobody stands in for {host}"
        status, answered, content = given
        raw = content.encode() if isinstance(content, str) else content
        self.send_response(status)
        for name, value in answered.items():
            if name.lower() not in _CONNECTION:
                self.send_header(name, str(value))
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(raw)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = answer

    def log_message(self, format: str, *arguments: Any) -> None:
        """Says nothing."""
