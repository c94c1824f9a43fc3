"""Webhooks as tests drive them: partners that call the API, the queue handlers and the sweep, botocore's
events.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

from chalicelib.core import aws
from chalicelib.core.transactions import Transaction
from chalicelib.partners import service as partners
from chalicelib.partners.schemas import KeyCreate, PartnerCreate
from chalicelib.webhooks import service, tasks
from chalicelib.webhooks.models import WebhooksRow
from chalicelib.webhooks.queues import DELIVER, QUEUES
from local import resources
from tests.platform import Answer, start_platform

MINT = {"success": True, "contract": "0xabc", "tokenId": "7", "actionType": "newBcNftMint"}


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
    resources.create_missing()


class Partner:
    """A partner with an API key, as it calls the API."""

    def __init__(self, *scopes: Any) -> None:
        self.origin = f"p{uuid4().hex[:12]}"
        partners.create_partner(PartnerCreate(origin=self.origin, display_name="A partner"))
        _, self.key = partners.create_key(self.origin, KeyCreate(scopes=list(scopes) or None))

    def call(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> Answer:
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

    def emit(
        self, content: Any = None, *, event_type: str = "newBcNftMint", event_id: str | None = None
    ) -> str:
        """Records an event as a surface does; returns its id."""
        transaction = Transaction()
        recorded = service.emit(
            transaction,
            origin=self.origin,
            event_type=event_type,
            content=MINT if content is None else content,
            event_id=event_id,
        )
        transaction.commit()
        return recorded

    def deliveries(self, query: str = "") -> list[dict[str, Any]]:
        """A page of the partner's deliveries."""
        listed: list[dict[str, Any]] = self.get(f"/webhooks/deliveries{query}")["data"]
        return listed

    def delivery(self) -> dict[str, Any]:
        """The partner's one delivery, with its attempts."""
        [listed] = self.deliveries()
        shown: dict[str, Any] = self.get(f"/webhooks/deliveries/{listed['id']}")
        return shown


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
    start_platform().drain()


def sweep() -> int:
    """Runs the sweep once; how many deliveries it enqueued."""
    enqueued: int = start_platform().pump.tick("sweep_webhooks")
    return enqueued


@contextmanager
def requests_seen(service_name: str = "dynamodb") -> Iterator[list[str]]:
    """The operations of the requests that leave this process for a service, in order."""
    seen: list[str] = []

    def note(event_name: str, **_: Any) -> None:
        seen.append(event_name.rpartition(".")[2])

    with listening(f"before-send.{service_name}", note):
        yield seen


@contextmanager
def listening(event: str, hook: Callable[..., Any]) -> Iterator[None]:
    """Calls `hook` at one of botocore's events, before anybody else hears of it."""
    events = aws.client(event.split(".")[1]).meta.events
    events.register_first(event, hook)
    try:
        yield
    finally:
        events.unregister(event, hook)
