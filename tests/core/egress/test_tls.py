"""Certificates, against a certificate authority made for the test."""

import datetime
import socket
import ssl
import time
from pathlib import Path

import pytest
import trustme

from chalicelib.core.clock import now
from chalicelib.core.egress.client import EgressClient
from chalicelib.core.egress.connect import Trust, shared_tls_context
from chalicelib.core.egress.exchange import ErrorKind, Exchange
from tests.core.egress.calls import DEPLOYED, local_client, post
from tests.receivers import Answer, Receiver, dribbled_headers, hang

DAY = datetime.timedelta(days=1)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def trusting(authority: trustme.CA) -> Trust:
    return authority.configure_trust


def serving(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def call(tls: ssl.SSLContext, trust: Trust | None, *, host: str = "localhost") -> Exchange:
    answer = Answer(200, body=b"ok")
    with Receiver(tls=tls, host=host, then=answer) as receiver, local_client(trust) as client:
        exchange = post(client, receiver.url)
        assert len(receiver.requests) == (1 if exchange.status else 0)
    return exchange


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_valid_certificate_is_accepted(authority: trustme.CA, trusting: Trust, host: str) -> None:
    assert call(serving(authority.issue_cert(host)), trusting, host=host).succeeded


def test_expired_certificate_is_refused(authority: trustme.CA, trusting: Trust) -> None:
    old = authority.issue_cert("localhost", not_before=now() - 3 * DAY, not_after=now() - 2 * DAY)
    exchange = call(serving(old), trusting)
    assert (exchange.error, exchange.detail) == (ErrorKind.TLS, "certificate: certificate has expired")


def test_certificate_of_another_host_is_refused(authority: trustme.CA, trusting: Trust) -> None:
    exchange = call(serving(authority.issue_cert("other.example")), trusting)
    assert exchange.error is ErrorKind.TLS
    assert "mismatch" in exchange.detail.lower()


@pytest.mark.parametrize(
    ("host", "names", "is_valid"),
    [
        ("my_host.example.com", ["*.example.com"], True),
        ("my_host.example.com", ["other.example.com", "*.example.com"], True),
        ("a.my_host.example.com", ["*.example.com"], False),
        ("my_host.example.com", ["example.com", "host.example.com", "*.host.example.com"], False),
        ("my_host.com", ["*.com"], False),
    ],
)
def test_host_with_an_underscore_is_served_by_a_wildcard_for_its_first_name(
    authority: trustme.CA, trusting: Trust, host: str, names: list[str], is_valid: bool
) -> None:
    with Receiver(tls=serving(authority.issue_cert(*names)), then=Answer(200)) as receiver:

        def dial(_address: str, _port: int, timeout: float) -> socket.socket:
            return socket.create_connection(("127.0.0.1", receiver.port), timeout)

        client = EgressClient(DEPLOYED, trusting, lambda _host: ["93.184.215.14"], dial=dial)
        exchange = post(client, f"https://{host}/")
        client.close()
        assert len(receiver.requests) == is_valid
    assert exchange.succeeded is is_valid
    assert exchange.detail == ("" if is_valid else f"certificate: it is not valid for '{host}'")


def test_host_with_an_underscore_needs_a_trusted_authority(authority: trustme.CA) -> None:
    with Receiver(tls=serving(authority.issue_cert("*.example.com"))) as receiver:

        def dial(_address: str, _port: int, timeout: float) -> socket.socket:
            return socket.create_connection(("127.0.0.1", receiver.port), timeout)

        client = EgressClient(DEPLOYED, None, lambda _host: ["93.184.215.14"], dial=dial)
        exchange = post(client, "https://my_host.example.com/")
        client.close()
        assert not receiver.requests
    assert exchange.error is ErrorKind.TLS


def test_certificate_of_an_unknown_authority_is_refused(authority: trustme.CA) -> None:
    assert call(serving(authority.issue_cert("localhost")), None).error is ErrorKind.TLS


def test_self_signed_certificate_is_refused(trusting: Trust, tmp_path: Path) -> None:
    alone, pem = trustme.CA(), tmp_path / "self.pem"
    pem.write_bytes(alone.cert_pem.bytes() + alone.private_key_pem.bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    exchange = call(context, trusting)
    assert (exchange.error, exchange.detail) == (ErrorKind.TLS, "certificate: self-signed certificate")


def test_right_name_is_asked_for(authority: trustme.CA, trusting: Trust) -> None:
    asked: list[str | None] = []
    tls = serving(authority.issue_cert("localhost"))
    tls.sni_callback = lambda _socket, name, _context: asked.append(name)
    assert call(tls, trusting).succeeded
    assert asked == ["localhost"]


def test_verified_connection_is_used_again(authority: trustme.CA, trusting: Trust) -> None:
    tls = serving(authority.issue_cert("localhost"))
    with Receiver(tls=tls, host="localhost") as receiver, local_client(trusting) as client:
        assert all(post(client, receiver.url).succeeded for _ in range(3))
        assert receiver.connections == 1


def test_plain_http_on_an_https_url_is_a_tls_error(trusting: Trust) -> None:
    plain = Receiver(host="localhost", before_request=lambda talk: talk.send(b"HTTP/1.1 200 OK\r\n\r\n"))
    with plain as receiver, local_client(trusting) as client:
        exchange = post(client, receiver.url.replace("http:", "https:"))
    assert exchange.error is ErrorKind.TLS


def test_hanging_handshake_is_left_at_the_deadline(trusting: Trust) -> None:
    with Receiver(host="localhost", before_request=hang) as receiver, local_client(trusting) as client:
        started = time.monotonic()
        exchange = post(client, receiver.url.replace("http:", "https:"), deadline_seconds=0.3)
    assert exchange.error is ErrorKind.TIMEOUT
    assert time.monotonic() - started < 20


def test_dribbled_tls_records_are_left_at_the_deadline(authority: trustme.CA, trusting: Trust) -> None:
    tls = serving(authority.issue_cert("localhost"))
    with Receiver(dribbled_headers, host="localhost", tls=tls) as receiver, local_client(trusting) as client:
        started = time.monotonic()
        exchange = post(client, receiver.url, deadline_seconds=0.4)
    assert exchange.error is ErrorKind.TOO_SLOW
    assert time.monotonic() - started < 20


def test_certificates_are_checked_by_default_and_roots_loaded_once() -> None:
    context = shared_tls_context()
    assert context is shared_tls_context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
