"""DynamoDB answered from memory, in botocore's transport, so that every other cost of a request remains.

First it stores the rows that are put. Once frozen, it gives every request of a kind the same bytes, so that its own
cost is negligible.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.awsrequest import AWSResponse

_LEASE = {
    "lease": {"S": "0123456789abcdef"},
    "lease_until": {"S": "2100-01-01T00:00:00.000000+0000"},
    "faults": {"N": "1"},
}
_NOTHING = b'{"Items": [], "Count": 0, "ScannedCount": 0}'
HEADERS = {"content-type": "application/x-amz-json-1.0"}


@dataclass
class Memory:
    """The rows, and the frozen answers to a claim, to a query and to a read of events; others are empty."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    _claimed: bytes = b""
    _queried: bytes = b""
    _read: bytes = b""

    def attach(self, client: Any) -> None:
        """Sends the requests of a DynamoDB client to this memory; none leaves the process any more."""
        client.meta.events.register_first("before-send.dynamodb", self._answer)

    def detach(self, client: Any) -> None:
        """Undoes `attach`."""
        client.meta.events.unregister("before-send.dynamodb", self._answer)

    def thaw(self) -> None:
        """Forgets everything and stores rows again."""
        self.rows.clear()
        self._claimed = self._queried = b""

    def freeze(self, *, table: str, delivery: dict[str, Any], endpoint: dict[str, Any], event: dict[str, Any]) -> None:
        """From now on every claim gets this delivery, every query of endpoints this one, and every batch this event."""
        self._claimed = json.dumps({"Attributes": {**delivery, **_LEASE}}).encode()
        self._queried = json.dumps({"Items": [endpoint], "Count": 1}).encode()
        self._read = json.dumps({"Responses": {table: [event]}, "UnprocessedKeys": {}}).encode()

    def row(self, sort_key: str) -> dict[str, Any]:
        """The last row that was put whose sort key begins with this text."""
        return next(row for row in reversed(self.rows) if row["sk"]["S"].startswith(sort_key))

    def _answer(self, request: Any, event_name: str, **_: Any) -> AWSResponse:
        operation = event_name.rpartition(".")[2]
        if not self._claimed:
            return AWSResponse(request.url, 200, HEADERS, Raw(self._remember(operation, json.loads(request.body))))
        content = b"{}"
        if operation == "UpdateItem" and b'"ReturnValues"' in request.body:
            content = self._claimed
        elif operation == "Query":
            content = _NOTHING if b"WORKERS" in request.body else self._queried
        elif operation == "BatchGetItem":
            content = self._read
        return AWSResponse(request.url, 200, HEADERS, Raw(content))

    def _remember(self, operation: str, body: dict[str, Any]) -> bytes:
        if operation == "TransactWriteItems":
            self.rows += [item["Put"]["Item"] for item in body["TransactItems"] if "Put" in item]
        if operation != "Query":
            return b"{}"
        asked = body["ExpressionAttributeValues"].values()
        found = [row for row in self.rows if row["pk"] in asked and row["sk"]["S"].startswith("ep_")]
        return json.dumps({"Items": found, "Count": len(found), "ScannedCount": len(found)}).encode()


def attach_keys(client: Any) -> None:
    """Answers a KMS client without encryption: the ciphertext is the plain text."""

    def answer(request: Any, **_: Any) -> AWSResponse:
        given = json.loads(request.body)
        swapped = {"CiphertextBlob": given.get("Plaintext"), "Plaintext": given.get("CiphertextBlob")}
        content = json.dumps({name: value for name, value in swapped.items() if value is not None})
        return AWSResponse(request.url, 200, HEADERS, Raw(content.encode()))

    client.meta.events.register_first("before-send.kms", answer)


class Raw:
    """A body as botocore reads it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Iterator[bytes]:
        """The content in one piece."""
        yield self._content
