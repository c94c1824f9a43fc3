"""Deliveries per second of one worker whose rows are answered from memory, compared with the minimum for that work.

The minimum is what one would write by hand: urllib3 on ten threads, and three operations on rows (claim, attempt,
outcome) by a plain botocore client. Both are measured in turn, so that a busy machine slows both.
"""

import json
import logging
import os
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import botocore.session
import urllib3

from bench.webhooks.memory import Memory, attach_keys
from chalicelib.core import aws
from chalicelib.core import logging as our_logging
from chalicelib.core.settings import settings
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab.domain import MINT_EVENT
from chalicelib.webhooks import service, tasks
from chalicelib.webhooks.queues import deliver_message
from chalicelib.webhooks.schemas import EndpointCreate
from chalicelib.webhooks.service.endpoints import create_endpoint
from chalicelib.webhooks.service.event_types import sample_content

ORIGIN = "bench"
BATCH = 10
INSTANT_BATCHES, LATER_BATCHES = 20, 2

Work = Callable[[], None]


def main(receiver: str, rounds: int) -> dict[str, Any]:
    """Figures by path and kind of work."""
    log_to_nowhere()
    memory = Memory()
    memory.attach(aws.client("dynamodb"))
    attach_keys(aws.client("kms"))
    floor, bare = _floor(memory, receiver)
    figures = {}
    for name, path, batches in (("instant", "/instant", INSTANT_BATCHES), ("later", "/later", LATER_BATCHES)):
        works = {"worker": _worker(memory, receiver + path), "floor": floor(path)}
        figures[name] = _compare(works, batches, rounds)
    figures["instant, no rows"] = _compare({"urllib3": bare("/instant")}, INSTANT_BATCHES, rounds)
    return figures


def _worker(memory: Memory, url: str) -> Work:
    """A batch of ten through the queue's task."""
    memory.thaw()
    create_endpoint(ORIGIN, EndpointCreate(url=url))
    transaction = Transaction()
    service.emit(transaction, origin=ORIGIN, event_type=MINT_EVENT, content=sample_content(MINT_EVENT))
    transaction.commit()
    delivery = memory.row("DELIVERY")
    table = f"{settings().prefix}webhooks"
    memory.freeze(table=table, delivery=delivery, endpoint=memory.row("ep_"), event=memory.row("EVENT"))
    names = {name: delivery[name]["S"] for name in ("endpoint_id", "event_id")}
    body = deliver_message(ORIGIN, delivery["id"]["S"], **names).encode()
    event = {"Records": [{"messageId": str(number), "body": body} for number in range(BATCH)]}

    def work() -> None:
        assert tasks.deliver(event) == {"batchItemFailures": []}

    return work


def _floor(memory: Memory, receiver: str) -> tuple[Callable[[str], Work], Callable[[str], Work]]:
    """The same work by hand, with and without rows."""
    rows = botocore.session.get_session().create_client("dynamodb")
    memory.attach(rows)
    http = urllib3.PoolManager(maxsize=BATCH)
    threads = ThreadPoolExecutor(BATCH)
    key = {"pk": {"S": f"{ORIGIN}#DELIVERY#dlv_00000000000000000000"}, "sk": {"S": "DELIVERY"}}
    body = json.dumps(sample_content(MINT_EVENT)).encode()

    def send(path: str) -> None:
        headers = {
            "content-type": "application/json",
            "user-agent": "floor/1",
            "webhook-id": "evt_00000000000000000000",
            "webhook-timestamp": str(int(time.time())),
            "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
        }
        assert http.request("POST", receiver + path, body=body, headers=headers).status == 204

    def deliver(path: str) -> None:
        rows.update_item(
            TableName="webhooks",
            Key=key,
            UpdateExpression="SET lease = :lease ADD faults :one",
            ConditionExpression="attribute_not_exists(lease)",
            ExpressionAttributeValues={":lease": {"S": "0123456789abcdef"}, ":one": {"N": "1"}},
            ReturnValues="ALL_NEW",
        )
        send(path)
        attempt = {"status": {"N": "204"}, "latency_ms": {"N": "3"}, "at": {"S": "2026-11-22T00:00:00Z"}}
        rows.put_item(TableName="webhooks", Item={**key, **attempt})
        rows.update_item(
            TableName="webhooks",
            Key=key,
            UpdateExpression="SET #status = :status REMOVE lease",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":status": {"S": "delivered"}},
        )

    def side_by_side(one: Callable[[str], None]) -> Callable[[str], Work]:
        def to(path: str) -> Work:
            return lambda: list(threads.map(one, [path] * BATCH)).clear()

        return to

    return side_by_side(deliver), side_by_side(send)


def _compare(works: dict[str, Work], batches: int, rounds: int) -> dict[str, Any]:
    """Medians over the rounds. Ratios are taken within a round, so that changes of load cancel out."""
    rates: dict[str, list[float]] = {name: [] for name in works}
    cpu: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work()
    for _ in range(rounds):
        for name, work in works.items():
            begun, begun_cpu = time.perf_counter(), time.process_time()
            for _ in range(batches):
                work()
            done = batches * BATCH
            rates[name].append(done / (time.perf_counter() - begun))
            cpu[name].append((time.process_time() - begun_cpu) / done * 1000)
    first, *others = works
    return {
        "rates": {name: [min(found), statistics.median(found), max(found)] for name, found in rates.items()},
        "cpu_ms": {name: [min(found), statistics.median(found)] for name, found in cpu.items()},
        "ratio": {
            other: statistics.median(ours / theirs for ours, theirs in zip(rates[first], rates[other], strict=True))
            for other in others
        },
    }


def log_to_nowhere() -> None:
    """Makes log lines as in Lambda, and discards them."""
    our_logging.configure()
    for handler in logging.getLogger().handlers:
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(open(os.devnull, "w"))  # noqa: SIM115  # for as long as the process lasts


if __name__ == "__main__":
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
    os.environ.update(AWS_ACCESS_KEY_ID="nobody", AWS_SECRET_ACCESS_KEY="nothing" * 6)
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]))))
