"""Items of the embedded engine: every kind of value comes back as it was put, and the size of all of them counts."""

import os
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import botocore.session
import pytest
from botocore.exceptions import ClientError

from local.engine import start_engine

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("AWS_ENDPOINT_URL")), reason="these are tests of the embedded engine itself"
)
_KEY = {"pk": {"S": "a"}, "sk": {"S": "b"}}
_VALUES: dict[str, Any] = {
    "text": {"S": "é"},
    "empty": {"S": ""},
    "figure": {"N": "12.5"},
    "bytes": {"B": b"\x00\xff"},
    "texts": {"SS": ["x", "y"]},
    "figures": {"NS": ["1", "2"]},
    "several_bytes": {"BS": [b"\x01", b"\xfe"]},
    "no": {"BOOL": False},
    "nothing": {"NULL": True},
    "branch": {"L": [{"S": "x"}, {"B": b"q"}, {"L": []}, {"M": {}}]},
    "tree": {"M": {"one": {"N": "1"}, "deep": {"M": {"list": {"L": [{"BOOL": True}, {"NULL": True}]}}}}},
}


@pytest.fixture
def table() -> Iterator[tuple[Any, str]]:
    start_engine()
    dynamodb, name = botocore.session.get_session().create_client("dynamodb"), f"table-{uuid4().hex}"
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )
    yield dynamodb, name
    dynamodb.delete_table(TableName=name)


def test_every_kind_of_value_comes_back_by_every_way(table: tuple[Any, str]) -> None:
    dynamodb, name = table
    item = {**_KEY, **_VALUES}
    dynamodb.put_item(TableName=name, Item=item)
    query = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": "a"}}}
    assert dynamodb.get_item(TableName=name, Key=_KEY)["Item"] == item
    assert dynamodb.query(TableName=name, **query)["Items"] == [item]
    assert dynamodb.batch_get_item(RequestItems={name: {"Keys": [_KEY]}})["Responses"] == {name: [item]}
    got = dynamodb.transact_get_items(TransactItems=[{"Get": {"TableName": name, "Key": _KEY}}])
    assert got["Responses"] == [{"Item": item}]
    with pytest.raises(ClientError) as refused:
        dynamodb.put_item(
            TableName=name,
            Item=_KEY,
            ConditionExpression="attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert refused.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
    assert dynamodb.delete_item(TableName=name, Key=_KEY, ReturnValues="ALL_OLD")["Attributes"] == item


def test_a_projection_gives_the_named_parts_alone(table: tuple[Any, str]) -> None:
    dynamodb, name = table
    dynamodb.put_item(TableName=name, Item={**_KEY, **_VALUES})
    for _ in range(2):  # the first has not changed what is stored
        asked = dynamodb.get_item(TableName=name, Key=_KEY, ProjectionExpression="tree.deep, figure, absent")
        assert asked["Item"] == {"figure": _VALUES["figure"], "tree": {"M": {"deep": _VALUES["tree"]["M"]["deep"]}}}


@pytest.mark.parametrize("size", [399_000, 410_000])
def test_an_item_is_measured_as_a_whole(table: tuple[Any, str], size: int) -> None:
    dynamodb, name = table
    item = {**_KEY, **{f"part{number}": {"S": "x" * (size // 10)} for number in range(10)}}
    if size < 400_000:
        dynamodb.put_item(TableName=name, Item=item)
        return
    with pytest.raises(ClientError, match="Item size"):
        dynamodb.put_item(TableName=name, Item=item)
