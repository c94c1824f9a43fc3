"""How fast a recovery begins deliveries anew, and a cancellation ends them: `python -m bench.webhooks.restarts`.

The worker's own code runs page by page. Its rows and queue are answered from memory, each after the time that DynamoDB
and SQS take within a region. Each page asks for the next through the queue; that pause is counted too.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.awsrequest import AWSResponse

from bench.webhooks.memory import HEADERS, Memory, Raw, attach_keys
from bench.webhooks.throughput import ORIGIN, log_to_nowhere
from chalicelib.core import aws
from chalicelib.core.clock import now
from chalicelib.core.transactions import Transaction
from chalicelib.gardenlab.domain import MINT_EVENT
from chalicelib.webhooks import service
from chalicelib.webhooks.domain import Choice
from chalicelib.webhooks.models.deliveries import CANCELLATION_SK
from chalicelib.webhooks.repository.missed import Span
from chalicelib.webhooks.repository.recoveries import recovery_row
from chalicelib.webhooks.schemas import EndpointCreate
from chalicelib.webhooks.service import cancellations, recoveries
from chalicelib.webhooks.service.endpoints import create_endpoint
from chalicelib.webhooks.service.event_types import sample_content
from chalicelib.webhooks.service.recoveries import ALL_MISSED

PAGE: Final = 100
WANTED: Final = 100_000
# Seconds: of a request within a region, of each write of a transaction beyond its third, of a message on its way.
TAKES: Final = {
    "GetItem": 0.004,
    "Query": 0.005,
    "BatchGetItem": 0.010,
    "UpdateItem": 0.006,
    "TransactWriteItems": 0.012,
    "SendMessageBatch": 0.010,
}
WRITE_TAKES: Final = 0.001
HAND_OVER: Final = 0.05


@dataclass
class _Service:
    """DynamoDB and SQS: each request of a kind gets the same answer, after the seconds of its kind."""

    rows: Mapping[str, dict[str, Any]]
    takes: Mapping[str, float]
    subject: str
    asked: dict[str, int] = field(default_factory=dict)

    def answer(self, request: Any, event_name: str, **_: Any) -> AWSResponse:
        """Answers a request in place of AWS, as a handler of botocore's `before-send`."""
        operation = event_name.rpartition(".")[2]
        self.asked[operation] = self.asked.get(operation, 0) + 1
        body = json.loads(request.body)
        time.sleep(self.takes.get(operation, 0.0) + max(0, len(body.get("TransactItems", ())) - 3) * WRITE_TAKES)
        content = json.dumps(self._content(operation, body)).encode()
        return AWSResponse(request.url, 200, HEADERS, Raw(content))

    def _content(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        if operation == "GetItem":
            return {"Item": self.rows[body["Key"]["sk"]["S"]]}
        if operation == "SendMessageBatch":
            return {"Successful": [{"Id": each["Id"], "MessageId": each["Id"]} for each in body["Entries"]]}
        if operation == "BatchGetItem":
            return self._batch(body)
        if operation == "GetQueueUrl":
            return {"QueueUrl": f"https://sqs.eu-central-1.amazonaws.com/1/{body['QueueName']}"}
        if operation != "Query":
            return {"Attributes": self.rows["work"]} if operation == "UpdateItem" else {}
        items = self._queried(json.dumps(body["ExpressionAttributeValues"]))
        return {"Items": items, "Count": len(items), "ScannedCount": len(items)}

    def _batch(self, body: dict[str, Any]) -> dict[str, Any]:
        [(table, asked)] = body["RequestItems"].items()
        row = self.rows["DELIVERY"]
        ids = [key["pk"]["S"].rpartition("#")[2] for key in asked["Keys"]]
        subjects = [self.subject.format(each) for each in ids]
        found = [
            {**row, **key, "id": {"S": each}, **({"subject": {"S": subject}} if subject else {})}
            for key, each, subject in zip(asked["Keys"], ids, subjects, strict=True)
        ]
        return {"Responses": {table: found}, "UnprocessedKeys": {}}

    def _queried(self, asked: str) -> list[dict[str, Any]]:
        if "#ENDPOINTS" in asked:
            return [self.rows["endpoint"]]
        if "#MISSED#" not in asked and "#STATUS#" not in asked:
            return []
        ids = [{"S": f"dlv_{number:020}"} for number in range(PAGE)]
        return [{"sk": each, "list_sort": each, "missed_at": self.rows["missed"]["missed_at"]} for each in ids]


def main() -> None:
    """Prints the table of docs/performance.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.webhooks.restarts")
    parser.add_argument("--pages", type=int, default=100, help=f"pages of {PAGE}")
    pages = parser.parse_args().pages
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")
    os.environ.update(AWS_ACCESS_KEY_ID="nobody", AWS_SECRET_ACCESS_KEY="nothing" * 6)
    log_to_nowhere()
    print(f"| {PAGE * pages:,} deliveries | a second | CPU ms each | requests each | {WANTED:,} of them, minutes |")
    print("| --- | --- | --- | --- | --- |")
    for name, work, status, subject in (
        ("begun anew", recoveries.work, "disabled", ""),
        ("begun anew in order, each about another subject", recoveries.work, "disabled", "customer {}"),
        ("begun anew in order, all about one subject", recoveries.work, "disabled", "customer"),
        ("canceled", cancellations.work, "scheduled", ""),
    ):
        print(_measured(name, work, _Service(_rows(status), TAKES, subject), pages), flush=True)
    print("Load average: {:.1f}, {:.1f}, {:.1f}.".format(*os.getloadavg()))


def _measured(name: str, work: Callable[[str, str], None], service_: _Service, pages: int) -> str:
    for client in (aws.client("dynamodb"), aws.client("sqs")):
        client.meta.events.register_first("before-send", service_.answer)
    try:
        work(ORIGIN, service_.rows["work"]["id"]["S"])
        service_.asked.clear()
        begun, begun_cpu = time.perf_counter(), time.process_time()
        for _ in range(pages):
            work(ORIGIN, service_.rows["work"]["id"]["S"])
        seconds, cpu = time.perf_counter() - begun + pages * HAND_OVER, time.process_time() - begun_cpu
    finally:
        for client in (aws.client("dynamodb"), aws.client("sqs")):
            client.meta.events.unregister("before-send", service_.answer)
    done = pages * PAGE
    each = sum(service_.asked.values()) / done
    return (
        f"| {name} | {done / seconds:.0f} | {cpu / done * 1000:.2f} | {each:.2f} | {WANTED / done * seconds / 60:.1f} |"
    )


def _rows(status: str) -> dict[str, dict[str, Any]]:
    """The rows that answers are made of: a delivery in this status, its endpoint, the work that is to be done."""
    memory = Memory()
    memory.attach(aws.client("dynamodb"))
    attach_keys(aws.client("kms"))
    endpoint, _ = create_endpoint(
        ORIGIN, EndpointCreate(url="https://hooks.example.com/", enabled=status == "scheduled")
    )
    transaction = Transaction()
    service.emit(transaction, origin=ORIGIN, event_type=MINT_EVENT, content=sample_content(MINT_EVENT))
    transaction.commit()
    span = Span(ORIGIN, endpoint.id, "dlv_", "dlv_~", now())
    work = (
        recovery_row(span, ALL_MISSED, due_at=now())
        if status == "disabled"
        else recovery_row(span, Choice((status,)), kind=CANCELLATION_SK, status=status, due_at=now())
    )
    found = {
        "DELIVERY": memory.row("DELIVERY"),
        "endpoint": {**memory.row("ep_"), "enabled": {"BOOL": True}},
        "missed": {"missed_at": memory.row("DELIVERY")["created_at"]},
        "work": work.serialize(),
    }
    memory.detach(aws.client("dynamodb"))
    return {**found, work.sk: found["work"]}


if __name__ == "__main__":
    main()
