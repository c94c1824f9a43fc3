"""A deployed stage's lanes: events come at a rate, Lambda starts workers on batches of ten, receivers answer or hang.

What runs is the task of the queues, `tasks.deliver`, with all that it decides. Played are the rows (each request takes
2 ms), the two queues, Lambda, and the receivers. Each worker has a process of its own and remembers for itself.
"""

import heapq
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest

from chalicelib.core import cache, clock, retrying, transactions
from chalicelib.core.cache import TtlCache
from chalicelib.core.egress.exchange import ErrorKind, Exchange
from chalicelib.core.queues import Message, Queue
from chalicelib.core.settings import settings
from chalicelib.webhooks import breaker, tasks
from chalicelib.webhooks.breaker import Health
from chalicelib.webhooks.crowding import Work
from chalicelib.webhooks.models.deliveries import DeliveryRow
from chalicelib.webhooks.models.endpoints import EndpointRow
from chalicelib.webhooks.models.events import EventRow
from chalicelib.webhooks.queues import FAST, SLOW, deliver_message, workers_of
from chalicelib.webhooks.repository import deliveries as delivery_rows
from chalicelib.webhooks.repository import endpoints as endpoint_rows
from chalicelib.webhooks.repository import events as event_rows
from chalicelib.webhooks.repository import health as health_rows
from chalicelib.webhooks.repository import workers as worker_rows
from chalicelib.webhooks.service import closures, deliverer, endpoints, lanes, notices, recoveries, statistics
from chalicelib.webhooks.service.statistics import Attempted
from chalicelib.webhooks.signing import first_secret, new_secret
from tests.webhooks.simulated.virtual_time import VirtualThreads, VirtualTime

REQUEST_SECONDS = 0.002
QUEUE_SECONDS = 0.01
BATCH = 10
_RAMP_WORKERS, _RAMP_A_SECOND = 5, 5.0  # how many Lambda has for a queue at first, and how many more it starts

# A task loads these by need. One that was loaded while a stage stands would keep the stage's transactions.
LOADED_BY_NEED = (closures, notices, recoveries)

EVENT = EventRow("", "", id="evt_1", origin="", content="{}")

R = TypeVar("R", DeliveryRow, EndpointRow)
_worker: ContextVar[int] = ContextVar("worker")


@dataclass
class Receiver:
    """How an endpoint answers: after so many seconds, or never."""

    seconds: float | None

    def answer(self, time: VirtualTime, deadline: float) -> Exchange:
        """One call."""
        begun = time.seconds
        time.sleep(deadline if self.seconds is None else min(self.seconds, deadline))
        latency = round((time.seconds - begun) * 1000)
        if self.seconds is None or self.seconds > deadline:
            return Exchange(None, {}, b"", ErrorKind.TIMEOUT, latency, 0)
        return Exchange(204, {}, b"", None, latency, 0)


@dataclass
class Lane:
    """A queue and its workers."""

    queue: Queue
    waiting: list[tuple[float, int, Message]] = field(default_factory=list)
    idle: list[int] = field(default_factory=list)
    busy: int = 0
    most_busy: int = 0
    alarm: float | None = None


class Stage:
    """The stage. `warm` where all workers are there from the beginning, else they come by Lambda's ramp."""

    def __init__(self, *, warm: bool, seed: int = 1) -> None:
        self.time = VirtualTime()
        self.random = random.Random(seed)
        self.threads = VirtualThreads(self.time)
        self.lanes = {
            queue: Lane(queue, idle=[number + 1000 * (queue == SLOW) for number in range(workers_of(queue))])
            for queue in (FAST, SLOW)
        }
        self.receivers: dict[str, Receiver] = {}
        self.endpoints: dict[str, EndpointRow] = {}
        self.deliveries: dict[str, DeliveryRow] = {}
        self.works: dict[str, dict[str, Work]] = defaultdict(dict)
        self.calls: dict[str, list[float]] = defaultdict(list)  # when a delivery's calls ended, by its id
        self.committed: dict[str, float] = {}
        self.remembered: dict[Any, Any] = {}
        self._warm = warm
        self._sent = 0

    def endpoint(self, origin: str, seconds: float | None, **fields: Any) -> EndpointRow:
        """A new endpoint."""
        name = f"ep_{len(self.endpoints):020}"
        values: dict[str, Any] = {
            "event_types": [],
            "schedule": "standard",
            "enabled": True,
            "secrets": first_secret(new_secret()),
        }
        values |= {"id": name, "origin": origin, "url": f"https://{name}.example", "created_at": clock.now(), **fields}
        self.endpoints[name] = EndpointRow(origin, name, **values)
        self.receivers[name] = Receiver(seconds)
        return self.endpoints[name]

    def record(self, endpoint: EndpointRow) -> str:
        """One event for an endpoint, as `emit` lays it out."""
        delivery_id = f"dlv_{len(self.deliveries):020}"
        at = clock.now()
        self.deliveries[delivery_id] = DeliveryRow(
            endpoint.origin,
            delivery_id,
            id=delivery_id,
            origin=endpoint.origin,
            endpoint_id=endpoint.id,
            event_id=EVENT.id,
            event_type="a.b",
            test=False,
            status="scheduled",
            created_at=at,
            next_attempt_at=at,
            due_at=at + timedelta(minutes=2),
        )
        self.committed[delivery_id] = self.time.seconds
        row = self.endpoints[endpoint.id]
        is_slow = row.known_health.in_trouble or row.is_slow(at=clock.epoch_micros(at))
        self.send(
            [
                (
                    SLOW if is_slow else FAST,
                    deliver_message(endpoint.origin, delivery_id, endpoint_id=endpoint.id, event_id=EVENT.id),
                )
            ]
        )
        return delivery_id

    def send(self, messages: Any) -> int:
        """In place of `send_best_effort`."""
        count = 0
        for queue, message in messages:
            lane = self.lanes[queue]
            self._sent += 1
            shown = self.time.seconds + QUEUE_SECONDS + message.delay_seconds
            heapq.heappush(lane.waiting, (shown, self._sent, message))
            self._look_at(lane, shown)
            count += 1
        return count

    def traffic(self, events_a_second: float, to: Sequence[EndpointRow], *, until: float) -> None:
        """Events at random moments, each for one of these endpoints in turn."""

        def go() -> None:
            number = self.random.randrange(len(to))
            while True:
                self.time.sleep(self.random.expovariate(events_a_second))
                if self.time.seconds > until:
                    return
                self.record(to[number % len(to)])
                number += 1

        self.time.spawn(go)

    def waits(self, origins: str, *, since: float = 0.0, until: float = 1e9, now: float) -> list[float]:
        """From commit to the end of the first call, of partners whose name begins so; what waits still, until now."""
        return sorted(
            self.calls[delivery_id][0] - at if delivery_id in self.calls else now - at
            for delivery_id, at in self.committed.items()
            if since <= at < until and self.deliveries[delivery_id].origin.startswith(origins)
        )

    def _look_at(self, lane: Lane, at: float) -> None:
        if lane.alarm is None or at < lane.alarm:
            lane.alarm = at
            self.time.spawn(lambda: self._start_workers(lane, at), after=max(0.0, at - self.time.seconds))

    def _start_workers(self, lane: Lane, alarm: float) -> None:
        if lane.alarm != alarm:
            return  # somebody looked earlier, and set another
        lane.alarm = None
        now = self.time.seconds + 1e-6  # sums of seconds are not exact
        while lane.idle and lane.waiting and lane.waiting[0][0] <= now and lane.busy < self._width(lane):
            batch: list[tuple[float, int, Message]] = []
            while lane.waiting and lane.waiting[0][0] <= now and len(batch) < BATCH:
                batch.append(heapq.heappop(lane.waiting))
            worker = lane.idle.pop(self.random.randrange(len(lane.idle)))
            lane.busy += 1
            lane.most_busy = max(lane.busy, lane.most_busy)
            self.time.spawn(partial(self._run, lane, worker, batch))
        if lane.waiting and lane.idle:
            # Lambda has as many as it may start just now, or nothing is to be seen yet.
            self._look_at(lane, max(lane.waiting[0][0], now + 0.1 if lane.waiting[0][0] <= now else 0.0))

    def _width(self, lane: Lane) -> float:
        return workers_of(lane.queue) if self._warm else _RAMP_WORKERS + _RAMP_A_SECOND * self.time.seconds

    def _run(self, lane: Lane, worker: int, messages: Sequence[tuple[float, int, Message]]) -> None:
        _worker.set(worker)
        records = [
            {
                "messageId": str(number),
                "body": message.encode(),
                "attributes": {
                    "SentTimestamp": str(clock.epoch_millis(self.time.moment(shown - message.delay_seconds))),
                    "ApproximateReceiveCount": "1",
                },
            }
            for shown, number, message in messages
        ]
        assert tasks.deliver({"Records": records}, lane.queue) == {"batchItemFailures": []}
        lane.busy -= 1
        lane.idle.append(worker)
        if lane.waiting:
            self._look_at(lane, self.time.seconds)


class _OfEachWorker:
    """One thing for each worker's process in place of one for this process."""

    def __init__(self, stage: Stage, make: Callable[[], Any]) -> None:
        self._stage, self._make = stage, make

    def __getattr__(self, name: str) -> Any:
        place = (id(self), _worker.get())
        if place not in self._stage.remembered:
            self._stage.remembered[place] = self._make()
        return getattr(self._stage.remembered[place], name)


class _Transaction:
    """In place of `Transaction`: what it holds happens at once, or not at all."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.changes: list[Callable[[], None]] = []
        self._messages: list[tuple[Queue, Message]] = []

    def enqueue(self, queue: Queue, message: Message) -> None:
        self._messages.append((queue, message))

    def commit(self) -> None:
        self._stage.time.sleep(REQUEST_SECONDS)
        for change in self.changes:
            change()
        self._stage.send(self._messages)


class _OwnProcess:
    """In place of a line within one process: workers have none in common."""

    def __init__(self, at: object) -> None:
        del at

    def is_reached(self, *, until: float) -> bool:
        del until
        return True

    def leave(self) -> None: ...


class _Egress:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def send(self, request: Any, *, deadline_seconds: float) -> Exchange:
        name = request.url.removeprefix("https://").removesuffix(".example")
        return self._stage.receivers[name].answer(self._stage.time, deadline_seconds)


class _Rows:
    """The rows that a worker reads and writes, each request taking its time."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def _request(self) -> None:
        self._stage.time.sleep(REQUEST_SECONDS)

    def store_work(self, lane: str, work: Work) -> None:
        self._request()
        self._stage.works[lane][work.worker] = work

    def list_work(self, lane: str) -> list[Work]:
        self._request()
        return list(self._stage.works[lane].values())

    def remove_worker(self, lane: str, worker: str) -> None:
        self._stage.works[lane].pop(worker, None)

    def all_endpoints(self, origin: str) -> tuple[EndpointRow, ...]:
        self._request()
        return tuple(_copied(row) for row in self._stage.endpoints.values() if row.origin == origin)

    def find_endpoint(self, origin: str, endpoint_id: str) -> EndpointRow | None:
        del origin
        self._request()
        return _copied(self._stage.endpoints[endpoint_id])

    def find_events(self, addresses: Sequence[tuple[str, str]]) -> list[EventRow]:
        self._request()
        return [EventRow("", "", id=event_id, origin=origin, content=EVENT.content) for origin, event_id in addresses]

    def claim(
        self, origin: str, delivery_id: str, *, token: str, at: datetime, due_by: datetime, lease_until: datetime
    ) -> DeliveryRow | None:
        del origin
        self._request()
        row = self._stage.deliveries[delivery_id]
        is_due = row.next_attempt_at is not None and row.next_attempt_at <= due_by
        if row.status != "scheduled" or not is_due or (row.lease_until is not None and row.lease_until >= at):
            return None
        row.lease, row.lease_until, row.faults = token, lease_until, row.faults + 1
        return _copied(row)

    def settle(self, transaction: _Transaction, row: DeliveryRow, *, status: str, **more: Any) -> None:
        def change() -> None:
            stored = self._stage.deliveries[row.id]
            if row.attempts_made > stored.attempts_made:
                self._stage.calls[row.id].append(self._stage.time.seconds)
            stored.tries, stored.attempts_made, stored.cleared = row.tries, row.attempts_made, row.cleared
            stored.status, stored.next_attempt_at = status, more["next_attempt_at"]
            stored.lease = stored.lease_until = None
            stored.faults = 0

        transaction.changes.append(change)

    def settle_first(self, row: DeliveryRow) -> bool:
        transaction = _Transaction(self._stage)
        self.settle(transaction, row, status="delivered", next_attempt_at=None)
        transaction.commit()
        return True

    def replace_health(self, row: EndpointRow, health: Health) -> bool:
        self._request()
        stored = self._stage.endpoints[row.id]
        if stored.health_version != row.health_version:
            return False
        stored.health = {} if health == Health() else health._asdict()
        stored.health_version, stored.probe_until = row.health_version + 1, 0
        if health.released_at != row.known_health.released_at:
            stored.released = 0
        return True

    def take_probe(self, row: EndpointRow, *, at: int, until: int) -> bool:
        self._request()
        stored = self._stage.endpoints[row.id]
        if stored.health_version != row.health_version or stored.probe_until >= at:
            return False
        stored.probe_until = until
        return True

    def take_release_number(self, row: EndpointRow) -> int:
        self._request()
        self._stage.endpoints[row.id].released += 1
        return int(self._stage.endpoints[row.id].released)

    def take_place(self, row: EndpointRow, *, at: int, interval: int, ahead: int) -> int | None:
        self._request()
        stored = self._stage.endpoints[row.id]
        begin = max(int(stored.next_place), at)
        if begin > at + ahead:
            return None
        stored.next_place = begin + interval
        return begin

    def mark_slow(self, row: EndpointRow, *, until: int) -> None:
        self._request()
        self._stage.endpoints[row.id].slow_until = until


@contextmanager
def staged(*, warm: bool, width: int = 100) -> Iterator[Stage]:
    """A stage whose fast lane has that many workers and whose slow lane half as many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPACEGARDEN_FAST_WEBHOOK_WORKERS", str(width))
        patch.setenv("SPACEGARDEN_SLOW_WEBHOOK_WORKERS", str(width // 2))
        settings.cache_clear()
        stage = Stage(warm=warm)
        rows, threads = _Rows(stage), stage.threads
        patch.setattr(clock, "datetime", SimpleNamespace(now=stage.time.now))
        patch.setattr(cache, "time", SimpleNamespace(monotonic=stage.time.monotonic))
        patch.setattr(retrying, "time", SimpleNamespace(monotonic=stage.time.monotonic, sleep=stage.time.sleep))
        patch.setattr(retrying, "Place", _OwnProcess)
        patch.setattr(retrying, "is_waited_for", lambda _: False)
        patch.setattr(tasks, "_threads", lambda: threads)
        patch.setattr(lanes, "wait", threads.wait)
        patch.setattr(lanes, "send_best_effort", stage.send)
        patch.setattr(lanes, "_idle_workers", _OfEachWorker(stage, lanes._IdleWorkers))
        patch.setattr(endpoints, "_endpoints", _OfEachWorker(stage, lambda: TtlCache[str, Any](seconds=10)))
        patch.setattr(transactions, "Transaction", lambda: _Transaction(stage))
        patch.setattr(deliverer, "Transaction", lambda: _Transaction(stage))
        patch.setattr(deliverer, "egress", lambda: _Egress(stage))
        patch.setattr(breaker, "notice_due", lambda *_, **__: None)
        patch.setattr(statistics, "count", _count(stage))
        for module, names in (
            (worker_rows, ("store_work", "list_work", "remove_worker")),
            (endpoint_rows, ("all_endpoints", "find_endpoint")),
            (event_rows, ("find_events",)),
            (delivery_rows, ("claim", "settle", "settle_first")),
            (health_rows, ("replace_health", "take_probe", "take_release_number", "take_place", "mark_slow")),
        ):
            for name in names:
                patch.setattr(module, name, getattr(rows, name))
        try:
            yield stage
        finally:
            patch.undo()
            settings.cache_clear()


def _copied(row: R) -> R:
    read = type(row)(row.pk, row.sk)
    read.attribute_values = dict(row.attribute_values)
    return read


def _count(stage: Stage) -> Callable[[Any], None]:
    def count(attempts: Iterator[Attempted]) -> None:
        for _ in {attempt.endpoint_id for attempt in attempts}:
            stage.time.sleep(REQUEST_SECONDS)

    return count
