"""Webhooks as tests drive them: partners that call the API, the queue handlers and the sweep, botocore's events."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.core import aws
from chalicelib.core.clock import now
from chalicelib.core.queues import Queue, queue_url
from chalicelib.core.settings import settings
from chalicelib.core.transactions import Transaction
from chalicelib.partners import service as partners
from chalicelib.partners.schemas import KeyCreate, PartnerCreate
from chalicelib.webhooks import service, tasks
from chalicelib.webhooks.breaker import Health
from chalicelib.webhooks.models.table import WebhooksRow
from chalicelib.webhooks.queues import DELIVER, QUEUES
from chalicelib.webhooks.repository import endpoints as endpoint_rows
from local.engine import resources
from local.queues.pump import Pump
from tests.answers import made_up_bodies
from tests.faults.wire import listening, operation_of
from tests.platform import Answer, start_platform

MADE = {"type": "customer.created", "name": "a thing"}


def fresh_storage() -> None:
    """The table and the queues of webhooks, empty: what other tests left in them would be swept here."""
    start_platform()
    dynamodb, sqs = aws.client("dynamodb"), aws.client("sqs")
    table = WebhooksRow._get_connection().table_name
    with suppress(dynamodb.exceptions.ResourceNotFoundException):
        dynamodb.delete_table(TableName=table)
        dynamodb.get_waiter("table_not_exists").wait(TableName=table)
    for queue in QUEUES:
        for name in (queue.full_name, queue.dead_letter_name):
            # SQS purges a queue only once a minute.
            with suppress(sqs.exceptions.QueueDoesNotExist):
                sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"])
    resources.create_tables()
    for queue in QUEUES:
        resources.create_queue(queue)


class Partner:
    """A partner with an API key, as it calls the API."""

    def __init__(self, *scopes: Any, contact_email: str | None = None) -> None:
        self.origin = f"p{uuid4().hex[:12]}"
        body = PartnerCreate(origin=self.origin, display_name="A partner", contact_email=contact_email)
        partners.create_partner(body)
        _, self.key = partners.create_key(self.origin, KeyCreate(scopes=list(scopes) or None))

    def call(self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None) -> Answer:
        """Calls the API with the partner's key, or with other headers instead."""
        key = self.key if headers is None else None
        return start_platform().call(method, path, key=key, body=body, headers=headers)

    def get(self, path: str) -> Any:
        """The body of a GET that succeeds."""
        reply = self.call("GET", path)
        assert reply.status == 200, reply
        return reply.json

    def endpoint(self, url: str, **fields: Any) -> dict[str, Any]:
        """A new endpoint, secret included."""
        reply = self.call("POST", "/webhooks/endpoints", {"url": url, **fields})
        assert reply.status == 200, reply
        endpoint: dict[str, Any] = reply.json
        return endpoint

    def emit(self, content: Any = None, *, event_type: str = "customer.created", event_id: str | None = None) -> str:
        """Records an event as a surface does; returns its id."""
        transaction = Transaction()
        with made_up_bodies():
            recorded = service.emit(
                transaction,
                origin=self.origin,
                event_type=event_type,
                content=MADE if content is None else content,
                event_id=event_id,
            )
        transaction.commit()
        return recorded

    def emit_many(self, count: int) -> None:
        """Records so many events, for endpoints of which one at most wants them, 30 in a transaction."""
        for start in range(0, count, 30):
            transaction = Transaction()
            with made_up_bodies():
                for _ in range(min(30, count - start)):
                    service.emit(transaction, origin=self.origin, event_type="customer.created", content=MADE)
            transaction.commit()

    def deliveries(self, query: str = "") -> list[dict[str, Any]]:
        """A page of the partner's deliveries."""
        listed: list[dict[str, Any]] = self.get(f"/webhooks/deliveries{query}")["data"]
        return listed

    def state(self) -> str:
        """The state shown of the partner's one endpoint."""
        [endpoint] = self.get("/webhooks/endpoints")["data"]
        return str(endpoint["state"])

    def delivery(self) -> dict[str, Any]:
        """The partner's one delivery, with its attempts."""
        [listed] = self.deliveries()
        shown: dict[str, Any] = self.get(f"/webhooks/deliveries/{listed['id']}")
        return shown


def until_due(delivery: Mapping[str, Any]) -> timedelta:
    """How long until the delivery's next attempt is due, and a moment more."""
    return datetime.fromisoformat(delivery["next_attempt_at"]) - now() + timedelta(milliseconds=1)


def message(origin: str, delivery_id: str, **changes: Any) -> dict[str, Any]:
    """A record of an SQS event that asks for a delivery."""
    content = {"version": 1, "task": DELIVER, "origin": origin, "delivery_id": delivery_id, **changes}
    return record(json.dumps(content))


def record(body: str) -> dict[str, Any]:
    """A record of an SQS event."""
    return {"messageId": uuid4().hex, "body": body}


def handle(*records: dict[str, Any]) -> list[str]:
    """Runs the queue's task on a batch; the ids of the messages reported as failed."""
    outcome = tasks.deliver({"Records": list(records)})
    return [failure["itemIdentifier"] for failure in outcome["batchItemFailures"]]


def drain() -> None:
    """Runs the queue handlers until no message can be received."""
    start_platform().pump.drain(timeout_seconds=60)


def sweep() -> int:
    """Runs the sweep once; how many deliveries it enqueued."""
    enqueued: int = start_platform().pump.tick("sweep_webhooks")
    return enqueued


@contextmanager
def requests_seen(service_name: str = "dynamodb") -> Iterator[list[str]]:
    """The operations of the requests that leave this process for a service, in order."""
    seen: list[str] = []

    def note(event_name: str, **_: Any) -> None:
        seen.append(operation_of(event_name))

    with listening(f"before-send.{service_name}", note):
        yield seen


def waiting(partner: Partner) -> list[dict[str, Any]]:
    """A record for each of the partner's unfinished deliveries, the newest 100, oldest first."""
    listed = partner.deliveries("?status=scheduled&limit=100")
    return [message(partner.origin, delivery["id"]) for delivery in reversed(listed)]


def messages_in(queue: Queue) -> tuple[int, int]:
    """How many messages of a queue can be received, and how many are delayed."""
    url = queue_url(queue.full_name)
    attributes = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return (
        int(attributes["ApproximateNumberOfMessages"]),
        int(attributes["ApproximateNumberOfMessagesDelayed"]),
    )


def newest(partner: Partner) -> dict[str, Any]:
    """A record for the partner's newest delivery."""
    [delivery] = partner.deliveries("?limit=1")
    return message(partner.origin, delivery["id"])


def side_by_side(records: Sequence[dict[str, Any]], *, workers: int = 10) -> None:
    """Lets so many workers handle the records, each one at a time; none may fail."""
    with ThreadPoolExecutor(workers) as threads:
        assert list(threads.map(handle, records)) == [[]] * len(records)


def health_of(partner: Partner) -> Health:
    """What is stored of the circuit breaker of the partner's one endpoint."""
    [health] = health_of_each(partner).values()
    return health


def health_of_each(partner: Partner) -> dict[str, Health]:
    """The same of each of its endpoints, by id."""
    return {row.id: row.known_health for row in endpoint_rows.all_endpoints(partner.origin)}


@contextmanager
def scaled_seconds(scale: float) -> Iterator[Pump]:
    """Runs the block in a hurry, with a pump in the background that knows of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPACEGARDEN_SECONDS_SCALE", str(scale))
        settings.cache_clear()
        try:
            with pumping(scale) as pump:
                yield pump
        finally:
            patch.undo()
            settings.cache_clear()


@contextmanager
def pumping(scale: float = 1.0, *, concurrency: int = 2) -> Iterator[Pump]:
    """Works the queues and schedules in the background."""
    pump = Pump(start_platform().app, seconds_scale=scale, concurrency=concurrency)
    pump.start()
    try:
        yield pump
    finally:
        pump.stop(timeout_seconds=20)


def eventually(holds: Callable[[], object], *, seconds: float) -> None:
    """Waits until something holds; raises `AssertionError` if that takes longer."""
    deadline = monotonic() + seconds
    while not holds():
        assert monotonic() < deadline, f"not so within {seconds} s"
        sleep(0.05)
