"""From a name to an address: looked up once, every address checked, and only a checked one connected to."""

import errno
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from types import SimpleNamespace

import pytest
import trustme

from chalicelib.core.egress import deadline
from chalicelib.core.egress.client import EgressClient
from chalicelib.core.egress.connect import Trust
from chalicelib.core.egress.deadline import Deadline
from chalicelib.core.egress.exchange import ErrorKind, ExchangeFailed
from chalicelib.core.egress.policy import EgressPolicy
from chalicelib.core.egress.resolve import MAX_LOOKUPS, AddressBook, system_addresses
from chalicelib.core.egress.url import parse_target
from tests.core.egress.calls import DEPLOYED, LOCAL, post
from tests.receivers import Answer, Receiver

PUBLIC = "93.184.215.14"
URL = "https://hooks.partner.example/in"


class ScriptedResolver:
    """Answers each lookup with the next list of addresses, and the last one from then on."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


class RoutedDial:
    """Stands for the internet: records the address asked for and leads to the receiver, or refuses."""

    def __init__(self, receiver: Receiver, *, unreachable: Sequence[str] = ()) -> None:
        self._port = receiver.port
        self._unreachable = unreachable
        self.dialled: list[tuple[str, int]] = []

    def __call__(self, address: str, port: int, timeout: float) -> socket.socket:
        self.dialled.append((address, port))
        if address in self._unreachable:
            raise OSError("no route")
        return socket.create_connection(("127.0.0.1", self._port), timeout)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def partner(authority: trustme.CA) -> Iterator[Receiver]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("hooks.partner.example").configure_cert(tls)
    with Receiver(tls=tls, then=Answer(200, {"Connection": "close"})) as receiver:
        yield receiver


@pytest.fixture
def trusting(authority: trustme.CA) -> Trust:
    return authority.configure_trust


def test_second_dns_answer_cannot_move_the_connection(partner: Receiver, trusting: Trust) -> None:
    resolver, dial = ScriptedResolver([PUBLIC], ["127.0.0.1"]), RoutedDial(partner)
    exchange = post(EgressClient(DEPLOYED, trusting, resolver, dial=dial), URL)
    assert exchange.succeeded
    assert resolver.asked == ["hooks.partner.example"]
    assert dial.dialled == [(PUBLIC, 443)]
    assert partner.requests[0].headers["host"] == "hooks.partner.example"


def test_rebound_name_is_blocked_at_the_next_connection(partner: Receiver, trusting: Trust) -> None:
    resolver, dial = ScriptedResolver([PUBLIC], ["127.0.0.1"]), RoutedDial(partner)
    client = EgressClient(DEPLOYED, trusting, resolver, dial=dial)
    post(client, URL)
    assert post(client, URL).error is ErrorKind.BLOCKED_ADDRESS
    assert len(dial.dialled) == 1


@pytest.mark.parametrize("policy", [DEPLOYED, LOCAL], ids=["deployed", "local"])
@pytest.mark.parametrize(
    "inner",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1", "::ffff:93.184.215.14",
    "64:ff9b::a00:1", "2002:a00:1::1", "2001:0:a00:1::1", "fd00:ec2::254", "fe80::1%2", "fec0::1",
    "224.0.0.1"],
)  # fmt: skip
def test_one_inner_address_among_public_ones_blocks_the_call(
    partner: Receiver, inner: str, policy: EgressPolicy
) -> None:
    dial = RoutedDial(partner)
    exchange = post(EgressClient(policy, resolver=ScriptedResolver([PUBLIC, inner]), dial=dial), URL)
    assert exchange.error is ErrorKind.BLOCKED_ADDRESS
    assert dial.dialled == []


def test_network_denied_by_the_operator_blocks_the_call(partner: Receiver) -> None:
    policy = EgressPolicy(extra_denied=(ipaddress.IPv4Network("93.184.215.0/24"),))
    dial = RoutedDial(partner)
    assert post(EgressClient(policy, resolver=ScriptedResolver([PUBLIC]), dial=dial), URL).error == "blocked_address"
    assert dial.dialled == []


def test_localhost_that_leads_elsewhere_is_blocked(partner: Receiver) -> None:
    dial = RoutedDial(partner)
    client = EgressClient(LOCAL, resolver=ScriptedResolver(["127.0.0.1", PUBLIC]), dial=dial)
    assert post(client, "http://localhost:9/").error is ErrorKind.BLOCKED_ADDRESS
    assert dial.dialled == []


def test_next_address_is_tried_when_the_first_is_unreachable(partner: Receiver, trusting: Trust) -> None:
    first = "2606:2800:21f:cb07::1"
    dial = RoutedDial(partner, unreachable=[first])
    client = EgressClient(DEPLOYED, trusting, ScriptedResolver([first, PUBLIC]), dial=dial)
    assert post(client, URL).succeeded
    assert dial.dialled == [(first, 443), (PUBLIC, 443)]


def test_black_hole_leaves_time_for_the_next_address(
    partner: Receiver, trusting: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = "2606:2800:21f:cb07::1"
    onwards = RoutedDial(partner)
    clock = SimpleNamespace(seconds=0.0)
    monkeypatch.setattr(deadline, "time", SimpleNamespace(monotonic=lambda: clock.seconds))

    def dial(address: str, port: int, timeout: float) -> socket.socket:
        if address == first:
            clock.seconds += timeout
            raise TimeoutError
        return onwards(address, port, timeout)

    client = EgressClient(DEPLOYED, trusting, ScriptedResolver([first, PUBLIC]), dial=dial)
    assert post(client, URL, deadline_seconds=60).succeeded
    assert clock.seconds <= 30


def test_unreachable_host_is_refused(partner: Receiver) -> None:
    dial = RoutedDial(partner, unreachable=[PUBLIC])
    assert post(EgressClient(DEPLOYED, resolver=ScriptedResolver([PUBLIC]), dial=dial), URL).error is ErrorKind.REFUSED


def test_shortage_of_sockets_is_not_the_partners_failure() -> None:
    def exhausted(address: str, port: int, timeout: float) -> socket.socket:
        raise OSError(errno.EMFILE, f"no socket for {address}:{port} in {timeout} s")

    with pytest.raises(OSError, match="no socket"):
        post(EgressClient(DEPLOYED, resolver=ScriptedResolver([PUBLIC]), dial=exhausted), URL)


def test_name_without_an_address_is_a_dns_error() -> None:
    def unknown(host: str) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, f"{host} not known")

    assert post(EgressClient(DEPLOYED, resolver=unknown), URL).error is ErrorKind.DNS
    assert post(EgressClient(DEPLOYED, resolver=ScriptedResolver([])), URL).error is ErrorKind.DNS


def test_hanging_dns_is_left_at_the_deadline_and_holds_one_thread_a_name() -> None:
    release = threading.Event()

    def resolver(host: str) -> Sequence[str]:
        if host.startswith("slow"):
            release.wait(60)
        return [PUBLIC]

    book = AddressBook(DEPLOYED, resolver)
    slow, quick = (parse_target(f"https://{name}.example/", DEPLOYED) for name in ("slow", "quick"))
    started = time.monotonic()
    for _ in range(MAX_LOOKUPS + 4):
        with pytest.raises(ExchangeFailed) as failed:
            book.addresses(slow, Deadline(0.02))
        assert failed.value.kind is ErrorKind.TIMEOUT
    assert time.monotonic() - started < 30
    assert book.addresses(quick, Deadline(30)) == [PUBLIC]
    release.set()
    book.close()


def test_system_answers_for_localhost_are_loopback() -> None:
    assert set(system_addresses("localhost")) <= {"127.0.0.1", "::1"}
