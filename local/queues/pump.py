"""The queue pump: runs the SQS and schedule handlers of a Chalice app on this machine, as Lambda would.

A batch is received, handed to the handler and deleted; the messages that the handler reports as failed stay,
and so does the whole batch when it raises. What stays is delivered again when its visibility time-out ends,
and moved to the dead-letter queue by the queue's own redrive policy. Differences from Lambda: a schedule
never overlaps itself, batches are not held back to fill up, and no handler is ended by force.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import lru_cache
from os import environ
from threading import Event, Lock, Thread
from time import monotonic, sleep
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from chalice.app import Chalice

from chalicelib.core.logging import logger
from local.engine import REGION, Engine, start_engine
from local.queues.event_sources import QueueSource, ScheduleSource, queue_sources, schedule_sources
from local.queues.lambda_events import LambdaContext, failed_ids, schedule_event, sqs_event

_log = logger("local.queues.pump")
_RECEIVE_LIMIT = 10
_DRAIN_PAUSE_SECONDS = 0.02
_AFTER_ENGINE_FAULT_SECONDS = 1.0


@lru_cache(maxsize=1)
def _session() -> botocore.session.Session:
    # Kept for the next pump of this process: reading a service's model takes a tenth of a second.
    return botocore.session.get_session()


class DrainTimedOut(Exception):
    """Messages that could be received remained when the time for a drain was over."""


class UnknownSchedule(Exception):
    """The app has no schedule handler of that name."""


@dataclass
class Drained:
    """The result of a drain, by queue: messages that succeeded, failed tries, and messages that stayed hidden."""

    succeeded: int = 0
    failed: int = 0
    hidden: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Outcome:
    succeeded: int
    failed: int


@dataclass(frozen=True)
class _Address:
    url: str
    arn: str


class _Line:
    """The pollers of a queue: one receives, the others wait for their turn or process a batch."""

    def __init__(self) -> None:
        self._turn, self._lock = Lock(), Lock()
        self._waiting, self._made = 0, 1

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Lasts as long as it is this poller's turn."""
        with self._lock:
            self._waiting += 1
        with self._turn:
            with self._lock:
                self._waiting -= 1
            yield

    def wants_another(self, at_most: int) -> int | None:
        """The number of a poller that is to be started, since none waits; None if one waits, or if there are enough."""
        with self._lock:
            if self._waiting or self._made >= at_most:
                return None
            self._made += 1
            return self._made - 1


class Pump:
    """Runs an app's queue and schedule handlers, in the background (`start`, `stop`) or step by step.

    The queues must exist. `concurrency` is the number of batches in work at once for a queue whose handler
    states none; `timeout_seconds` is what a handler's context counts down from.
    """

    def __init__(
        self,
        app: Chalice,
        *,
        engine: Engine | None = None,
        seconds_scale: float = 1.0,
        queue_names: Mapping[str, str] | None = None,
        concurrency: int = 2,
        timeout_seconds: float = 60,
    ) -> None:
        self._engine = engine or start_engine()
        self.queues: Sequence[QueueSource] = queue_sources(app, queue_names=queue_names, concurrency=concurrency)
        self.schedules: Sequence[ScheduleSource] = schedule_sources(app, seconds_scale=seconds_scale)
        self._timeout_seconds = timeout_seconds
        self._region = environ.get("AWS_DEFAULT_REGION", REGION)
        threads = sum(source.concurrency for source in self.queues)
        self._sqs: Any = _session().create_client(
            "sqs",
            region_name=self._region,
            config=Config(
                read_timeout=self._engine.long_poll_seconds + 10,
                max_pool_connections=threads + 8,
                retries={"mode": "standard"},
            ),
        )
        self._addresses: dict[str, _Address] = {}
        self._stopping = Event()
        self._threads: list[Thread] = []
        self._spawning = Lock()

    # In the background

    def start(self) -> None:
        """Starts the pollers and the clocks; raises if a queue does not exist."""
        for queue in self.queues:
            self._address(queue)
        self._stopping.clear()
        for queue in self.queues:
            self._spawn(f"{queue.name}-0", self._poll, queue, _Line())
        for schedule in self.schedules:
            self._spawn(schedule.name, self._keep_time, schedule)

    def stop(self, timeout_seconds: float = 2.0) -> bool:
        """Lets the handlers that are running finish, starts no new ones; True if all had finished in time."""
        self._stopping.set()
        deadline = monotonic() + timeout_seconds
        while any(thread.is_alive() for thread in self._threads) and monotonic() < deadline:
            # Again and again, since a poller may begin its wait just after an interruption.
            self._engine.interrupt_long_polls()
            for thread in self._threads:
                thread.join(0.02)
        stopped = not any(thread.is_alive() for thread in self._threads)
        self._threads.clear()
        return stopped

    def _spawn(self, name: str, target: Any, *arguments: object) -> None:
        # Daemons, so that a handler that hangs cannot keep the process from ending.
        thread = Thread(target=target, args=arguments, name=f"pump-{name}", daemon=True)
        with self._spawning:
            self._threads.append(thread)
        thread.start()

    def _poll(self, queue: QueueSource, line: "_Line") -> None:
        # One poller of a queue waits at a time and the others stand in line, so an idle queue costs one long
        # poll. A poller that leaves with messages starts another if none is in line, up to the queue's concurrency.
        while not self._stopping.is_set():
            try:
                with line.turn():
                    messages = [] if self._stopping.is_set() else self._receive(queue, self._engine.long_poll_seconds)
                if messages and self._stopping.is_set():
                    self._give_back(queue, messages)
                elif messages:
                    if (number := line.wants_another(queue.concurrency)) is not None:
                        self._spawn(f"{queue.name}-{number}", self._poll, queue, line)
                    self._run_batch(queue, messages)
            except (BotoCoreError, ClientError) as error:
                _log.error("queue unreachable", extra={"queue": queue.queue_name, "why": str(error)})
                self._stopping.wait(_AFTER_ENGINE_FAULT_SECONDS)
            except Exception:
                _log.exception("poller failed", extra={"queue": queue.queue_name})
                self._stopping.wait(_AFTER_ENGINE_FAULT_SECONDS)

    def _keep_time(self, schedule: ScheduleSource) -> None:
        due = monotonic() + schedule.period_seconds
        while not self._stopping.wait(max(0.0, due - monotonic())):
            try:
                self._run_schedule(schedule)
            except (Exception, SystemExit):
                _log.exception("schedule handler failed", extra={"handler": schedule.name})
            due = max(due + schedule.period_seconds, monotonic())

    # Step by step

    def drain(self, timeout_seconds: float = 10.0, *, hidden_seconds: float = 0.0) -> Drained:
        """Runs the queues' handlers in this thread until no message can be received, and gives the result.

        It waits for hidden messages (delayed, in work elsewhere, or failed and within their visibility time-out) until
        none has become visible for `hidden_seconds`, and counts those that are still hidden. Raises `DrainTimedOut` if
        messages that can be received remain after `timeout_seconds`.
        """
        drained = Drained()
        deadline = monotonic() + timeout_seconds
        patience_ends = monotonic() + hidden_seconds
        while True:
            receivable, drained.hidden = self._counts()
            progress = False
            for queue in receivable:
                if monotonic() > deadline:
                    names = ", ".join(source.queue_name for source in receivable)
                    raise DrainTimedOut(f"After {timeout_seconds} s messages remain in {names}.")
                if messages := self._receive(queue, 0):
                    outcome = self._run_batch(queue, messages)
                    drained.succeeded += outcome.succeeded
                    drained.failed += outcome.failed
                    progress = True
            if progress:
                patience_ends = monotonic() + hidden_seconds
            elif not (drained.hidden or receivable) or monotonic() >= min(patience_ends, deadline):
                return drained
            else:
                # What is counted as receivable but is not given waits for an earlier message of its FIFO
                # group.
                sleep(_DRAIN_PAUSE_SECONDS)

    def tick(self, schedule_name: str) -> Any:
        """Runs one schedule handler once in this thread; gives or raises what the handler does."""
        for schedule in self.schedules:
            if schedule.name == schedule_name:
                return self._run_schedule(schedule)
        raise UnknownSchedule(schedule_name)

    def _counts(self) -> tuple[list[QueueSource], dict[str, int]]:
        receivable: list[QueueSource] = []
        hidden: dict[str, int] = {}
        for queue in self.queues:
            url = self._address(queue).url
            answer = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            if int(answer["ApproximateNumberOfMessages"]):
                receivable.append(queue)
            number = int(answer["ApproximateNumberOfMessagesDelayed"]) + int(
                answer["ApproximateNumberOfMessagesNotVisible"]
            )
            if number:
                hidden[queue.queue_name] = number
        return receivable, hidden

    # Both

    def _address(self, queue: QueueSource) -> _Address:
        if queue.queue_name not in self._addresses:
            url = self._sqs.get_queue_url(QueueName=queue.queue_name)["QueueUrl"]
            answer = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
            self._addresses[queue.queue_name] = _Address(url, answer["Attributes"]["QueueArn"])
        return self._addresses[queue.queue_name]

    def _receive(self, queue: QueueSource, wait_seconds: int) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = []
        while len(messages) < queue.batch_size:
            answer = self._sqs.receive_message(
                QueueUrl=self._address(queue).url,
                MaxNumberOfMessages=min(_RECEIVE_LIMIT, queue.batch_size - len(messages)),
                WaitTimeSeconds=0 if messages else wait_seconds,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            messages.extend(answer)
            if len(answer) < _RECEIVE_LIMIT:
                break
        return messages

    def _run_batch(self, queue: QueueSource, messages: Sequence[Mapping[str, Any]]) -> _Outcome:
        context = LambdaContext(queue.name, timeout_seconds=self._timeout_seconds, region=self._region)
        event = sqs_event(messages, queue_arn=self._address(queue).arn, region=self._region)
        ids = [str(message["MessageId"]) for message in messages]
        try:
            # A copied context, so that what a handler binds to its log lines ends with it.
            outcome = copy_context().run(queue.handler, event, context)
        except (Exception, SystemExit):
            _log.exception("queue handler failed", extra={"handler": queue.name, "messages": ids})
            failed = set(ids)
        else:
            failed = failed_ids(outcome, ids)
            if failed:
                _log.warning("messages failed", extra={"handler": queue.name, "messages": sorted(failed)})
        self._delete(queue, [message for message in messages if message["MessageId"] not in failed])
        return _Outcome(succeeded=len(ids) - len(failed), failed=len(failed))

    def _delete(self, queue: QueueSource, messages: Sequence[Mapping[str, Any]]) -> None:
        for start in range(0, len(messages), _RECEIVE_LIMIT):
            self._sqs.delete_message_batch(
                QueueUrl=self._address(queue).url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                    for number, message in enumerate(messages[start : start + _RECEIVE_LIMIT])
                ],
            )

    def _give_back(self, queue: QueueSource, messages: Sequence[Mapping[str, Any]]) -> None:
        for message in messages:
            self._sqs.change_message_visibility(
                QueueUrl=self._address(queue).url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )

    def _run_schedule(self, schedule: ScheduleSource) -> Any:
        context = LambdaContext(schedule.name, timeout_seconds=self._timeout_seconds, region=self._region)
        return copy_context().run(schedule.handler, schedule_event(schedule.name, region=self._region), context)
