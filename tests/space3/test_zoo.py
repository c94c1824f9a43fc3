"""What partners' endpoints do wrong, and the verdict: never "not done"."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.core.egress.client import EgressClient
from chalicelib.core.egress.exchange import ErrorKind, Exchange
from chalicelib.core.egress.shared import egress_policy
from chalicelib.space3.service import verification
from tests import receivers
from tests.receivers import Answer, Behaviour, Receiver
from tests.space3.missions import Missions
from tests.times import NO_TIMES

YES = b'{"success": true}'


@pytest.fixture(scope="module")
def user(missions: Missions) -> str:
    return missions.user(email="zoo@example.com", wallet="0x" + "ab" * 20)


@pytest.fixture
def short_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second a try, for what does not end by itself; the arithmetic is the same."""
    monkeypatch.setattr(verification, "TRY_SECONDS", 0.4)


def verdict_on(missions: Missions, user: str, receiver: Receiver, **fields: Any) -> dict[str, Any]:
    """The verdict on what a receiver answers, and its evidence."""
    verdict = missions.verify(missions.mission(receiver.url, **fields), user)
    return {**verdict, "tries": missions.evidence(verdict)["tries"]}


def saying(body: bytes, status: int = 200) -> Behaviour:
    """Answers each request alike, and closes."""
    return receivers.saying(Answer(status, body=body).to_bytes())


SIMPLE: dict[str, tuple[bytes, str, str | None]] = {
    "deep": (b'{"success":true,"x":' + b"[" * 5000 + b"]" * 5000 + b"}", "unknown", "bad_response"),
    "large": (b'{"success":true,"x":"' + b"x" * 70_000 + b'"}', "unknown", "bad_response"),
    "almost large": (b'{"success":true,"x":"' + b"x" * 60_000 + b'"}', "done", None),
}


@pytest.mark.parametrize("name", SIMPLE)
def test_a_long_answer_is_read_to_a_limit(missions: Missions, user: str, name: str) -> None:
    body, verdict, reason = SIMPLE[name]
    with Receiver(then=Answer(200, body=body)) as receiver:
        found = verdict_on(missions, user, receiver)
    assert (found["verdict"], found["reason"]) == (verdict, reason)
    assert len(found["tries"]) == (3 if reason else 1)
    assert found["progress"] == {"done": 1, "not_done": 0}.get(verdict)


STATUSES = [(201, "bad_response"), (204, "bad_response"), (301, "bad_response"), (400, "bad_response"),
            (401, "bad_response"), (404, "bad_response"), (429, "bad_response"), (500, "partner_down"),
            (503, "partner_down")]  # fmt: skip


@pytest.mark.parametrize(("status", "reason"), STATUSES, ids=[str(status) for status, _ in STATUSES])
def test_only_200_tells_anything(missions: Missions, user: str, status: int, reason: str) -> None:
    headers = {"Location": "http://169.254.169.254/"} if status == 301 else {}
    with Receiver(then=Answer(status, headers, YES)) as receiver:
        found = verdict_on(missions, user, receiver)
    assert (found["verdict"], found["reason"]) == ("unknown", reason)
    assert [each["status"] for each in found["tries"]] == [status] * 3


ENDLESS: dict[str, Behaviour] = {
    "silence": receivers.hang,
    "dribbled headers": receivers.dribbled_headers,
    "dribbled body": receivers.dribbled_body(200),
}


@pytest.mark.usefixtures("short_tries")
@pytest.mark.parametrize("name", ENDLESS)
def test_what_does_not_end_is_a_time_out_and_never_not_done(missions: Missions, user: str, name: str) -> None:
    with Receiver(ENDLESS[name]) as receiver:
        found = verdict_on(missions, user, receiver)
    assert (found["verdict"], found["reason"], found["progress"]) == ("unknown", "timeout", None)
    assert len(found["tries"]) == 3


BEHAVIOURS: dict[str, tuple[Behaviour, str]] = {
    "reset": (receivers.reset, "partner_down"),
    "closed at once": (receivers.close_at_once, "partner_down"),
    "endless body": (receivers.endless_body(200), "bad_response"),
    "gzip bomb": (receivers.gzip_bomb(200), "bad_response"),
    "interim answers": (receivers.endless_interim, "bad_response"),
    "a lying length": (receivers.saying(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + YES), "bad_response"),
    "not HTTP": (receivers.saying(b"SSH-2.0-OpenSSH\r\n\r\n"), "bad_response"),
}


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_bad_manners_are_never_not_done(missions: Missions, user: str, name: str) -> None:
    behaviour, reason = BEHAVIOURS[name]
    with Receiver(behaviour) as receiver:
        found = verdict_on(missions, user, receiver)
    assert (found["verdict"], found["reason"], found["progress"]) == ("unknown", reason, None)
    assert len(found["tries"]) == 3


def test_a_slow_body_in_time_is_read(missions: Missions, user: str) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(YES)
    with Receiver(receivers.saying(head, YES[:5], YES[5:], pause=0.05)) as receiver:
        assert verdict_on(missions, user, receiver)["verdict"] == "done"


def test_nobody_listening_is_a_partner_down(missions: Missions, user: str) -> None:
    with receivers.refusing_url() as url:
        verdict = missions.verify(missions.mission(url), user)
    assert (verdict["verdict"], verdict["reason"]) == ("unknown", "partner_down")


def test_a_host_on_an_inner_address_is_blocked_and_not_asked_again(
    missions: Missions, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = EgressClient(egress_policy(), resolver=lambda _: ["169.254.169.254"])
    monkeypatch.setattr(verification, "egress", lambda: client)
    verdict = missions.verify(missions.mission("https://partner.example/<Email>"), user)
    client.close()
    assert (verdict["verdict"], verdict["reason"]) == ("unknown", "blocked_address")
    assert len(missions.evidence(verdict)["tries"]) == 1


def test_what_fails_once_is_asked_again(missions: Missions, user: str) -> None:
    with Receiver(answers=[Answer(500), Answer(200, body=b"{"), Answer(200, body=YES)]) as receiver:
        found = verdict_on(missions, user, receiver)
    assert found["verdict"] == "done"
    assert [each["reason"] for each in found["tries"]] == ["partner_down", "bad_response", None]


def test_no_is_an_answer_and_is_not_asked_again(missions: Missions, user: str) -> None:
    with Receiver(answers=[Answer(200, body=b'{"success":false}')], then=Answer(200, body=YES)) as receiver:
        assert verdict_on(missions, user, receiver)["verdict"] == "not_done"
        assert len(receiver.requests) == 1


def test_all_tries_together_have_an_end(missions: Missions, user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(seconds=0.0)
    given: list[float] = []

    def hang(_: object, __: object, *, deadline_seconds: float, **___: object) -> Exchange:
        given.append(deadline_seconds)
        clock.seconds += deadline_seconds
        return Exchange(None, {}, b"", ErrorKind.TIMEOUT, 0, 0)

    monkeypatch.setattr(verification, "TRY_SECONDS", 0.4)
    monkeypatch.setattr(verification, "ALL_SECONDS", 0.6)
    monkeypatch.setattr(verification, "time", SimpleNamespace(monotonic=lambda: clock.seconds, sleep=lambda _: None))
    monkeypatch.setattr(EgressClient, "send", hang)
    with Receiver() as receiver:
        found = verdict_on(missions, user, receiver)
    assert (found["verdict"], found["reason"], len(found["tries"])) == ("unknown", "timeout", 2)
    assert given == pytest.approx([0.4, 0.2])


ENTRY = {"timestamp": "2024-05-01T10:00:00.000Z", "completedTimes": 4}
ACCUMULATIVE: dict[str, tuple[Any, str, int | None]] = {
    "empty": ([], "not_done", 0),
    "enough": ([ENTRY, {**ENTRY, "timestamp": "2024-05-02T10:00:00Z"}], "done", 8),
    "too few": ([{**ENTRY, "extra": 1}], "not_done", 4),
    "the same time twice": ([ENTRY, {**ENTRY, "completedTimes": 9}], "done", 9),
    "before the window": ([ENTRY, {**ENTRY, "timestamp": "2024-04-30T23:59:59.999Z"}], "not_done", 4),
    "offset into the window": ([{**ENTRY, "timestamp": "2024-04-30T23:30:00-01:00"}], "not_done", 4),
    "an object": ({"timestamp": "2024-05-01T10:00:00Z", "completedTimes": 9}, "unknown", None),
    "a float": ([{**ENTRY, "completedTimes": 9.0}], "unknown", None),
    "a boolean": ([{**ENTRY, "completedTimes": True}], "unknown", None),
    "text": ([{**ENTRY, "completedTimes": "9"}], "unknown", None),
    "negative": ([{**ENTRY, "completedTimes": -1}], "unknown", None),
    "beyond integers": ([{**ENTRY, "completedTimes": 2**53}], "unknown", None),
    "no time": ([{"completedTimes": 9}], "unknown", None),
    "a number for a time": ([{**ENTRY, "timestamp": 1714557600}], "unknown", None),
    "no such time": ([{**ENTRY, "timestamp": "2024-13-01"}], "unknown", None),
    "one bad entry": ([ENTRY, 5], "unknown", None),
    "seven digits of a second": ([{**ENTRY, "timestamp": "2024-05-01T10:00:00.1234567Z"}], "not_done", 4),
    **{name: ([ENTRY, {**ENTRY, "timestamp": text}], "unknown", None) for name, text in NO_TIMES.items()},
}


@pytest.mark.parametrize("name", ACCUMULATIVE)
def test_an_accumulative_answer_is_read_strictly(missions: Missions, user: str, name: str) -> None:
    content, verdict, progress = ACCUMULATIVE[name]
    with Receiver(then=Answer(200, body=json.dumps(content).encode())) as receiver:
        found = verdict_on(missions, user, receiver, kind="accumulative", target=8, starts_at="2024-05-01T00:00:00Z")
    assert (found["verdict"], found["progress"], found["target"]) == (verdict, progress, 8)


@pytest.mark.parametrize(("counting", "progress"), [("sum", 12), ("latest", 2), ("max", 7)])
def test_progress_counts_as_the_mission_says(missions: Missions, user: str, counting: str, progress: int) -> None:
    times = [("2024-05-02T00:00:00Z", 7), ("2024-05-03T00:00:00Z", 2), ("2024-05-01T00:00:00Z", 3)]
    content = [{"timestamp": time, "completedTimes": number} for time, number in times]
    with Receiver(then=Answer(200, body=json.dumps(content).encode())) as receiver:
        found = verdict_on(missions, user, receiver, kind="accumulative", counting=counting)
    assert found["progress"] == progress
