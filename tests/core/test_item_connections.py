"""Connections of calls on items: kept, looked at before further use, and given up for botocore's where they fail."""

import gc
import json
import ssl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import trustme
from botocore.config import Config
from botocore.exceptions import HTTPClientError, SSLError

from chalicelib.core.items import ItemCalls
from tests.receivers import Answer, Behaviour, Receiver, close_at_once, hang, saying

ASKED = {"TableName": "t", "Key": {"pk": {"S": "a"}}}
CONTENT = json.dumps({"Item": {"pk": {"S": "a"}}}).encode()
GOOD = Answer(200, {"x-amzn-RequestId": "R1"}, CONTENT)
_LENGTH = b"%d" % len(CONTENT)
_HALF = b"%x;why=not\r\n%b\r\n" % (10, CONTENT[:10])
_REST = b"%X\r\n%b\r\n0\r\nX-Trailer: 1\r\n\r\n" % (len(CONTENT) - 10, CONTENT[10:])


def _client(receiver: Receiver, **options: Any) -> Any:
    """A client on this way, whose first try is followed by one of botocore's; `at` is another address than its own."""
    session = botocore.session.Session()
    session.set_credentials("AKID", "secret", "token")
    session.register("creating-client-class.dynamodb", lambda base_classes, **_: base_classes.insert(0, ItemCalls))
    config = Config(
        retries={"mode": "standard", "total_max_attempts": 1}, parameter_validation=False, read_timeout=20
    ).merge(options.pop("config", Config()))
    url = options.pop("at", receiver.url.removesuffix("/hook"))
    return session.create_client("dynamodb", region_name="eu-central-1", endpoint_url=url, config=config, **options)


def _first_then_good(first: Behaviour) -> Behaviour:
    """Behaves so at the first connection, and well at all others."""
    seen: list[object] = []

    def behave(talk: Any) -> None:
        seen.append(talk)
        (first if len(seen) == 1 else saying(GOOD.to_bytes()))(talk)

    return behave


def test_connection_is_kept_and_each_thread_has_its_own() -> None:
    with Receiver(then=GOOD) as receiver:
        client = _client(receiver)
        for _ in range(3):
            assert client.get_item(**ASKED)["ResponseMetadata"]["RequestId"] == "R1"
        assert receiver.connections == 1
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(lambda _: client.get_item(**ASKED)["Item"], range(80)))
        assert found == [{"pk": {"S": "a"}}] * 80
        assert receiver.connections <= 9
        assert len(receiver.requests) == 83
        client.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"HTTP/1.1 200 OK\r\nContent-LENGTH: " + _LENGTH + b"\r\n\r\n" + CONTENT,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + _HALF + _REST,
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + CONTENT,
        b"HTTP/1.0 200 OK\r\nContent-Length: " + _LENGTH + b"\r\n\r\n" + CONTENT,
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200\r\nContent-Length: " + _LENGTH + b"\r\n\r\n" + CONTENT,
    ],
    ids=["of a length", "in chunks", "to the end", "of HTTP 1.0", "after an interim one"],
)
def test_answer_is_read_in_every_form(sent: bytes) -> None:
    with Receiver(saying(sent)) as receiver:
        client = _client(receiver)
        assert client.get_item(**ASKED)["Item"] == {"pk": {"S": "a"}}
        assert client.get_item(**ASKED)["Item"] == {"pk": {"S": "a"}}
        assert len(receiver.requests) == 2
        client.close()


@pytest.mark.parametrize(
    "first",
    [
        close_at_once,
        saying(b"HTTP/1.1 200 OK\r\nContent-Le"),
        saying(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n" + CONTENT[:9]),
        saying(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n" + CONTENT),
        saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + _HALF + b"zz\r\n"),
        saying(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 10_000),
        saying(b"SSH-2.0-OpenSSH_9.9\r\n\r\n"),
    ],
    ids=["none", "head cut", "content cut", "length below zero", "chunks cut", "endless headers", "another protocol"],
)
def test_broken_answer_is_asked_again_by_botocore(first: Behaviour) -> None:
    with Receiver(_first_then_good(first)) as receiver:
        client = _client(receiver)
        assert client.get_item(**ASKED)["Item"] == {"pk": {"S": "a"}}
        assert len(receiver.requests) == 2
        client.close()


def test_answer_that_does_not_come_in_time_is_asked_again_by_botocore() -> None:
    with Receiver(_first_then_good(hang)) as receiver:
        client = _client(receiver, config=Config(read_timeout=0.5))
        assert client.get_item(**ASKED)["Item"] == {"pk": {"S": "a"}}
        client.close()


def test_connection_that_the_peer_has_closed_is_not_used_again() -> None:
    with Receiver(saying(GOOD.to_bytes())) as receiver:  # closes after each answer, without saying so before
        client = _client(receiver)
        for number in range(1, 4):
            client.get_item(**ASKED)
            [kept] = client._connections._idle
            kept._made.sock.recv(1, 2)  # MSG_PEEK: until the end has come
            assert len(receiver.requests) == receiver.connections == number
        client.close()


def test_certificate_is_checked_as_botocore_does(tmp_path: Path) -> None:
    authority, other = trustme.CA(), trustme.CA()
    trusted = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(trusted))
    for issuer, host, is_good in (
        (authority, "127.0.0.1", True),
        (authority, "other.test", False),
        (other, "127.0.0.1", False),
    ):
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issuer.issue_cert(host).configure_cert(tls)
        with Receiver(then=GOOD, tls=tls) as receiver:
            client = _client(receiver, verify=str(trusted))
            if is_good:
                assert [client.get_item(**ASKED)["Item"] for _ in range(3)] == [{"pk": {"S": "a"}}] * 3
                assert receiver.connections == 1
            else:
                with pytest.raises(SSLError):
                    client.get_item(**ASKED)
                assert receiver.requests == []
            client.close()


def test_proxy_is_asked_by_botocore() -> None:
    with Receiver(then=GOOD) as proxy:
        proxies = {"http": proxy.url.removesuffix("/hook")}
        client = _client(proxy, at="http://db.test", config=Config(proxies=proxies))
        assert client.get_item(**ASKED)["Item"] == {"pk": {"S": "a"}}
        assert [request.target for request in proxy.requests] == ["http://db.test/"]
        client.close()


def test_header_with_a_line_end_is_not_sent() -> None:
    with Receiver(then=GOOD) as receiver:
        client = _client(receiver)
        client.meta.events.register(
            "before-call.dynamodb", lambda params, **_: params["headers"].update({"x-more": "1\r\nx-other: 2"})
        )
        with pytest.raises(HTTPClientError):
            client.get_item(**ASKED)
        assert receiver.requests == []
        client.close()


def test_connections_are_closed_with_their_client() -> None:
    with Receiver(then=GOOD) as receiver:
        client = _client(receiver)
        client.get_item(**ASKED)
        [kept] = client._connections._idle
        sock = kept._made.sock
        del client, kept
        gc.collect()
        assert sock.fileno() == -1
