"""A worker's batch in its lane: once a batch it reads what others have in hand, and stores what it takes itself.

    room                                    the worker calls the endpoint
    no room, or slow, in the fast lane      the message goes to the slow lane, and the row is not touched
    no room in the slow lane                the message comes again in a second, five times
    still none there, or a slow endpoint    the delivery is put off, to a place behind all others that wait

What is stored has a lease, so a worker that dies holds nothing for long. A worker that is done stores that only where
the lane is busy; else its lease ends by itself, or its next batch takes the place. A call that is open after two
seconds is stored again, as slow, and the endpoint is marked: what is recorded for it from then on goes to the slow lane
at once.
"""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, wait
from contextlib import contextmanager
from enum import Enum
from threading import Lock
from typing import Any, NamedTuple

from chalicelib.core.clock import epoch_micros, now
from chalicelib.core.ids import random_token
from chalicelib.core.logging import logger
from chalicelib.core.metrics import emit
from chalicelib.core.queues import Message, Queue, send_best_effort
from chalicelib.webhooks.breaker import SECOND
from chalicelib.webhooks.crowding import (
    FLOW_SECONDS,
    LONG_LEASE,
    SHORT_LEASE,
    SUSPECT_SECONDS,
    Crowd,
    Name,
    Share,
    Work,
)
from chalicelib.webhooks.models.endpoints import EndpointRow
from chalicelib.webhooks.queues import FAST, SLOW, deliver_message, workers_of
from chalicelib.webhooks.repository import health
from chalicelib.webhooks.repository import workers as repository
from chalicelib.webhooks.service.endpoints import endpoint_to_call, forget_endpoints

_log = logger("webhooks.lanes")
_SUSPECT = round(SUSPECT_SECONDS * SECOND)
_FLOW = round(FLOW_SECONDS * SECOND)
_SLOW_FOR = 60 * SECOND  # from its last slow call on
_MOST_RETRIES = 5
_BEHIND = SECOND // 4  # longest wait of messages in a lane that keeps up, clocks that differ a little included
_LONG_DEAD = 600 * SECOND


class Request(NamedTuple):
    """A delivery that a message asks for, and its event, None in a message from before.

    `again` counts how often there was no room for it; `shown_at` is when its message could be received first, in
    microseconds, None where that is not known.
    """

    name: Name
    delivery_id: str
    event_id: str | None
    again: int = 0
    shown_at: int | None = None


class Answered(NamedTuple):
    """When a worker's calls of an endpoint began and ended, in a batch in which they were not slow."""

    name: Name
    begun: int
    ended: int


class Decision(Enum):
    """What is to become of a message."""

    CALL = "call"
    HAND_OVER = "hand over"
    RETRY = "retry"
    POSTPONE = "postpone"


class _Worker:
    """One of this process's workers: Lambda has one, a local run as many as batches at work at once."""

    def __init__(self) -> None:
        self.token = random_token(8)
        self.answered: deque[Answered] = deque(maxlen=100)


class _IdleWorkers:
    """Workers without a batch."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._workers: list[_Worker] = []

    def take(self) -> _Worker:
        with self._lock:
            return self._workers.pop() if self._workers else _Worker()

    def give(self, worker: _Worker) -> None:
        with self._lock:
            self._workers.append(worker)


_idle_workers = _IdleWorkers()


class Batch:
    """One batch of a worker. `requests` are the deliveries that its messages name with their endpoints."""

    def __init__(self, lane: Queue, requests: Collection[Request], threads: Executor) -> None:
        self._lane = lane
        self._worker = _idle_workers.take()
        self._lock = Lock()
        self._open: dict[object, tuple[Name, int]] = {}
        self._marked: set[object] = set()
        self._spans: dict[Name, tuple[int, int]] = {}
        self._has_reported_slow = False
        self._at = epoch_micros(now())
        self._threads = threads
        self._names = {each.name for each in requests}
        self._crowd = self._read_crowd(requests)
        names = list(self._names)
        decided = threads.map(self._decide, names) if len(names) > 1 else map(self._decide, names)
        self._decisions: dict[Name, Decision] = dict(zip(names, decided, strict=True))
        self._claims_too_much = any(decision != Decision.CALL for decision in self._decisions.values())

    def decision(self, request: Request) -> Decision:
        """What to do about a message; in a batch all of an endpoint's go out, or none."""
        decision = self._decisions[request.name]
        if decision == Decision.RETRY and request.again >= _MOST_RETRIES:
            return Decision.POSTPONE
        return decision

    def send_to_slow_lane(self, requests: Sequence[Request]) -> None:
        """Sends what this worker is not to call to the slow lane; a sweep finds what is lost on the way."""
        send_best_effort((SLOW, self._message(each)) for each in requests)
        if requests:
            emit({"deliveries_handed_over": (len(requests), "Count")})

    @contextmanager
    def calling(self, endpoint: EndpointRow) -> Iterator[None]:
        """For as long as a call of the endpoint is open."""
        name, call = Name(endpoint.origin, endpoint.id), object()
        with self._lock:
            self._open[call] = name, epoch_micros(now())
        try:
            yield
        finally:
            with self._lock:
                _, begun = self._open.pop(call)
                first, _ = self._spans.get(name, (begun, 0))
                self._spans[name] = min(first, begun), epoch_micros(now())

    def wait_for_calls(self, under_way: Iterable[Future[Any]]) -> None:
        """Waits until all calls have ended, and reports those that stay open for long."""
        pending = set(under_way)
        if pending and self._claims_too_much:
            self._names = {name for name, decision in self._decisions.items() if decision == Decision.CALL}
            self._claims_too_much = False
            pending.add(self._threads.submit(self._store_work, self._current_work(), until=self._at + SHORT_LEASE))
        while pending:
            _, pending = wait(pending, timeout=self._seconds_until_next_slow())
            if pending:
                self._report_slow_calls()

    def end(self) -> None:
        """Ends the batch; stores that where others need to know."""
        at = epoch_micros(now())
        for name, (begun, ended) in self._spans.items():
            if ended - begun < _SUSPECT:
                self._worker.answered.append(Answered(name, begun, ended))
        if self._names and (self._has_reported_slow or self._claims_too_much or self._crowd.is_busy):
            self._names = set()
            self._store_work(self._current_work(), until=at)
        _idle_workers.give(self._worker)

    def _read_crowd(self, requests: Collection[Request]) -> Crowd:
        work = self._current_work()
        if not requests:
            return Crowd(work, [], width=workers_of(self._lane), at=self._at)
        # Stored before the others are read: of workers that begin at the same moment each sees all others.
        self._store_work(work, until=self._at + SHORT_LEASE)
        others = self._list_work()
        for each in others:
            if each.until < self._at - _LONG_DEAD:
                repository.remove_worker(self._lane.name, each.worker)
        shown = [each.shown_at for each in requests if each.shown_at is not None]
        is_behind = bool(shown) and self._at - max(shown) > _BEHIND
        return Crowd(work, others, width=workers_of(self._lane), at=self._at, is_behind=is_behind)

    def _message(self, request: Request) -> Message:
        again = 0 if self.decision(request) == Decision.HAND_OVER else request.again + 1
        return deliver_message(
            request.name.origin,
            request.delivery_id,
            endpoint_id=request.name.endpoint_id,
            event_id=request.event_id,
            again=again,
            delay_seconds=seconds_until(again),
        )

    def _decide(self, name: Name) -> Decision:
        endpoint = _known_endpoint(name)
        is_slow = self._crowd.is_slow(name) or (endpoint is not None and endpoint.is_slow(at=self._at))
        if self._lane == FAST:
            return Decision.HAND_OVER if is_slow or not self._crowd.has_room(name) else Decision.CALL
        is_trusted = not is_slow and endpoint is not None and not endpoint.known_health.in_trouble
        if self._crowd.has_room(name, is_trusted=is_trusted):
            return Decision.CALL
        return Decision.RETRY if is_trusted else Decision.POSTPONE

    def _seconds_until_next_slow(self) -> float:
        with self._lock:
            begun = [since for call, (_, since) in self._open.items() if call not in self._marked]
        waited = epoch_micros(now()) - min(begun) if begun else 0
        return max(0.01, (_SUSPECT - waited) / SECOND)

    def _report_slow_calls(self) -> None:
        at = epoch_micros(now())
        with self._lock:
            found = {call: name for call, (name, since) in self._open.items() if at - since >= _SUSPECT}
            names = {name for call, name in found.items() if call not in self._marked}
            self._marked.update(found)
        if not names:
            return
        self._has_reported_slow = True
        self._store_work(self._current_work(slow=set(found.values())), until=at + LONG_LEASE)
        for name in names:
            mark_slow(name)

    def _current_work(self, *, slow: Collection[Name] = ()) -> Work:
        """What this worker has in hand: all of the batch, or where some of it is slow, that alone."""
        at = epoch_micros(now())
        lately = [each for each in self._worker.answered if each.ended > at - _FLOW]
        since = min((each.begun for each in lately), default=at)
        flow: defaultdict[Name, float] = defaultdict(float)
        for each in lately:
            flow[each.name] += (each.ended - each.begun) / max(1, at - since)
        in_hand = slow or self._names
        shares = {
            name: Share(name in in_hand, name in slow, min(1.0, flow.get(name, 0.0)))
            for name in {*in_hand, *(name for name, share in flow.items() if share)}
        }
        return Work(self._worker.token, self._at, 0, shares)

    def _store_work(self, work: Work, *, until: int) -> None:
        try:
            repository.store_work(self._lane.name, work._replace(until=until))
        except Exception:  # whatever it is: deliveries go on, as they would without others
            _log.exception("a worker could not store what it has in hand")

    def _list_work(self) -> list[Work]:
        try:
            return repository.list_work(self._lane.name)
        except Exception:
            _log.exception("a worker could not read what others have in hand")
            return []


def seconds_until(again: int) -> int:
    """How long SQS keeps back a message for which there was no room `again` times."""
    return 1 if again else 0


def _known_endpoint(name: Name) -> EndpointRow | None:
    try:
        return endpoint_to_call(*name)
    except Exception:  # whoever claims the delivery asks again, and fails that message alone
        _log.exception("endpoint not read", extra={"endpoint": name.endpoint_id})
        return None


def mark_slow(name: Name) -> None:
    """Marks an endpoint as slow, unless it has been lately. Never raises: the next slow call marks it as well."""
    try:
        endpoint, at = endpoint_to_call(*name), epoch_micros(now())
        if endpoint is None or int(endpoint.slow_until) > at + _SLOW_FOR // 2:
            return
        health.mark_slow(endpoint, until=at + _SLOW_FOR)
        forget_endpoints(name.origin)
        _log.info("slow", extra={"endpoint": name.endpoint_id})
    except Exception:
        _log.exception("slow endpoint not marked", extra={"endpoint": name.endpoint_id})
