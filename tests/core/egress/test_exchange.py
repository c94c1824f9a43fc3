"""One call against each thing that a receiver can do."""

import time

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.egress.client import DECIDED_GRACE_SECONDS
from chalicelib.core.egress.exchange import ErrorKind, OutboundRequest
from chalicelib.core.egress.heads import split_head, tidied
from tests.core.egress.calls import exchange_with, local_client, post
from tests.receivers import (
    Answer,
    Behaviour,
    Receiver,
    close_at_once,
    dribbled_body,
    dribbled_headers,
    dribbling,
    endless_body,
    endless_interim,
    gzip_bomb,
    hang,
    refusing_url,
    reset,
    saying,
    unanswering_url,
)


def test_request_arrives_byte_for_byte() -> None:
    body = bytes(range(256)) * 100
    with Receiver() as receiver, local_client() as client:
        exchange = client.send(
            OutboundRequest(
                "POST",
                receiver.url + "?a=b",
                {"webhook-id": "evt_1", "Content-Type": "application/json"},
                body,
                partner_headers={"X-Theirs": "1", "content-type": "text/plain", "Host": "evil.example"},
            )
        )
        received = receiver.wait_for(1, timeout=60)[0]
    assert exchange.succeeded
    assert (received.method, received.target, received.body) == ("POST", "/hook?a=b", body)
    assert received.headers == {
        "host": f"127.0.0.1:{receiver.port}",
        "accept-encoding": "identity",
        "content-length": str(len(body)),
        "x-theirs": "1",
        "content-type": "application/json",
        "webhook-id": "evt_1",
    }


def test_get_carries_no_body_framing() -> None:
    with (
        Receiver(then=Answer(200, {"Content-Type": "text/plain"}, b"proof")) as receiver,
        local_client() as client,
    ):
        exchange = client.send(OutboundRequest("GET", receiver.url))
        assert "content-length" not in receiver.requests[0].headers
    assert (exchange.status, exchange.head, exchange.headers["content-type"]) == (200, b"proof", "text/plain")


def test_ipv6_loopback_is_reached() -> None:
    with Receiver(address="::1", host="[::1]") as receiver, local_client() as client:
        assert post(client, receiver.url).status == 204
        assert receiver.requests[0].headers["host"] == f"[::1]:{receiver.port}"


def test_localhost_is_reached() -> None:
    with Receiver(host="localhost") as receiver, local_client() as client:
        assert post(client, receiver.url).status == 204


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_succeeds(status: int) -> None:
    with Receiver(then=Answer(status)) as receiver, local_client() as client:
        assert post(client, receiver.url).succeeded


@pytest.mark.parametrize("status", [400, 410, 429, 500, 503, 599])
def test_other_status_is_kept_without_an_error(status: int) -> None:
    with Receiver(then=Answer(status, body=b"why")) as receiver, local_client() as client:
        exchange = post(client, receiver.url)
    assert (exchange.status, exchange.error, exchange.head, exchange.succeeded) == (
        status,
        None,
        b"why",
        False,
    )


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
def test_redirect_is_an_error_and_not_followed(status: int) -> None:
    with Receiver() as inner:
        location = inner.url
        with Receiver(then=Answer(status, {"Location": location})) as receiver, local_client() as client:
            exchange = post(client, receiver.url)
        assert inner.connections == 0
    assert (exchange.status, exchange.error) == (status, ErrorKind.REDIRECT)
    assert exchange.headers["location"] == location


def test_redirect_to_a_metadata_address_is_not_followed() -> None:
    location = "http://169.254.169.254/latest/meta-data/"
    exchange = exchange_with(saying(f"HTTP/1.1 302 Found\r\nLocation: {location}\r\n\r\n".encode()))
    assert (exchange.status, exchange.error) == (302, ErrorKind.REDIRECT)


def test_retry_after_survives_huge_headers() -> None:
    filler = {f"X-{number}": "x" * 1021 for number in range(10)}
    with Receiver(then=Answer(429, {**filler, "Retry-After": "120"})) as receiver, local_client() as client:
        exchange = post(client, receiver.url)
    assert (exchange.status, exchange.headers["retry-after"]) == (429, "120")
    assert sum(len(name) + len(value) for name, value in exchange.headers.items()) <= 4096


def test_repeated_headers_are_joined() -> None:
    exchange = exchange_with(saying(b"HTTP/1.1 204 No\r\nX-A: 1\r\nx-a: 2\r\n\r\n"))
    assert exchange.headers["x-a"] == "1, 2"


def test_closed_port_is_refused() -> None:
    with refusing_url() as url, local_client() as client:
        assert post(client, url).error is ErrorKind.REFUSED


def test_port_that_lets_nobody_through_times_out() -> None:
    with unanswering_url() as url, local_client() as client:
        assert post(client, url, deadline_seconds=0.3).error is ErrorKind.TIMEOUT


@pytest.mark.parametrize(
    ("behaviour", "status", "error"),
    [
        pytest.param(hang, None, ErrorKind.TIMEOUT, id="hang before headers"),
        pytest.param(dribbled_headers, None, ErrorKind.TOO_SLOW, id="dribbled headers"),
        pytest.param(dribbling(b"HTTP/1.1 103 E\r\n\r\n", pause=0.01), None, ErrorKind.TOO_SLOW, id="dribbled 1xx"),
        pytest.param(dribbled_body(500), 500, ErrorKind.TOO_SLOW, id="dribbled body of a 500"),
        pytest.param(dribbled_body(410), 410, ErrorKind.TOO_SLOW, id="dribbled body of a 410"),
        pytest.param(
            saying(b"HTTP/1.1 500 E\r\nContent-Length: 9\r\n\r\n", then=hang),
            500,
            ErrorKind.TOO_SLOW,
            id="missing body",
        ),
    ],
)
def test_slow_peer_is_left_at_the_deadline(behaviour: Behaviour, status: int | None, error: ErrorKind) -> None:
    started = time.monotonic()
    exchange = exchange_with(behaviour, deadline_seconds=0.3)
    assert 0.29 <= time.monotonic() - started < 20
    assert (exchange.status, exchange.error) == (status, error)


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(dribbled_body(200), id="dribbled"),
        pytest.param(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", then=hang), id="never sent"),
        pytest.param(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"), id="truncated"),
        pytest.param(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", then=reset), id="reset"),
        pytest.param(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nlonger"), id="longer than it says"),
        pytest.param(saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), id="garbage chunks"),
        pytest.param(endless_body(200), id="endless"),
        pytest.param(gzip_bomb(200), id="gzip bomb"),
    ],
)
def test_2xx_succeeds_whatever_its_body_does_and_soon(behaviour: Behaviour) -> None:
    started = time.monotonic()
    exchange = exchange_with(behaviour)
    assert exchange.succeeded
    assert exchange.status == 200
    assert time.monotonic() - started < DECIDED_GRACE_SECONDS + 20


def test_latency_ends_with_the_headers() -> None:
    started = time.monotonic()
    exchange = exchange_with(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", then=hang))
    took = time.monotonic() - started
    assert exchange.latency_ms <= (took - DECIDED_GRACE_SECONDS) * 1000 + 10


SLOPPY = {
    "a line without a colon": b"HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 2\r\n\r\nok",
    "a blank in a name": b"HTTP/1.1 200 OK\r\nX Powered By: php\r\nContent-Length: 2\r\n\r\nok",
    "a blank before the colon": b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok",
    "an empty name": b"HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 2\r\n\r\nok",
    "a control character": b"HTTP/1.1 200 OK\r\nX: a\x00b\x07\r\nContent-Length: 2\r\n\r\nok",
    "text that is not ASCII": b"HTTP/1.1 200 OK\r\nX-\xc3\xa9: \xc3\xa9\r\nContent-Length: 2\r\n\r\nok",
    "a folded line": b"HTTP/1.1 200 OK\r\nX: a\r\n  b\r\nContent-Length: 2\r\n\r\nok",
    "a folded first line": b"HTTP/1.1 200 OK\r\n X: a\r\nContent-Length: 2\r\n\r\nok",
    "line feeds alone": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    "a control character in the reason": b"HTTP/1.1 200 O\x01K\r\nContent-Length: 2\r\n\r\nok",
    "no reason": b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok",
    "identity": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nok",
    "identity alone": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nok",
    "identity, chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "chunked in capitals": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: CHUNKED\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "another coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: br\r\n\r\nok",
    "two equal lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
    "two equal lengths in a line": b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    "no number": b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nok",
    "below zero": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nok",
    "a sloppy interim answer": b"HTTP/1.1 103 E\r\nlink\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
}


@pytest.mark.parametrize("whole_body", [False, True], ids=["status", "whole body"])
@pytest.mark.parametrize("answer", SLOPPY.values(), ids=SLOPPY)
def test_2xx_succeeds_however_sloppy_its_headers_are(answer: bytes, whole_body: bool) -> None:
    with Receiver(saying(answer)) as receiver, local_client() as client:
        request = OutboundRequest("POST", receiver.url, body=b"{}")
        exchange = client.send(request, deadline_seconds=5, whole_body=whole_body)
    assert exchange.succeeded, exchange
    assert (exchange.status, exchange.head) == (200, b"ok")


def test_a_failure_keeps_its_status_however_sloppy_its_headers_are() -> None:
    exchange = exchange_with(saying(b"HTTP/1.1 429 Slow\r\nnonsense\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"))
    assert (exchange.status, exchange.error, exchange.headers["retry-after"]) == (429, None, "7")


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_no_header_line_takes_a_2xx_from_its_status(lines: list[bytes]) -> None:
    text = b"".join(line.replace(b"\n", b"") + b"\r\n" for line in lines if line.strip(b"\r\n"))
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method="POST", target="/", headers=[("host", "x")]))
    client.send(h11.EndOfMessage())
    answer = b"HTTP/1.1 200 OK\r\n" + text + b"\r\n"
    split = split_head(answer, new=len(answer))
    assert split is not None
    head = tidied(split[0])
    assert head is not None
    client.receive_data(head)
    event = client.next_event()
    assert isinstance(event, h11.Response)
    assert event.status_code == 200


def test_2xx_whose_headers_come_just_in_time_succeeds() -> None:
    with Receiver(then=Answer(200, delay=0.25)) as receiver, local_client() as client:
        exchange = post(client, receiver.url, deadline_seconds=2)
    assert exchange.succeeded
    assert 240 <= exchange.latency_ms < 2000


@pytest.mark.parametrize("status", [200, 500])
def test_endless_body_is_read_to_the_limit_and_its_beginning_kept(status: int) -> None:
    exchange = exchange_with(endless_body(status))
    assert (exchange.status, exchange.error) == (status, None)
    assert (len(exchange.head), exchange.bytes_read) == (16 * 1024, 64 * 1024)


def test_gzip_is_never_decompressed() -> None:
    exchange = exchange_with(gzip_bomb(500))
    assert exchange.head.startswith(b"\x1f\x8b")
    assert exchange.bytes_read < 64 * 1024


def test_endless_chunks_of_one_byte_are_left_at_the_limit() -> None:
    start = b"HTTP/1.1 500 E\r\nTransfer-Encoding: chunked\r\n\r\n"
    exchange = exchange_with(saying(start, b"1\r\nx\r\n" * 100_000, then=hang))
    assert exchange.error is None
    assert exchange.bytes_read < 64 * 1024


def test_interim_answers_are_skipped() -> None:
    exchange = exchange_with(saying(b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 103 E\r\nLink: a\r\n\r\nHTTP/1.1 204 N\r\n\r\n"))
    assert (exchange.status, exchange.error) == (204, None)


@pytest.mark.parametrize(
    ("behaviour", "detail"),
    [
        pytest.param(endless_interim, "too many interim answers", id="endless 1xx"),
        pytest.param(
            saying(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
            "the answer is no answer of HTTP/1.1",
            id="101",
        ),
        pytest.param(
            saying(b"SSH-2.0-OpenSSH_9.6\r\n"), "the answer does not begin as HTTP does", id="another protocol"
        ),
        pytest.param(saying(bytes(range(256)) * 300), "the answer does not begin as HTTP does", id="garbage"),
        pytest.param(
            saying(b"HTTP/2 200\x1b" + b"a" * 100 + b"\r\n\r\n"),
            "the answer has no status line of HTTP/1.1: HTTP/2 200\\x1b" + "a" * 49,
            id="another version",
        ),
        pytest.param(
            saying(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000 + b"\r\n\r\n"),
            "the headers are too large",
            id="huge header",
        ),
        pytest.param(
            saying(b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 20_000 + b"\r\n"),
            "the headers are too large",
            id="many headers",
        ),
        pytest.param(
            saying(b"HTTP/1.1 200 OK\r\nX: a"), "the connection was closed within the headers", id="end within headers"
        ),
    ],
)
def test_what_is_not_http_is_a_protocol_error(behaviour: Behaviour, detail: str) -> None:
    exchange = exchange_with(behaviour)
    assert (exchange.status, exchange.error, exchange.detail) == (None, ErrorKind.PROTOCOL, detail)


@pytest.mark.parametrize("behaviour", [reset, close_at_once], ids=["reset", "closed"])
def test_peer_that_hangs_up_is_a_reset(behaviour: Behaviour) -> None:
    exchange = exchange_with(behaviour)
    assert (exchange.status, exchange.error) == (None, ErrorKind.RESET)


@pytest.mark.parametrize(
    ("behaviour", "error", "detail"),
    [
        pytest.param(
            saying(b"HTTP/1.1 500 E\r\nContent-Length: 9\r\n\r\nab"),
            ErrorKind.PROTOCOL,
            "the connection was closed within the body",
            id="truncated",
        ),
        pytest.param(
            saying(b"HTTP/1.1 500 E\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
            ErrorKind.PROTOCOL,
            "the body is not in the chunks that its headers announce",
            id="garbage chunks",
        ),
        pytest.param(
            saying(b"HTTP/1.1 500 E\r\nContent-Length: 9\r\n\r\n", then=reset),
            ErrorKind.RESET,
            "the connection was reset",
            id="reset",
        ),
    ],
)
def test_broken_body_of_a_failure_keeps_its_status(behaviour: Behaviour, error: ErrorKind, detail: str) -> None:
    exchange = exchange_with(behaviour)
    assert (exchange.status, exchange.error, exchange.detail) == (500, error, detail)


def test_request_that_is_not_taken_times_out() -> None:
    started = time.monotonic()
    with Receiver(before_request=hang) as receiver, local_client() as client:
        exchange = post(client, receiver.url, body=bytes(16 * 1024 * 1024), deadline_seconds=0.3)
    assert exchange.error is ErrorKind.TIMEOUT
    assert time.monotonic() - started < 20


def test_url_that_is_not_called_any_more_is_blocked() -> None:
    with local_client() as client:
        exchange = post(client, "https://169.254.169.254/latest/meta-data/")
    assert (exchange.status, exchange.error) == (None, ErrorKind.BLOCKED_ADDRESS)
