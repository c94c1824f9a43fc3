"""What Lambda hands to a handler and reads from it: the events of SQS and schedules, context, outcome.

Shapes: AWS Lambda developer guide, "Using Lambda with Amazon SQS" and "Handling errors for an SQS event
source".
"""

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from uuid import uuid4

ACCOUNT_ID = "123456789012"


class LambdaContext:
    """The context object of one invocation, with the attributes of Lambda's own."""

    def __init__(self, function_name: str, *, timeout_seconds: float, region: str) -> None:
        self.function_name = function_name
        self.function_version = "$LATEST"
        self.invoked_function_arn = f"arn:aws:lambda:{region}:{ACCOUNT_ID}:function:{function_name}"
        self.memory_limit_in_mb = 512
        self.aws_request_id = str(uuid4())
        self.log_group_name = f"/aws/lambda/{function_name}"
        self.log_stream_name = "local"
        self.identity = None
        self.client_context = None
        self._deadline = monotonic() + timeout_seconds

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda would end the invocation; never negative."""
        return max(0, round((self._deadline - monotonic()) * 1000))


def sqs_event(messages: Sequence[Mapping[str, Any]], *, queue_arn: str, region: str) -> dict[str, Any]:
    """The event for messages as boto3's `receive_message` answers them, all attributes asked for."""
    return {
        "Records": [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": dict(message.get("Attributes", {})),
                "messageAttributes": {
                    name: _message_attribute(value) for name, value in message.get("MessageAttributes", {}).items()
                },
                "md5OfBody": message["MD5OfBody"],
                "eventSource": "aws:sqs",
                "eventSourceARN": queue_arn,
                "awsRegion": region,
            }
            for message in messages
        ]
    }


def _message_attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    attribute: dict[str, Any] = {
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": value["DataType"],
    }
    if "StringValue" in value:
        attribute["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        attribute["binaryValue"] = base64.b64encode(value["BinaryValue"]).decode()
    return attribute


def schedule_event(name: str, *, region: str) -> dict[str, Any]:
    """The event that a schedule's rule sends, now."""
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT_ID,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [f"arn:aws:events:{region}:{ACCOUNT_ID}:rule/{name}"],
        "detail": {},
    }


def failed_ids(outcome: object, sent_ids: Sequence[str]) -> set[str]:
    """The ids that a handler's return value reports as failed, with `ReportBatchItemFailures` on.

    As Lambda reads it: None or an empty list means that all succeeded. A value that cannot be serialised, that is not a
    list, or that has an id which is missing, empty or not of this batch means that all failed.
    """
    everything = set(sent_ids)
    try:
        json.dumps(outcome)
    except (TypeError, ValueError):
        return everything
    if not isinstance(outcome, Mapping):
        return set()
    failures = outcome.get("batchItemFailures")
    if failures is None:
        return set()
    if not isinstance(failures, list):
        return everything
    identifiers = [failure.get("itemIdentifier") if isinstance(failure, Mapping) else None for failure in failures]
    known = {identifier for identifier in identifiers if isinstance(identifier, str)} & everything
    # One identifier may stand twice, but none may be left over.
    return known if all(isinstance(given, str) and given in known for given in identifiers) else everything
