"""Everything that receivers do wrong, each by the whole way of a delivery: what is stored, and what follows."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from time import monotonic
from typing import Any

import pytest
import trustme

from chalicelib.core.clock import now
from chalicelib.core.egress.client import EgressClient
from chalicelib.core.egress.shared import egress_policy
from chalicelib.webhooks.service import deliverer
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
from tests.webhooks.world import Partner, handle, waiting

pytestmark = pytest.mark.usefixtures("storage")

DEADLINE = 0.6
GRACE = 0.5  # what a decided answer's body is given
SLACK = 1.5  # for a busy machine
DAY = timedelta(days=1)
METADATA = "http://169.254.169.254/latest/meta-data/"


@pytest.fixture(autouse=True)
def short_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit of the whole exchange, shortened."""
    monkeypatch.setattr(deliverer, "DEADLINE_SECONDS", DEADLINE)


def _delivered_to(partner: Partner, url: str) -> tuple[dict[str, Any], dict[str, Any], float]:
    """The delivery after its first attempt, that attempt, and how many seconds the worker was held."""
    partner.endpoint(url)
    partner.emit()
    started = monotonic()
    assert handle(*waiting(partner)) == [], "a receiver's failure fails no message"
    took = monotonic() - started
    delivery = partner.delivery()
    [attempt] = delivery["attempts"]
    assert attempt["number"] == 1
    assert len(attempt["head"].encode()) <= 16 * 1024
    assert 0 <= attempt["latency_ms"] <= took * 1000
    return delivery, attempt, took


def _seconds_until_next(delivery: dict[str, Any], attempt: dict[str, Any]) -> float:
    """From the end of the attempt, a little less, to the next."""
    ended = datetime.fromisoformat(attempt["at"]) + timedelta(milliseconds=attempt["latency_ms"])
    return (datetime.fromisoformat(delivery["next_attempt_at"]) - ended).total_seconds()


def _is_tried_again(delivery: dict[str, Any], attempt: dict[str, Any]) -> None:
    assert delivery["status"] == "scheduled"
    assert 4.0 <= _seconds_until_next(delivery, attempt) <= 6.0 + GRACE + SLACK


@dataclass(frozen=True)
class Case:
    """A behaviour, and the status and error that its attempt must show."""

    behaviour: Behaviour
    status: int | None
    error: str | None


UNTIL_DEADLINE = {
    "hang before headers": Case(hang, None, "timeout"),
    "dribbled headers": Case(dribbled_headers, None, "too_slow"),
    "dribbled 1xx": Case(dribbling(b"HTTP/1.1 103 E\r\n\r\n", pause=0.01), None, "too_slow"),
    "dribbled body of a 500": Case(dribbled_body(500), 500, "too_slow"),
    "Content-Length that promises more": Case(
        saying(b"HTTP/1.1 500 E\r\nContent-Length: 9\r\n\r\nab", then=hang), 500, "too_slow"
    ),
}
AT_ONCE = {
    "reset": Case(reset, None, "reset"),
    "closed without an answer": Case(close_at_once, None, "reset"),
    "Content-Length that is cut short": Case(saying(b"HTTP/1.1 500 E\r\nContent-Length: 9\r\n\r\nab"), 500, "protocol"),
    "endless body of a 500": Case(endless_body(500), 500, None),
    "gzip bomb of a 500": Case(gzip_bomb(500), 500, None),
    "endless 1xx": Case(endless_interim, None, "protocol"),
    "101": Case(saying(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"), None, "protocol"),
    "another protocol": Case(saying(b"SSH-2.0-OpenSSH_9.6\r\n"), None, "protocol"),
    "huge header": Case(saying(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000 + b"\r\n\r\n"), None, "protocol"),
    "500": Case(saying(b"HTTP/1.1 500 E\r\nContent-Length: 3\r\n\r\nwhy"), 500, None),
    "redirect to a metadata address": Case(
        saying(f"HTTP/1.1 302 Found\r\nLocation: {METADATA}\r\nContent-Length: 0\r\n\r\n".encode()), 302, "redirect"
    ),
    "308": Case(
        saying(f"HTTP/1.1 308 P\r\nLocation: {METADATA}\r\nContent-Length: 0\r\n\r\n".encode()), 308, "redirect"
    ),
    "bytes that are no text": Case(
        saying(b"HTTP/1.1 500 E\r\nContent-Length: 20000\r\n\r\n" + b"\xff\x00" * 10_000), 500, None
    ),
}
SUCCESSES = {
    "dribbled body": dribbled_body(200),
    "endless body": endless_body(200),
    "gzip bomb": gzip_bomb(200),
    "body that never comes": saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", then=hang),
    "Content-Length that promises less": saying(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nlonger"),
    "reset in the body": saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", then=reset),
    "204 after 1xx": saying(b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 103 E\r\n\r\nHTTP/1.1 204 N\r\n\r\n"),
}


@pytest.mark.parametrize("name", UNTIL_DEADLINE)
def test_peer_that_dawdles_holds_a_worker_until_the_deadline_and_no_longer(partner: Partner, name: str) -> None:
    case = UNTIL_DEADLINE[name]
    with Receiver(case.behaviour) as receiver:
        delivery, attempt, took = _delivered_to(partner, receiver.url)
    assert (attempt["status"], attempt["error"]) == (case.status, case.error)
    assert DEADLINE - 0.05 <= took <= DEADLINE + SLACK
    _is_tried_again(delivery, attempt)


@pytest.mark.parametrize("name", AT_ONCE)
def test_peer_that_errs_is_tried_again(partner: Partner, name: str) -> None:
    case = AT_ONCE[name]
    with Receiver(case.behaviour) as receiver:
        delivery, attempt, _ = _delivered_to(partner, receiver.url)
        assert len(receiver.requests) == 1
    assert (attempt["status"], attempt["error"]) == (case.status, case.error)
    _is_tried_again(delivery, attempt)


@pytest.mark.parametrize("name", SUCCESSES)
def test_2xx_is_a_success_whatever_its_body_does(partner: Partner, name: str) -> None:
    with Receiver(SUCCESSES[name]) as receiver:
        delivery, attempt, took = _delivered_to(partner, receiver.url)
    assert (delivery["status"], delivery["next_attempt_at"], attempt["error"]) == ("delivered", None, None)
    assert took <= GRACE + SLACK


@pytest.mark.parametrize(
    ("place", "error"),
    [
        pytest.param(refusing_url, "refused", id="closed port"),
        pytest.param(unanswering_url, "timeout", id="full backlog"),
        pytest.param(lambda: nullcontext("https://hooks.example.com/in"), "dns", id="no such host"),
    ],
)
def test_place_that_cannot_be_reached_is_tried_again(
    partner: Partner, place: Any, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = EgressClient(egress_policy(), resolver=_no_address)
    monkeypatch.setattr(deliverer, "egress", lambda: client)
    with place() as url:
        delivery, attempt, _ = _delivered_to(partner, url)
    client.close()
    assert (attempt["status"], attempt["error"], attempt["head"]) == (None, error, "")
    _is_tried_again(delivery, attempt)


def _no_address(host: str) -> list[str]:
    raise OSError(f"no address of {host}")


@pytest.mark.parametrize("address", ["10.0.0.7", "169.254.169.254", "::ffff:127.0.0.1", "64:ff9b::a00:7"])
def test_host_that_leads_inward_is_never_called(
    partner: Partner, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = EgressClient(egress_policy(), resolver=lambda _: ["93.184.215.14", address])
    monkeypatch.setattr(deliverer, "egress", lambda: client)
    delivery, attempt, _ = _delivered_to(partner, "https://rebound.example.com/hook")
    client.close()
    assert (attempt["status"], attempt["error"]) == (None, "blocked_address")
    _is_tried_again(delivery, attempt)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Who signs certificates here."""
    return trustme.CA()


@pytest.fixture
def trusting(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A deliverer that trusts that authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    client = EgressClient(egress_policy(), context)
    monkeypatch.setattr(deliverer, "egress", lambda: client)
    yield
    client.close()


def _serving(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize("fault", ["expired", "wrong host", "unknown authority", "no TLS at all", None])
def test_certificate_must_be_good(partner: Partner, authority: trustme.CA, fault: str | None) -> None:
    with ExitStack() as receivers:
        if fault == "no TLS at all":
            plain = receivers.enter_context(Receiver(before_request=lambda talk: talk.send(b"HTTP/1.1 200 OK\r\n\r\n")))
            url = plain.url.replace("http://127.0.0.1", "https://localhost")
        else:
            makers: dict[str | None, Callable[[], trustme.LeafCert]] = {
                "expired": lambda: authority.issue_cert("localhost", not_before=now() - 3 * DAY, not_after=now() - DAY),
                "wrong host": lambda: authority.issue_cert("other.example"),
                "unknown authority": lambda: trustme.CA().issue_cert("localhost"),
                None: lambda: authority.issue_cert("localhost"),
            }
            certificate = makers[fault]()
            url = receivers.enter_context(Receiver(tls=_serving(certificate), host="localhost")).url
        delivery, attempt, _ = _delivered_to(partner, url)
    if fault is None:
        assert (delivery["status"], attempt["status"], attempt["error"]) == ("delivered", 204, None)
    else:
        assert (attempt["status"], attempt["error"]) == (None, "tls")
        _is_tried_again(delivery, attempt)


@pytest.mark.parametrize("body", [b"", b"gone"])
def test_410_disables(partner: Partner, body: bytes) -> None:
    with Receiver(then=Answer(410, body=body)) as receiver:
        delivery, attempt, _ = _delivered_to(partner, receiver.url)
    assert (delivery["status"], attempt["status"], partner.state()) == ("disabled", 410, "disabled")


def test_410_disables_though_its_body_dribbles(partner: Partner) -> None:
    with Receiver(dribbled_body(410)) as receiver:
        delivery, attempt, _ = _delivered_to(partner, receiver.url)
    assert (delivery["status"], attempt["error"], partner.state()) == ("disabled", "too_slow", "disabled")


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [
        pytest.param("12", 12.0, 12.0, id="seconds"),
        pytest.param("in 15 s", 14.0, 15.0, id="date"),
        pytest.param("3600", 20.0, 20.0, id="beyond four times the delay"),
        pytest.param("9" * 400, 20.0, 20.0, id="huge"),
        pytest.param("Fri, 31 Dec 9999 23:59:59 GMT", 20.0, 20.0, id="far date"),
        pytest.param("-5", 4.0, 6.0, id="negative"),
        pytest.param("Sun, 01 Mar 2020 12:00:00 GMT", 5.0, 6.0, id="date long past"),
        pytest.param("0", 5.0, 6.0, id="zero"),
        pytest.param("soon", 4.0, 6.0, id="neither"),
    ],
)
def test_429_is_heeded_between_one_and_four_times_the_delay(
    partner: Partner, asked: str, least: float, most: float
) -> None:
    if asked == "in 15 s":
        asked = format_datetime(now() + timedelta(seconds=15), usegmt=True)
        least -= SLACK  # the date was made before the call
    with Receiver(then=Answer(429, {"Retry-After": asked}, b"later")) as receiver:
        delivery, attempt, _ = _delivered_to(partner, receiver.url)
    assert (attempt["status"], attempt["error"], attempt["head"]) == (429, None, "later")
    assert least - 0.01 <= _seconds_until_next(delivery, attempt) <= most + SLACK


@pytest.mark.parametrize("character", ["x", "ü", "\U0001f331"])
def test_long_answer_is_kept_to_16_kib_of_whole_characters(partner: Partner, character: str) -> None:
    body = ("a" + character * 20_000).encode()
    with Receiver(then=Answer(500, body=body)) as receiver:
        _, attempt, _ = _delivered_to(partner, receiver.url)
    kept = attempt["head"].rstrip("\N{REPLACEMENT CHARACTER}")
    assert body.startswith(kept.encode())
    assert 16 * 1024 - 8 <= len(kept.encode()) <= 16 * 1024
