"""Fair queues of the embedded engine: quiet groups pass noisy ones, in standard queues alone."""

import os
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

import botocore.session
import pytest

from local.engine import moto_fairness, start_engine

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("AWS_ENDPOINT_URL")), reason="these are tests of the embedded engine itself"
)


class _Queue:
    """A queue whose messages say what group they are of, and which of it."""

    def __init__(self, *, fifo: bool = False) -> None:
        start_engine()
        self._sqs = botocore.session.get_session().create_client("sqs")
        self._fifo = fifo
        name = f"queue-{uuid4().hex}{'.fifo' if fifo else ''}"
        attributes = {"FifoQueue": "true"} if fifo else {}
        self._url = self._sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        self._sent = 0

    def send(self, *groups: str | None) -> None:
        for group in groups:
            self._sent += 1
            fields: dict[str, Any] = {"MessageGroupId": group} if group else {}
            if self._fifo:
                fields["MessageDeduplicationId"] = str(self._sent)
            self._sqs.send_message(QueueUrl=self._url, MessageBody=f"{group} {self._sent}", **fields)

    def receive(self, count: int) -> list[dict[str, Any]]:
        """So many messages, ten at most with each request."""
        received: list[dict[str, Any]] = []
        while len(received) < count:
            wanted = min(10, count - len(received))
            answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=wanted)
            received += answer["Messages"]
        return received

    def groups(self, count: int) -> list[str]:
        """The groups of the next messages."""
        return [message["Body"].split()[0] for message in self.receive(count)]

    def delete(self, messages: Sequence[dict[str, Any]]) -> None:
        for message in messages:
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])


@pytest.fixture
def queue() -> _Queue:
    return _Queue()


@pytest.fixture
def seconds_pass(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Time stands still but for what a test lets pass."""
    at = 1_000.0

    def go(seconds: float) -> None:
        nonlocal at
        at += seconds

    monkeypatch.setattr(moto_fairness, "time", lambda: at)
    return go


@pytest.mark.usefixtures("seconds_pass")
def test_quiet_group_passes_one_with_many_messages_in_flight(queue: _Queue) -> None:
    queue.send(*["noisy"] * 40)
    in_flight = queue.receive(30)
    queue.send("quiet", "other")
    assert queue.groups(3) == ["quiet", "other", "noisy"]
    queue.delete(in_flight)
    queue.send("quiet")
    assert queue.groups(2) == ["noisy", "noisy"]  # not noisy any more, and sent first


@pytest.mark.usefixtures("seconds_pass")
def test_few_messages_in_flight_are_no_noise(queue: _Queue) -> None:
    queue.send(*["one"] * 31)
    queue.receive(29)
    queue.send("two")
    assert queue.groups(3) == ["one", "one", "two"]


@pytest.mark.usefixtures("seconds_pass")
def test_group_with_its_share_alone_is_no_noise(queue: _Queue) -> None:
    """Thirty of three hundred are a tenth, and more than a tenth is needed."""
    queue.send(*["one"] * 30, *(f"g{number}" for number in range(270)))
    queue.receive(300)
    queue.send("one", "two")
    assert queue.groups(2) == ["one", "two"]


def test_quiet_group_passes_one_whose_messages_take_long(queue: _Queue, seconds_pass: Callable[[float], None]) -> None:
    queue.send("slow", "slow")
    queue.receive(1)
    queue.send("quiet")
    seconds_pass(1.9)
    assert queue.groups(1) == ["slow"]  # not long enough yet to speak of
    queue.send("slow")
    seconds_pass(1.0)
    assert queue.groups(2) == ["quiet", "slow"]


def test_noisy_groups_come_by_how_few_of_theirs_are_in_flight(
    queue: _Queue, seconds_pass: Callable[[float], None]
) -> None:
    queue.send("more", "more", "less")
    queue.receive(3)
    seconds_pass(3.0)
    queue.send("more", "less", "quiet")
    assert queue.groups(3) == ["quiet", "less", "more"]


def test_messages_without_a_group_are_groups_of_their_own(queue: _Queue, seconds_pass: Callable[[float], None]) -> None:
    queue.send(None)
    queue.receive(1)
    seconds_pass(60.0)
    queue.send(None, "some", None)
    assert queue.groups(3) == ["None", "some", "None"]


def test_fifo_queue_stays_in_order(seconds_pass: Callable[[float], None]) -> None:
    queue = _Queue(fifo=True)
    queue.send("slow", "slow", "quiet")
    [first] = queue.receive(1)
    seconds_pass(60.0)
    queue.delete([first])
    assert queue.groups(2) == ["slow", "quiet"]
