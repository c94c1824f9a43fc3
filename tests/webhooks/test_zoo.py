"""Everything that receivers do wrong, each by the whole way of a delivery: what is stored, and what follows."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from time import monotonic
from typing import Any, NamedTuple

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

LONG = 25.0  # the limit of an exchange that ends by itself, or by the grace of a decided answer's body
DEADLINE = 0.6  # of one that does not end
ANSWERED_DEADLINE = 2.0  # of one that does not end and whose status must have come
GRACE = 0.5  # what a decided answer's body is given
SLACK = 15.0  # for a busy machine: with GRACE it is well below LONG, and with a deadline below what a peer hangs
DAY = timedelta(days=1)
METADATA = "http://169.254.169.254/latest/meta-data/"


@pytest.fixture(autouse=True)
def long_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit of the whole exchange, out of the way."""
    monkeypatch.setattr(deliverer, "DEADLINE_SECONDS", LONG)


class Seen(NamedTuple):
    """The delivery after its first attempt, that attempt, how many seconds the worker was held, and when it ended."""

    delivery: dict[str, Any]
    attempt: dict[str, Any]
    took: float
    ended: datetime

    @property
    def put_off(self) -> tuple[float, float]:
        """The least and the most that lies between the end of the attempt and the next, in seconds."""
        due = datetime.fromisoformat(self.delivery["next_attempt_at"])
        answered = datetime.fromisoformat(self.attempt["at"]) + timedelta(milliseconds=self.attempt["latency_ms"])
        return (due - self.ended).total_seconds(), (due - answered).total_seconds()


def _delivered_to(partner: Partner, url: str) -> Seen:
    partner.endpoint(url)
    partner.emit()
    [asked] = waiting(partner)
    started = monotonic()
    assert handle(asked) == [], "a receiver's failure fails no message"
    took, ended = monotonic() - started, now()
    delivery = partner.delivery()
    [attempt] = delivery["attempts"]
    assert attempt["number"] == 1
    assert len(attempt["head"].encode()) <= 16 * 1024
    assert 0 <= attempt["latency_ms"] <= took * 1000
    return Seen(delivery, attempt, took, ended)


def _is_tried_again(seen: Seen, *, least: float = 4.0, most: float = 6.0) -> None:
    assert seen.delivery["status"] == "scheduled"
    shortest, longest = seen.put_off
    assert longest >= least - 0.01
    assert shortest <= most + 0.01


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
def test_peer_that_dawdles_holds_a_worker_until_the_deadline_and_no_longer(
    partner: Partner, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = UNTIL_DEADLINE[name]
    deadline = DEADLINE if case.status is None else ANSWERED_DEADLINE
    monkeypatch.setattr(deliverer, "DEADLINE_SECONDS", deadline)
    with Receiver(case.behaviour) as receiver:
        seen = _delivered_to(partner, receiver.url)
    assert (seen.attempt["status"], seen.attempt["error"]) == (case.status, case.error)
    assert deadline - 0.05 <= seen.took <= deadline + SLACK
    _is_tried_again(seen)


@pytest.mark.parametrize("name", AT_ONCE)
def test_peer_that_errs_is_tried_again(partner: Partner, name: str) -> None:
    case = AT_ONCE[name]
    with Receiver(case.behaviour) as receiver:
        seen = _delivered_to(partner, receiver.url)
        assert len(receiver.requests) == 1
    assert (seen.attempt["status"], seen.attempt["error"]) == (case.status, case.error)
    _is_tried_again(seen)


@pytest.mark.parametrize("name", SUCCESSES)
def test_2xx_is_a_success_whatever_its_body_does(partner: Partner, name: str) -> None:
    with Receiver(SUCCESSES[name]) as receiver:
        seen = _delivered_to(partner, receiver.url)
    assert (seen.delivery["status"], seen.delivery["next_attempt_at"], seen.attempt["error"]) == (
        "delivered",
        None,
        None,
    )
    assert seen.took <= GRACE + SLACK


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
    monkeypatch.setattr(deliverer, "DEADLINE_SECONDS", DEADLINE)
    client = EgressClient(egress_policy(), resolver=_no_address)
    monkeypatch.setattr(deliverer, "egress", lambda: client)
    with place() as url:
        seen = _delivered_to(partner, url)
    client.close()
    assert (seen.attempt["status"], seen.attempt["error"], seen.attempt["head"]) == (None, error, "")
    _is_tried_again(seen)


def _no_address(host: str) -> list[str]:
    raise OSError(f"no address of {host}")


@pytest.mark.parametrize("address", ["10.0.0.7", "169.254.169.254", "::ffff:127.0.0.1", "64:ff9b::a00:7"])
def test_host_that_leads_inward_is_never_called(
    partner: Partner, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = EgressClient(egress_policy(), resolver=lambda _: ["93.184.215.14", address])
    monkeypatch.setattr(deliverer, "egress", lambda: client)
    seen = _delivered_to(partner, "https://rebound.example.com/hook")
    client.close()
    assert (seen.attempt["status"], seen.attempt["error"]) == (None, "blocked_address")
    _is_tried_again(seen)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Who signs certificates here."""
    return trustme.CA()


@pytest.fixture
def trusting(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A deliverer that trusts that authority."""
    client = EgressClient(egress_policy(), authority.configure_trust)
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
        seen = _delivered_to(partner, url)
    if fault is None:
        assert (seen.delivery["status"], seen.attempt["status"], seen.attempt["error"]) == ("delivered", 204, None)
    else:
        assert (seen.attempt["status"], seen.attempt["error"]) == (None, "tls")
        _is_tried_again(seen)


@pytest.mark.parametrize("body", [b"", b"gone"])
def test_410_disables(partner: Partner, body: bytes) -> None:
    with Receiver(then=Answer(410, body=body)) as receiver:
        seen = _delivered_to(partner, receiver.url)
    assert (seen.delivery["status"], seen.attempt["status"], partner.state()) == ("disabled", 410, "disabled")


def test_410_disables_though_its_body_dribbles(partner: Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliverer, "DEADLINE_SECONDS", ANSWERED_DEADLINE)
    with Receiver(dribbled_body(410)) as receiver:
        seen = _delivered_to(partner, receiver.url)
    assert (seen.delivery["status"], seen.attempt["error"], partner.state()) == ("disabled", "too_slow", "disabled")


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
        least = 5.0  # the date was made before the call, and the call may have waited for the machine
    with Receiver(then=Answer(429, {"Retry-After": asked}, b"later")) as receiver:
        seen = _delivered_to(partner, receiver.url)
    assert (seen.attempt["status"], seen.attempt["error"], seen.attempt["head"]) == (429, None, "later")
    _is_tried_again(seen, least=least, most=most)


@pytest.mark.parametrize("character", ["x", "ü", "\U0001f331"])
def test_long_answer_is_kept_to_16_kib_of_whole_characters(partner: Partner, character: str) -> None:
    body = ("a" + character * 20_000).encode()
    with Receiver(then=Answer(500, body=body)) as receiver:
        seen = _delivered_to(partner, receiver.url)
    kept = seen.attempt["head"].rstrip("\N{REPLACEMENT CHARACTER}")
    assert body.startswith(kept.encode())
    assert 16 * 1024 - 8 <= len(kept.encode()) <= 16 * 1024
