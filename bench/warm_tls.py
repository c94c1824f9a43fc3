"""Storage's recorded answers over HTTPS, from a process of its own, so that a warm call's TLS is measured as well."""

import os
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

import trustme

from bench.warm import RecordedAnswers, read_recordings


@contextmanager
def serving(path: str) -> Iterator[dict[str, str]]:
    """The environment in which clients of DynamoDB ask a server that answers as recorded in this file."""
    authority = trustme.CA()
    with TemporaryDirectory() as folder:
        bundle, certificate = Path(folder) / "authority.pem", Path(folder) / "server.pem"
        authority.cert_pem.write_to_path(str(bundle))
        authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(certificate))
        here, there = get_context("spawn").Pipe()
        server = get_context("spawn").Process(target=_serve, args=(path, str(certificate), there), daemon=True)
        server.start()
        try:
            yield {
                **os.environ,
                "AWS_ENDPOINT_URL_DYNAMODB": f"https://localhost:{here.recv()}",
                "AWS_CA_BUNDLE": str(bundle),
            }
        finally:
            server.terminate()
            server.join()


def _serve(path: str, certificate: str, started: Connection) -> None:
    answers = [RecordedAnswers(recording) for recording in read_recordings(path).values()]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            operation = self.headers["x-amz-target"].rpartition(".")[2]
            body = self.rfile.read(int(self.headers["content-length"]))
            content = next(found for each in answers if (found := each.find(operation, body)) is not None)
            head = f"HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {len(content)}"
            self.wfile.write(f"{head}\r\n\r\n".encode() + content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    started.send(server.server_port)
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115  # hides errors of connections that clients leave open
    server.serve_forever()
