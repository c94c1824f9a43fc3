"""The embedded engine holds what is stored and no more, however many calls it has answered."""

import gc
import os
from typing import Any
from uuid import uuid4

import botocore.session
import pytest

from local.engine import start_engine

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("AWS_ENDPOINT_URL")), reason="these are tests of the embedded engine itself"
)
_ROUNDS = 300
# What any one thing that each round left behind would come to.
_ALLOWED = _ROUNDS // 2


class _Engine:
    """A table and a queue, in which the same things come and go."""

    def __init__(self) -> None:
        start_engine()
        session = botocore.session.get_session()
        self._dynamodb, self._sqs = session.create_client("dynamodb"), session.create_client("sqs")
        self._name = f"table-{uuid4().hex}"
        self._url = self._sqs.create_queue(QueueName=f"queue-{uuid4().hex}")["QueueUrl"]
        schema = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
        index = {
            "IndexName": "by_sk",
            "KeySchema": [{"AttributeName": "sk", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
        self._dynamodb.create_table(
            TableName=self._name,
            KeySchema=schema,
            AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in ("pk", "sk")],
            GlobalSecondaryIndexes=[index],
            BillingMode="PAY_PER_REQUEST",
        )

    def round(self, number: int) -> None:
        """Puts, changes, reads and deletes an item of a new key, looks for one that is not there, passes a message."""
        table, key = {"TableName": self._name}, {"pk": {"S": f"{number}"}, "sk": {"S": "b"}}
        self._dynamodb.put_item(**table, Item={**key, "tree": {"M": {"leaf": {"L": [{"N": "1"}]}}}})
        value: Any = {":text": {"S": f"{number}"}}
        self._dynamodb.update_item(
            **table,
            Key=key,
            UpdateExpression="SET note = :text",
            ConditionExpression="attribute_exists(pk) AND pk = :text",
            ExpressionAttributeValues=value,
        )
        by_index = {"IndexName": "by_sk", "KeyConditionExpression": "sk = :sk"}
        for asked in (by_index, {"KeyConditionExpression": "pk = :sk"}):
            self._dynamodb.query(**table, **asked, ExpressionAttributeValues={":sk": {"S": "b"}})
        self._dynamodb.transact_write_items(
            TransactItems=[
                {"Delete": {**table, "Key": key}},
                {"Put": {**table, "Item": {"pk": {"S": "one"}, "sk": {"S": "place"}}}},
            ]
        )
        self._dynamodb.get_item(**table, Key={"pk": {"S": f"absent {number}"}, "sk": {"S": "b"}})
        self._sqs.send_message(QueueUrl=self._url, MessageBody=f"{number}")
        [message] = self._sqs.receive_message(QueueUrl=self._url)["Messages"]
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])


def _held() -> int:
    gc.collect()
    return len(gc.get_objects())


def test_calls_leave_nothing_behind_but_what_they_stored() -> None:
    engine = _Engine()
    for number in range(_ROUNDS + 300):  # what is remembered is full then
        engine.round(number)
    before = _held()
    for number in range(_ROUNDS):
        engine.round(10_000 + number)
    assert _held() - before < _ALLOWED
