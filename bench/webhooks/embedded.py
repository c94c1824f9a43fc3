"""Figures of the whole local platform: embedded engine, queues and background pump, as in `make run`.

`python -m bench.webhooks.embedded FIGURE RECEIVER COUNT` prints one figure as JSON.
"""

import json
import logging
import os
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from bench.webhooks.receiver import Receipt, Receiver
from local.engine import start_engine

start_engine()  # before anything that makes a botocore client

from chalicelib.core import aws
from chalicelib.core.ids import random_token
from chalicelib.core.queues import queue_url
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab.domain import MINT_EVENT
from chalicelib.webhooks import service, tasks
from chalicelib.webhooks.queues import FAST
from chalicelib.webhooks.schemas import EndpointCreate
from chalicelib.webhooks.service.endpoints import create_endpoint
from chalicelib.webhooks.service.event_types import sample_content
from local.engine import resources
from local.queues.pump import Pump

BATCH = 10
WARM_UP = 10
ENDPOINTS = 10
EVENTS_A_SECOND = 4
ONSET_SECONDS = 20
# Batches at a time: Lambda adds workers for what waits, a local run has two.
LAMBDA_LIKE, LOCAL = 20, 2
_QUIET_SECONDS = 1.0
_PATIENCE_SECONDS = 90.0


class Partner:
    """A partner with one endpoint."""

    def __init__(self, url: str) -> None:
        self.origin = f"bench{random_token(8)}"
        self.is_healthy = not url.endswith("/hang")
        self.endpoint = create_endpoint(self.origin, EndpointCreate(url=url))[0].id

    def emit(self) -> tuple[str, float]:
        """Commits an event; gives its id, and the monotonic time when the commit ended, before the message was sent."""
        transaction = Transaction()
        event_id = service.emit(
            transaction, origin=self.origin, event_type=MINT_EVENT, content=sample_content(MINT_EVENT)
        )
        with _moments_of_commit() as moments:
            transaction.commit()
        return event_id, moments[-1]


def throughput(receiver: Receiver, rounds: int) -> dict[str, float]:
    """Deliveries per second of one worker, batch by batch, with every row in the embedded engine."""
    partner = Partner(f"{receiver.url}/instant")
    rates = [_round(partner) for _ in range(rounds + 1)][1:]
    return {"rate": statistics.median(rates), "lowest": min(rates), "highest": max(rates)}


def latency(receiver: Receiver, events: int) -> dict[str, float]:
    """Milliseconds from commit to receipt, one event at a time."""
    partner = Partner(f"{receiver.url}/instant")
    with _pumping(concurrency=LOCAL):
        committed = dict(_emitted(partner, events + WARM_UP, pause=lambda: random.uniform(0.05, 0.15)))
        receipts = _all_receipts(receiver, committed)
    waits = _waits(committed, receipts)[WARM_UP:]
    return {"p50": _share(waits, 0.5), "p95": _share(waits, 0.95), "p99": _share(waits, 0.99), "count": len(waits)}


def duplicates(receiver: Receiver, events: int) -> dict[str, int]:
    """How often the receiver gets an event more than once when SQS delivers every message twice."""
    partner = Partner(f"{receiver.url}/instant")
    delivered: Counter[str] = Counter()
    with _pumping(concurrency=LOCAL):
        for begun in range(0, events, 50):
            some = min(50, events - begun)
            with _each_message_twice():
                emitted = {partner.emit()[0] for _ in range(some)}
            delivered.update(each.webhook_id for each in _all_receipts(receiver, emitted))
    return {"events": len(delivered), "again": sum(delivered.values()) - len(delivered)}


def neighbours(receiver: Receiver, seconds: int, *, one_hangs: bool, concurrency: int) -> dict[str, Any]:
    """p95 in milliseconds from commit to receipt at nine healthy endpoints, while a tenth one hangs or does not.

    Until its first call has failed, after 15 s, the platform does not know that it hangs. `onset` is the figure of the
    first 20 s.
    """
    healthy = [Partner(f"{receiver.url}/instant") for _ in range(ENDPOINTS - 1)]
    tenth = Partner(f"{receiver.url}/{'hang' if one_hangs else 'instant'}")
    with _pumping(concurrency=concurrency):
        _traffic(receiver, healthy, 3)
        onset = _traffic(receiver, [*healthy, tenth], ONSET_SECONDS)
        steady = _traffic(receiver, [*healthy, tenth], seconds)
    return {"onset": _share(onset, 0.95), "steady": _share(steady, 0.95)}


def cost(receiver: Receiver, _: int) -> dict[str, Any]:
    """What it costs to record an event for one endpoint, and to deliver batches of 1 and 10 that it takes at once.

    Lines of `[operation, times, write units, read units]` by DynamoDB's rules, the units of all times together.
    """
    from tests.budgets.metering import Bill, metered

    partner = Partner(f"{receiver.url}/instant")
    partner.emit()
    tasks.deliver(_next_batch())  # the worker knows the endpoint now

    def lines(bill: Bill) -> list[list[Any]]:
        singles = [(request.operation, Bill([request])) for request in bill.of("dynamodb")]
        alike = Counter((operation, single.write_units, single.read_units) for operation, single in singles)
        return [[name, times, writes * times, reads * times] for (name, writes, reads), times in alike.items()]

    def delivered(size: int) -> list[list[Any]]:
        for _ in range(size):
            partner.emit()
        event = _next_batch()
        assert len(event["Records"]) == size
        with metered(weigh=True) as bill:
            tasks.deliver(event)
        return lines(bill)

    with metered(weigh=True) as recorded:
        partner.emit()
    tasks.deliver(_next_batch())
    return {"record": lines(recorded), "deliver": {size: delivered(size) for size in (1, BATCH)}}


def _round(partner: Partner) -> float:
    for _ in range(5 * BATCH):
        partner.emit()
    events = [_next_batch() for _ in range(5)]
    begun = time.perf_counter()
    for event in events:
        assert tasks.deliver(event) == {"batchItemFailures": []}
    return 5 * BATCH / (time.perf_counter() - begun)


def _next_batch() -> dict[str, Any]:
    """Up to ten messages of the queue, as Lambda hands them over."""
    sqs, url = aws.client("sqs"), queue_url(FAST.full_name)
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=BATCH)["Messages"]
    for message in messages:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return {"Records": [{"messageId": message["MessageId"], "body": message["Body"]} for message in messages]}


@contextmanager
def _pumping(*, concurrency: int) -> Iterator[None]:
    from app import app

    pump = Pump(app, concurrency=concurrency)
    pump.start()
    try:
        yield
    finally:
        pump.stop(20.0)


@contextmanager
def _moments_of_commit() -> Iterator[list[float]]:
    moments: list[float] = []

    def note(**_: Any) -> None:
        moments.append(time.monotonic())

    events = aws.client("dynamodb").meta.events
    events.register_last("after-call.dynamodb.TransactWriteItems", note)
    try:
        yield moments
    finally:
        events.unregister("after-call.dynamodb.TransactWriteItems", note)


@contextmanager
def _each_message_twice() -> Iterator[None]:
    """Sends every message of the queue of first tries twice."""
    sqs = aws.client("sqs")

    def repeat(params: dict[str, Any], **_: Any) -> None:
        entries = params["Entries"]
        params["Entries"] = [*entries, *({**entry, "Id": f"{entry['Id']}-again"} for entry in entries)]

    sqs.meta.events.register("before-parameter-build.sqs.SendMessageBatch", repeat)
    try:
        yield
    finally:
        sqs.meta.events.unregister("before-parameter-build.sqs.SendMessageBatch", repeat)


def _emitted(partner: Partner, events: int, *, pause: Callable[[], float]) -> Iterator[tuple[str, float]]:
    for _ in range(events):
        yield partner.emit()
        time.sleep(pause())


def _traffic(receiver: Receiver, partners: Sequence[Partner], seconds: int) -> list[float]:
    """Sends events for each partner in turn, evenly; gives the milliseconds to receipt of all those for `/instant`."""
    committed: dict[str, float] = {}
    begun = time.monotonic()
    for number in range(seconds * EVENTS_A_SECOND):
        time.sleep(max(0.0, begun + number / EVENTS_A_SECOND - time.monotonic()))
        partner = partners[number % len(partners)]
        event_id, moment = partner.emit()
        if partner.is_healthy:
            committed[event_id] = moment
    return _waits(committed, _all_receipts(receiver, committed))


def _all_receipts(receiver: Receiver, events: Collection[str]) -> list[Receipt]:
    """All receipts, once every one of these events has arrived and a moment has passed."""
    receipts: list[Receipt] = []
    ends = time.monotonic() + _PATIENCE_SECONDS
    while missing := set(events).difference(each.webhook_id for each in receipts):
        assert time.monotonic() < ends, f"{len(missing)} events did not come"
        time.sleep(0.1)
        receipts += receiver.receipts()
    time.sleep(_QUIET_SECONDS)
    return receipts + receiver.receipts()


def _waits(committed: dict[str, float], receipts: Sequence[Receipt]) -> list[float]:
    return [(each.moment - committed[each.webhook_id]) * 1000 for each in receipts if each.webhook_id in committed]


def _share(values: Sequence[float], share: float) -> float:
    """The value that this share of the values does not exceed."""
    return sorted(values)[max(0, round(share * len(values)) - 1)]


FIGURES: dict[str, Callable[[Receiver, int], dict[str, Any]]] = {
    "throughput": throughput,
    "latency": latency,
    "duplicates": duplicates,
    "neighbours": partial(neighbours, one_hangs=False, concurrency=LAMBDA_LIKE),
    "one hangs": partial(neighbours, one_hangs=True, concurrency=LAMBDA_LIKE),
    "neighbours, two batches": partial(neighbours, one_hangs=False, concurrency=LOCAL),
    "one hangs, two batches": partial(neighbours, one_hangs=True, concurrency=LOCAL),
    "cost": cost,
}


def main() -> None:
    """Prints the figure that the command line names."""
    os.environ.setdefault("SPACEGARDEN_PUBLIC_URL", "http://127.0.0.1:8000")
    logging.disable()
    resources.create_missing()
    name, url, count = sys.argv[1:]
    print(json.dumps(FIGURES[name](Receiver(url), int(count))))


if __name__ == "__main__":
    main()
