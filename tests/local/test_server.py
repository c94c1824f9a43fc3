"""The local HTTP server over real sockets: what the stock one gets wrong, and what a client may do wrong."""

import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.client import HTTPConnection, HTTPResponse
from time import monotonic, sleep
from typing import Any

import chalice.local
import pytest
from chalice.app import Chalice, Request, Response
from chalice.config import Config

from chalicelib.core.http.application import Application
from local.server import LARGEST_BODY, AddressTaken, DevServer, install


def _app() -> Chalice:
    app = Chalice("served", configure_logs=False)

    @app.route("/hello")
    def hello() -> dict[str, str]:
        return {"hello": "world"}

    @app.route("/both", methods=["GET", "HEAD", "OPTIONS"])
    def both() -> Response:
        return Response("x" * 10, headers={"Content-Type": "text/plain", "X-Method": _request(app).method})

    @app.route("/event/{first}", methods=["GET", "POST"], content_types=[])
    def event_of_one(first: str) -> dict[str, Any]:
        del first
        return _plain(_request(app).to_original_event())

    @app.route("/event/{first}/literal")
    def event_of_literal(first: str) -> dict[str, Any]:
        del first
        return _plain(_request(app).to_original_event())

    @app.route("/event/{other}/{second}")
    def event_of_two(other: str, second: str) -> dict[str, Any]:
        del other, second
        return _plain(_request(app).to_original_event())

    @app.route("/length", methods=["POST"], content_types=[])
    def length() -> dict[str, int]:
        return {"length": len(_request(app).raw_body)}

    @app.route("/cookies")
    def cookies() -> Response:
        return Response(b"", status_code=204, headers={"Set-Cookie": ["a=1", "b=2"]})

    @app.route("/split")
    def split_header() -> Response:
        return Response("", headers={"X-Bad": "a\rb"})

    @app.route("/slow/{name}")
    def slow(name: str) -> dict[str, Any]:
        sleep(0.2)
        identifier = app.lambda_context.aws_request_id
        return {"name": name, "same": _request(app).context["requestId"] == identifier}

    return app


def _request(app: Chalice) -> Request:
    assert app.current_request is not None
    return app.current_request


def _plain(event: dict[str, Any]) -> dict[str, Any]:
    body = event["body"]
    return {**event, "body": body.decode() if isinstance(body, bytes) else body}


@contextmanager
def _serving(app: Chalice) -> Iterator[DevServer]:
    server = DevServer(app, None, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join(5)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with _serving(_app()) as server:
        yield server.port


@pytest.fixture
def connection(port: int) -> Iterator[HTTPConnection]:
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    yield connection
    connection.close()


def _ask(connection: HTTPConnection, method: str, path: str, **arguments: Any) -> tuple[HTTPResponse, Any]:
    connection.request(method, path, **arguments)
    response = connection.getresponse()
    content = response.read()
    return response, json.loads(content) if content else None


def _ask_once(port: int, method: str, path: str) -> tuple[HTTPResponse, Any]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
        return _ask(connection, method, path)


def _raw(port: int, request: bytes) -> bytes:
    """Everything the server sends until it closes the connection."""
    received = bytearray()
    with socket.create_connection(("127.0.0.1", port), timeout=120) as peer:
        peer.sendall(request)
        while part := peer.recv(65536):
            received += part
    return bytes(received)


def test_two_hundred_connections_opened_at_once_are_all_answered(port: int) -> None:
    peers = [socket.socket() for _ in range(200)]
    for peer in peers:
        peer.settimeout(120)
        peer.connect(("127.0.0.1", port))
    for peer in peers:
        peer.sendall(b"GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(_read_to_the_end, peers))
    assert all(answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b'{"hello":"world"}') for answer in answers)


def _read_to_the_end(peer: socket.socket) -> bytes:
    with peer, peer.makefile("rb") as stream:
        return stream.read()


def test_a_kept_connection_waits_for_no_delayed_acknowledgement(connection: HTTPConnection) -> None:
    _ask(connection, "GET", "/hello")
    # Stock, each waits 40 ms. The best of many, because the machine may be busy with something else.
    assert min(_seconds_of_one(connection) for _ in range(200)) < 0.03


def _seconds_of_one(connection: HTTPConnection) -> float:
    started = monotonic()
    _ask(connection, "GET", "/hello")
    return monotonic() - started


def test_a_connection_is_kept_over_answers_of_every_kind(connection: HTTPConnection) -> None:
    statuses = []
    for method, path in [
        ("GET", "/hello"),
        ("GET", "/none"),
        ("HEAD", "/both"),
        ("POST", "/hello"),
        ("GET", "/cookies"),
    ]:
        connection.request(method, path)
        response = connection.getresponse()
        response.read()
        statuses.append(response.status)
        assert connection.sock is not None
    assert statuses == [200, 404, 200, 405, 204]


def test_head_has_the_length_of_the_body_and_no_body(port: int) -> None:
    head, _, body = _raw(port, b"HEAD /both HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").partition(b"\r\n\r\n")
    assert b"Content-Length: 10" in head
    assert b"X-Method: HEAD" in head
    assert body == b""


def test_head_of_a_route_without_it_is_refused_without_a_body(port: int) -> None:
    head, _, body = _raw(port, b"HEAD /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 405 ")
    assert b"Content-Length: 0" not in head
    assert body == b""


def test_options_reaches_the_app_that_declares_it(connection: HTTPConnection) -> None:
    response, _ = _ask_text(connection, "OPTIONS", "/both")
    assert (response.status, response.getheader("X-Method")) == (200, "OPTIONS")


def _ask_text(connection: HTTPConnection, method: str, path: str) -> tuple[HTTPResponse, str]:
    connection.request(method, path)
    response = connection.getresponse()
    return response, response.read().decode()


def test_options_of_a_route_without_it_is_refused_by_the_app(connection: HTTPConnection) -> None:
    response, body = _ask(connection, "OPTIONS", "/hello")
    assert response.status == 405
    assert body["Code"] == "MethodNotAllowedError"


@pytest.mark.parametrize("path", ["/none", "/hello/more", "//hello/x", "/%68ello", "*"])
def test_an_unknown_path_is_404(connection: HTTPConnection, path: str) -> None:
    response, body = _ask(connection, "GET", path)
    assert (response.status, body) == (404, {"message": "Not Found"})


def test_an_unknown_path_is_404_with_credentials_too(connection: HTTPConnection) -> None:
    response, _ = _ask(connection, "GET", "/none", headers={"Authorization": "Bearer x"})
    assert response.status == 404


def test_a_method_nobody_knows_is_405_on_a_known_path(connection: HTTPConnection) -> None:
    response, _ = _ask(connection, "BREW", "/hello")
    assert response.status == 405


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/none?x=1", 404), ("OPTIONS", "/none", 404), ("BREW", "/none", 404)],
)
def test_what_belongs_to_no_route_is_answered_by_the_app(method: str, path: str, status: int) -> None:
    with _serving(Application("worded")) as server:
        response, body = _ask_once(server.port, method, path)
    assert (response.status, body) == (status, {"message": "There is nothing at this address."})
    assert response.headers["X-Request-Id"]


def test_what_the_app_never_sees_is_worded_by_it() -> None:
    head = f"POST /none HTTP/1.1\r\nHost: x\r\nContent-Length: {LARGEST_BODY + 1}\r\n\r\n"
    with _serving(Application("worded")) as server:
        answer = _raw(server.port, head.encode())
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"\r\nX-Request-Id: " in answer
    assert answer.endswith(b'{"message":"The request body is too large."}')


def test_a_body_too_large_is_refused_before_it_is_read(port: int) -> None:
    head = f"POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: {LARGEST_BODY + 1}\r\n\r\n"
    answer = _raw(port, head.encode())
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"Connection: close" in answer


def test_a_client_that_sends_a_body_too_large_all_the_same_reads_the_answer(
    connection: HTTPConnection,
) -> None:
    response, body = _ask(connection, "POST", "/length", body=b"x" * (LARGEST_BODY + 1))
    assert (response.status, body) == (413, {"message": HTTPStatus(413).phrase})


def test_the_largest_body_is_read(connection: HTTPConnection) -> None:
    _, body = _ask(connection, "POST", "/length", body=b"x" * LARGEST_BODY)
    assert body == {"length": LARGEST_BODY}


def test_a_chunked_body_is_read(connection: HTTPConnection) -> None:
    _, body = _ask(connection, "POST", "/length", body=iter([b"abc", b"de" * 5000]), encode_chunked=True)
    assert body == {"length": 10_003}
    _, again = _ask(connection, "GET", "/hello")
    assert again == {"hello": "world"}


def test_a_chunked_body_too_large_is_refused(port: int) -> None:
    head = b"POST /length HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert _raw(port, head + f"{LARGEST_BODY + 1:x}\r\n".encode()).startswith(b"HTTP/1.1 413 ")


def test_a_client_that_expects_100_is_told_to_go_on_only_within_the_limit(port: int) -> None:
    head = "POST /length HTTP/1.1\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: {}\r\n\r\n"
    assert _raw(port, head.format(3).encode() + b"abc").startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ")
    assert _raw(port, head.format(LARGEST_BODY + 1).encode()).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (b"POST /length HTTP/1.1\r\nContent-Length: ten\r\n\r\n", b"400"),
        (b"POST /length HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST /length HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", b"400"),
        (b"POST /length HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", b"400"),
        (b"POST /length HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", b"501"),
        (b"POST /length HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
        (b"POST /length HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", b"400"),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/9.9\r\n\r\n", b"505"),
    ],
)
def test_what_is_not_http_is_refused_in_json_and_ends_the_connection(
    port: int, request_head: bytes, status: bytes
) -> None:
    head, _, body = _raw(port, request_head).partition(b"\r\n\r\n")
    assert head.split(b" ")[1] == status
    assert "message" in json.loads(body)


def test_a_client_that_leaves_in_the_middle_harms_nobody(port: int, connection: HTTPConnection) -> None:
    with socket.create_connection(("127.0.0.1", port)) as peer:
        peer.sendall(b"POST /length HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc")
    response, _ = _ask(connection, "GET", "/hello")
    assert response.status == 200


def test_the_event_is_the_gateways(connection: HTTPConnection) -> None:
    headers = {"X-Forwarded-Proto": "https", "Content-Type": "application/json"}
    _, event = _ask(connection, "POST", "/event/a%2Fb?x=1&x=2&y=%C3%BC+z", body='{"a":1}', headers=headers)
    assert event["pathParameters"] == {"first": "a%2Fb"}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"], "y": ["ü z"]}
    assert event["queryStringParameters"] == {"x": "2", "y": "ü z"}
    assert event["headers"]["x-forwarded-proto"] == "https"
    assert event["body"] == '{"a":1}'
    context = event["requestContext"]
    assert (context["stage"], context["httpMethod"], context["resourcePath"]) == (
        "api",
        "POST",
        "/event/{first}",
    )
    assert (context["protocol"], context["identity"]["sourceIp"]) == ("HTTP/1.1", "127.0.0.1")
    assert len(context["requestId"]) == 36


def test_without_a_query_and_a_body_the_event_has_null(connection: HTTPConnection) -> None:
    _, event = _ask(connection, "GET", "/event/a;b")
    assert event["multiValueQueryStringParameters"] is None
    assert event["queryStringParameters"] is None
    assert event["body"] is None
    assert event["pathParameters"] == {"first": "a;b"}


def test_parameters_of_a_route_that_did_not_match_are_not_in_the_event(connection: HTTPConnection) -> None:
    _, event = _ask(connection, "GET", "/event/a/b")
    assert event["pathParameters"] == {"other": "a", "second": "b"}


def test_literal_parts_come_before_variables_and_a_trailing_slash_is_ignored(
    connection: HTTPConnection,
) -> None:
    _, event = _ask(connection, "GET", "/event/a/literal/")
    assert event["resource"] == "/event/{first}/literal"


def test_a_whole_address_as_target_is_understood(port: int) -> None:
    answer = _raw(port, b"GET http://elsewhere/hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.endswith(b'{"hello":"world"}')


def test_a_binary_body_is_base64_in_the_event(connection: HTTPConnection) -> None:
    headers = {"Content-Type": "application/octet-stream"}
    _, event = _ask(connection, "POST", "/event/a", body=b"\x00\xff", headers=headers)
    assert (event["isBase64Encoded"], event["body"]) == (True, "AP8=")
    _, body = _ask(connection, "POST", "/length", body=b"\x00\xff", headers=headers)
    assert body == {"length": 2}


def test_several_headers_of_one_name_are_all_sent_and_204_has_no_length(connection: HTTPConnection) -> None:
    response, body = _ask(connection, "GET", "/cookies")
    assert response.headers.get_all("Set-Cookie") == ["a=1", "b=2"]
    assert response.getheader("Content-Length") is None
    assert body is None


def test_a_header_that_would_split_the_answer_is_502(connection: HTTPConnection) -> None:
    response, body = _ask(connection, "GET", "/split")
    assert (response.status, body) == (502, {"message": "Bad Gateway"})


def test_requests_in_work_together_keep_their_request_and_context_apart(port: int) -> None:
    def ask(name: str) -> Any:
        return _ask_once(port, "GET", f"/slow/{name}")[1]

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(ask, "abcdefghij"))
    assert answers == [{"name": name, "same": True} for name in "abcdefghij"]


def test_an_address_that_is_taken_is_one_clear_line(port: int) -> None:
    with pytest.raises(AddressTaken, match=rf"^Cannot listen on 127\.0\.0\.1:{port}: Address already in use\."):
        DevServer(_app(), None, "127.0.0.1", port)


def test_a_request_in_work_is_finished_before_the_server_ends() -> None:
    with ThreadPoolExecutor(1) as pool:
        with _serving(_app()) as server:
            answer = pool.submit(_ask_once, server.port, "GET", "/slow/a")
            sleep(0.1)
        assert answer.result()[0].status == 200


def test_chalice_makes_our_server_once_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chalice.local, "LocalDevServer", chalice.local.LocalDevServer)
    install()
    install()
    config = Config.create(chalice_stage="dev", api_gateway_stage="v9")
    server = chalice.local.create_local_server(_app(), config, "127.0.0.1", 0)
    assert isinstance(server, DevServer)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(server.handle_single_request)
        _, event = _ask_once(server.port, "GET", "/event/a")
    assert event["requestContext"]["stage"] == "v9"
    server.server.server_close()
