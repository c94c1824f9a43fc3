"""The pump against real queues: Lambda's semantics for batches, failures, order and schedules."""

import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, cached_property
from time import monotonic, process_time, sleep, time
from typing import Any
from uuid import uuid4

import botocore.session
import pytest
from chalice.app import Chalice, Cron, Rate

from local.engine import start_engine
from local.queues.event_sources import UnknownQueue, UnsupportedSchedule
from local.queues.lambda_events import failed_ids
from local.queues.pump import DrainTimedOut, Pump, UnknownSchedule

Handle = Callable[[list[dict[str, Any]]], Any]
_PATIENCE_SECONDS = 120.0  # ends a hang, and nothing else


@cache
def _sqs() -> Any:
    start_engine()
    return botocore.session.get_session().create_client("sqs")


class World:
    """An app with one queue (and its dead-letter queue), whose handler is `handle(records)`.

    What failed shows itself again after `hidden_for` seconds, and is dead after `most_receives`.
    """

    def __init__(
        self, handle: Handle, *, fifo: bool = False, hidden_for: int = 60, most_receives: int = 2, **options: Any
    ) -> None:
        self.sqs = _sqs()
        suffix = ".fifo" if fifo else ""
        name = f"work-{uuid4().hex}"
        kind = {"FifoQueue": "true"} if fifo else {}
        self.dead = self.sqs.create_queue(QueueName=f"{name}-dead{suffix}", Attributes=kind)["QueueUrl"]
        dead_arn = self.sqs.get_queue_attributes(QueueUrl=self.dead, AttributeNames=["QueueArn"])
        policy = {"deadLetterTargetArn": dead_arn["Attributes"]["QueueArn"], "maxReceiveCount": most_receives}
        self.url = self.sqs.create_queue(
            QueueName=f"{name}{suffix}",
            Attributes={**kind, "VisibilityTimeout": str(hidden_for), "RedrivePolicy": json.dumps(policy)},
        )["QueueUrl"]
        self.contexts: list[Any] = []
        self.app = Chalice("world")

        @self.app.on_sqs_message(queue=f"{name}{suffix}", **{"batch_size": 10, **options})
        def work(event: Any) -> Any:
            self.contexts.append(event.context)
            return handle(event.to_dict()["Records"])

    @cached_property
    def pump(self) -> Pump:
        return Pump(self.app)

    def send(self, *bodies: str, **arguments: Any) -> None:
        for body in bodies:
            self.sqs.send_message(QueueUrl=self.url, MessageBody=body, **arguments)

    def send_grouped(self, group: str, *bodies: str) -> None:
        for body in bodies:
            self.send(body, MessageGroupId=group, MessageDeduplicationId=uuid4().hex)

    def dead_bodies(self) -> list[str]:
        answer = self.sqs.receive_message(QueueUrl=self.dead, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        return [message["Body"] for message in answer.get("Messages", [])]

    @contextmanager
    def running(self) -> Iterator[None]:
        self.pump.start()
        try:
            yield
        finally:
            assert self.pump.stop(_PATIENCE_SECONDS)


def _eventually(condition: Callable[[], bool], *, within: float) -> bool:
    deadline = monotonic() + within
    while not condition() and monotonic() < deadline:
        sleep(0.01)
    return condition()


def test_a_handler_gets_lambdas_event_and_context() -> None:
    records: list[dict[str, Any]] = []
    world = World(records.extend)
    attributes = {
        "kind": {"DataType": "String", "StringValue": "x"},
        "blob": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    world.send("hello", MessageAttributes=attributes)
    world.pump.drain()
    record = records[0]
    assert record["body"] == "hello"
    assert record["md5OfBody"] == "5d41402abc4b2a76b9719d911017c592"
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"].startswith("arn:aws:sqs:")
    assert record["messageAttributes"]["kind"]["stringValue"] == "x"
    assert record["messageAttributes"]["blob"]["binaryValue"] == "AP8="
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert int(record["attributes"]["SentTimestamp"]) <= time() * 1000
    assert world.contexts[0].function_name == "work"
    assert 0 < world.contexts[0].get_remaining_time_in_millis() <= 60_000


def test_what_succeeds_is_deleted() -> None:
    world = World(lambda _: None)
    world.send("a", "b", "c")
    drained = world.pump.drain()
    assert (drained.succeeded, drained.failed, drained.hidden) == (3, 0, {})


def test_only_the_messages_reported_as_failed_come_again() -> None:
    seen: list[tuple[str, str]] = []

    def handle(records: list[dict[str, Any]]) -> Any:
        seen.extend((record["body"], record["attributes"]["ApproximateReceiveCount"]) for record in records)
        failing = [record["messageId"] for record in records if record["body"] == "bad"]
        return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in failing]}

    world = World(handle, hidden_for=1)
    world.send("good", "bad", "fine")
    world.pump.drain(_PATIENCE_SECONDS, hidden_seconds=_PATIENCE_SECONDS)
    assert sorted(seen) == [("bad", "1"), ("bad", "2"), ("fine", "1"), ("good", "1")]


def test_an_exception_fails_the_whole_batch_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[str] = []

    def handle(records: list[dict[str, Any]]) -> None:
        seen.extend(record["body"] for record in records)
        raise RuntimeError("handler broke")

    world = World(handle)
    world.send("a", "b")
    with caplog.at_level(logging.ERROR, logger="spacegarden.local.queues.pump"):
        drained = world.pump.drain()
    assert (drained.succeeded, drained.failed) == (0, 2)
    assert list(drained.hidden.values()) == [2]
    assert "handler broke" in caplog.text
    assert caplog.records[0].__dict__["handler"] == "work"


def test_a_message_that_keeps_failing_goes_to_the_dead_letter_queue() -> None:
    counts: list[str] = []

    def handle(records: list[dict[str, Any]]) -> None:
        counts.extend(record["attributes"]["ApproximateReceiveCount"] for record in records)
        raise RuntimeError("always")

    world = World(handle, hidden_for=1)
    world.send("poison")
    drained = world.pump.drain(_PATIENCE_SECONDS, hidden_seconds=_PATIENCE_SECONDS)
    assert counts == ["1", "2"]
    assert drained.hidden == {}
    assert world.dead_bodies() == ["poison"]


def test_a_fifo_group_is_handled_in_order_by_several_pollers() -> None:
    seen: dict[str, list[str]] = {"left": [], "right": []}

    def handle(records: list[dict[str, Any]]) -> None:
        for record in records:
            seen[record["attributes"]["MessageGroupId"]].append(record["body"])
            sleep(0.002)

    world = World(handle, fifo=True, batch_size=3, maximum_concurrency=4)
    numbers = [str(number) for number in range(25)]
    with world.running():
        for number in numbers:
            world.send_grouped("left", number)
            world.send_grouped("right", number)
        assert _eventually(lambda: sum(map(len, seen.values())) == 50, within=_PATIENCE_SECONDS)
    assert seen == {"left": numbers, "right": numbers}


def test_a_failed_fifo_message_holds_back_its_group_alone() -> None:
    seen: list[str] = []

    def handle(records: list[dict[str, Any]]) -> Any:
        seen.append(records[0]["body"])
        failed = records[0]["body"] == "left-1" and "right-1" not in seen
        return {"batchItemFailures": [{"itemIdentifier": records[0]["messageId"]}] if failed else []}

    world = World(handle, fifo=True, hidden_for=1, most_receives=1000, batch_size=1)
    world.send_grouped("left", "left-1", "left-2")
    world.send_grouped("right", "right-1")
    world.pump.drain(_PATIENCE_SECONDS, hidden_seconds=_PATIENCE_SECONDS)
    tries = seen.count("left-1")
    assert tries >= 2
    assert [body for body in seen if body.startswith("left")] == ["left-1"] * tries + ["left-2"]


def test_a_drain_leaves_hidden_messages_unless_told_to_wait() -> None:
    seen: list[str] = []
    world = World(lambda records: seen.extend(record["body"] for record in records))
    world.send("later", DelaySeconds=3)
    assert list(world.pump.drain().hidden.values()) == [1]
    assert seen == []
    assert world.pump.drain(_PATIENCE_SECONDS, hidden_seconds=_PATIENCE_SECONDS).hidden == {}
    assert seen == ["later"]


def test_a_drain_that_never_ends_says_so() -> None:
    world: World

    def handle(records: list[dict[str, Any]]) -> None:
        world.send(*(record["body"] for record in records))

    world = World(handle)
    world.send("again")
    with pytest.raises(DrainTimedOut, match="work-"):
        world.pump.drain(timeout_seconds=0.3)


def test_at_most_so_many_batches_are_in_work_as_the_handler_allows() -> None:
    lock, in_work, most = threading.Lock(), 0, 0
    together = threading.Barrier(3)

    def handle(_: list[dict[str, Any]]) -> None:
        nonlocal in_work, most
        with lock:
            in_work += 1
            most = max(most, in_work)
        together.wait(_PATIENCE_SECONDS)
        with lock:
            in_work -= 1

    world = World(handle, batch_size=1, maximum_concurrency=3)
    world.send(*map(str, range(12)))
    with world.running():
        assert _eventually(lambda: len(world.contexts) == 12, within=_PATIENCE_SECONDS)
    assert most == 3


def test_a_message_is_handled_soon_after_it_was_sent() -> None:
    delays: list[float] = []
    world = World(lambda records: delays.extend(time() - float(record["body"]) for record in records))
    with world.running():
        for _ in range(40):
            world.send(str(time()))
            sleep(0.01)
        assert _eventually(lambda: len(delays) == 40, within=_PATIENCE_SECONDS)
    # Not when a long poll ends: the best half, since the machine may be busy with something else.
    assert sorted(delays)[19] < 5


def test_a_poller_survives_a_handler_that_raises() -> None:
    seen: list[str] = []

    def handle(records: list[dict[str, Any]]) -> None:
        seen.append(records[0]["body"])
        if records[0]["body"] == "bad":
            raise SystemExit(1)

    world = World(handle, batch_size=1, maximum_concurrency=2)
    with world.running():
        world.send("bad", "good")
        assert _eventually(lambda: "good" in seen, within=_PATIENCE_SECONDS)


def test_an_idle_pump_costs_little_and_stops_without_waiting_out_its_poll() -> None:
    world = World(lambda _: None)
    world.pump.start()
    sleep(0.2)
    cpu, started = process_time(), monotonic()
    sleep(2)
    assert (process_time() - cpu) / (monotonic() - started) < 0.03
    stopping = monotonic()
    assert world.pump.stop(_PATIENCE_SECONDS)
    assert monotonic() - stopping < 15  # a long poll that nobody interrupts lasts twenty seconds


def test_a_stopped_pump_lets_the_batch_in_work_finish() -> None:
    finished: list[str] = []

    def handle(records: list[dict[str, Any]]) -> None:
        sleep(0.5)
        finished.append(records[0]["body"])

    world = World(handle)
    world.send("slow")
    world.pump.start()
    assert _eventually(lambda: bool(world.contexts), within=_PATIENCE_SECONDS)
    assert world.pump.stop(_PATIENCE_SECONDS)
    assert finished == ["slow"]
    assert world.pump.drain().hidden == {}


def _scheduled(expression: Any, handle: Callable[[Any], Any]) -> Chalice:
    app = Chalice("scheduled")

    @app.schedule(expression)
    def sweep(event: Any) -> Any:
        return handle(event)

    return app


def test_a_tick_runs_the_schedule_once_and_gives_back_its_answer() -> None:
    pump = Pump(_scheduled(Rate(1, unit=Rate.MINUTES), lambda event: event.to_dict()))
    event = pump.tick("sweep")
    assert event["source"] == "aws.events"
    assert event["detail-type"] == "Scheduled Event"


def test_a_tick_of_an_unknown_schedule_is_refused() -> None:
    with pytest.raises(UnknownSchedule, match="other"):
        Pump(_scheduled("rate(1 minute)", print)).tick("other")


def test_a_schedule_runs_at_its_scaled_period_and_survives_failures() -> None:
    ticks: list[float] = []

    def handle(_: Any) -> None:
        ticks.append(monotonic())
        raise RuntimeError("a sweep failed")

    pump = Pump(_scheduled("rate(1 minute)", handle), seconds_scale=0.005)
    assert pump.schedules[0].period_seconds == pytest.approx(0.3)
    started = monotonic()
    pump.start()
    assert _eventually(lambda: len(ticks) >= 3, within=_PATIENCE_SECONDS)
    assert pump.stop(_PATIENCE_SECONDS)
    assert all(tick - started >= 0.3 * number - 0.01 for number, tick in enumerate(ticks, start=1))


@pytest.mark.parametrize(
    ("expression", "scale", "seconds"),
    [
        ("rate(1 minute)", 1.0, 60),
        ("rate(5 minutes)", 1.0, 300),
        (Rate(2, unit=Rate.HOURS), 1.0, 7200),
        (Rate(1, unit=Rate.DAYS), 0.001, 86.4),
        ("rate(1 minute)", 0.001, 0.25),
    ],
)
def test_a_rate_is_scaled_with_a_floor(expression: Any, scale: float, seconds: float) -> None:
    pump = Pump(_scheduled(expression, print), seconds_scale=scale)
    assert pump.schedules[0].period_seconds == pytest.approx(seconds)


@pytest.mark.parametrize(
    "expression", ["cron(0 10 * * ? *)", "rate(0 minutes)", "often", Cron(0, 10, "*", "*", "?", "*")]
)
def test_a_schedule_that_is_no_rate_is_refused_by_name(expression: Any) -> None:
    with pytest.raises(UnsupportedSchedule, match="sweep"):
        Pump(_scheduled(expression, print))


def test_a_queue_of_the_template_is_found_by_its_logical_id() -> None:
    app = Chalice("template")
    reference: Any = {"Fn::GetAtt": ["WorkQueue", "Arn"]}
    app.on_sqs_message(queue_arn=reference, name="work")(print)
    assert Pump(app, queue_names={"WorkQueue": "spacegarden-dev-work"}).queues[0].queue_name == "spacegarden-dev-work"
    with pytest.raises(UnknownQueue, match="work"):
        Pump(app)


def test_middleware_runs_for_every_batch_when_the_first_ones_come_together() -> None:
    wrapped: list[str] = []
    world = World(lambda _: sleep(0.05), batch_size=1, maximum_concurrency=4)

    @world.app.middleware("sqs")
    def note(event: Any, get_response: Callable[[Any], Any]) -> Any:
        wrapped.append("seen")
        return get_response(event)

    world.send(*map(str, range(8)))
    with world.running():
        assert _eventually(lambda: len(world.contexts) == 8, within=_PATIENCE_SECONDS)
    assert len(wrapped) == 8


@pytest.mark.parametrize(
    ("outcome", "failed"),
    [
        (None, set()),
        ("done", set()),
        ({}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": None}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "1"}]}, {"1"}),
        ({"batchItemFailures": [{"itemIdentifier": "3"}]}, {"1", "2"}),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, {"1", "2"}),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, {"1", "2"}),
        ({"batchItemFailures": [{"id": "1"}]}, {"1", "2"}),
        ({"batchItemFailures": ["1"]}, {"1", "2"}),
        ({"batchItemFailures": "1"}, {"1", "2"}),
        ({"batchItemFailures": [{"itemIdentifier": ["1"]}]}, {"1", "2"}),
        (object(), {"1", "2"}),
    ],
)
def test_a_handlers_answer_is_read_as_lambda_reads_it(outcome: object, failed: set[str]) -> None:
    assert failed_ids(outcome, ["1", "2"]) == failed
