"""A client that goes away is no fault of a server's, and nothing else is passed over."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from threading import Thread
from typing import Any

import pytest

from infra.http_server import HttpServer


@contextmanager
def _answering_by(error: Exception) -> Iterator[HttpServer]:
    class Server(HttpServer):
        def finish_request(self, *_: Any) -> None:
            raise error

    with Server(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


def _connect(server: HttpServer) -> None:
    """A connection, until the server has done with it."""
    with socket.create_connection(("127.0.0.1", server.server_port)) as connection:
        assert connection.recv(1) == b""


@pytest.mark.parametrize(
    "error", [BrokenPipeError(), ConnectionResetError(), TimeoutError(), ssl.SSLError("no TLS")], ids=repr
)
def test_what_a_client_does_is_not_printed(error: Exception, capfd: pytest.CaptureFixture[str]) -> None:
    with _answering_by(error) as server:
        _connect(server)
    assert capfd.readouterr().err == ""


def test_a_fault_of_the_server_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    with _answering_by(ValueError("a fault of ours")) as server:
        _connect(server)
    assert "ValueError: a fault of ours" in capfd.readouterr().err
