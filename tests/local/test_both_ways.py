"""Calls on items answer and fail alike on the shorter way and on botocore's own, on a real engine."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import uuid4

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.items import ItemCalls
from local.engine import start_engine

_CONFIG = Config(parameter_validation=False, retries={"mode": "standard", "total_max_attempts": 2})
_KEY = {"pk": {"S": "a#1"}, "sk": {"S": "é"}}
_OTHER = {"pk": {"S": "a#1"}, "sk": {"S": "f"}}
_ITEM: dict[str, Any] = {
    **_KEY,
    "text": {"S": '"\\ é \u2028 🌱'},
    "whole": {"N": "12345678901234567890123456789012345678"},
    "fraction": {"N": "-0.000000000000000000001"},
    "bytes": {"B": b"\x00\xff"},
    "none": {"NULL": True},
    "tree": {"M": {"list": {"L": [{"S": ""}, {"BOOL": False}, {"M": {}}]}}},
    "words": {"SS": ["x", "y"]},
}
_FREE = "attribute_not_exists(pk)"


class Ways(NamedTuple):
    """A client of each way, and a table of its own for each."""

    short: Any
    plain: Any
    tables: tuple[str, str]

    def outcomes(self, operation: str, **parameters: Any) -> list[Any]:
        """What each way answers or raises, apart from what differs between any two calls; `T` is each one's table."""
        pairs = zip((self.short, self.plain), self.tables, strict=True)
        return [_outcome(client, operation, table, parameters) for client, table in pairs]

    def agree(self, operation: str, **parameters: Any) -> Any:
        """The outcome, which is one."""
        short, plain = self.outcomes(operation, **parameters)
        assert short == plain
        return short


@pytest.fixture(scope="module")
def ways() -> Iterator[Ways]:
    start_engine()
    clients = []
    for is_short in (True, False):
        session = botocore.session.get_session()
        if is_short:
            session.register("creating-client-class.dynamodb", _shorten)
        clients.append(session.create_client("dynamodb", config=_CONFIG))
    tables = (f"ways-{uuid4().hex}", f"ways-{uuid4().hex}")
    for table in tables:
        clients[1].create_table(
            TableName=table,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            BillingMode="PAY_PER_REQUEST",
        )
        clients[1].get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 1})
    yield Ways(clients[0], clients[1], tables)
    for table in tables:
        clients[1].delete_table(TableName=table)


def _shorten(base_classes: list[type], **_: Any) -> None:
    base_classes.insert(0, ItemCalls)


def _outcome(client: Any, operation: str, table: str, parameters: dict[str, Any]) -> Any:
    try:
        answer = getattr(client, operation)(**_in_table(parameters, table))
    except ClientError as error:
        answer = {"class": type(error).__name__, "text": str(error), **error.response}
    status = answer.pop("ResponseMetadata")["HTTPStatusCode"]
    return _plain({"status": status, **answer}, table)


def _in_table(value: Any, table: str) -> Any:
    """The parameters with this table's name where `T` stands."""
    if isinstance(value, dict):
        return {_in_table(name, table): _in_table(each, table) for name, each in value.items()}
    if isinstance(value, list):
        return [_in_table(each, table) for each in value]
    return table if value == "T" else value


def _plain(value: Any, table: str) -> Any:
    """An answer without the table's own name; sets in one order, and bytes as the short way leaves them."""
    if isinstance(value, dict):
        return {_plain(name, table): _plain(each, table) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each, table) for each in value]
    if isinstance(value, bytes):
        return b64encode(value).decode()
    return value.replace(table, "T") if isinstance(value, str) else value


def test_every_kind_of_value_is_written_and_read_alike(ways: Ways) -> None:
    ways.agree("put_item", TableName="T", Item=_ITEM)
    assert ways.agree("get_item", TableName="T", Key=_KEY, ConsistentRead=True)["Item"]["whole"] == _ITEM["whole"]
    ways.agree("put_item", TableName="T", Item=_OTHER)
    asked = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": "a#1"}}}
    assert ways.agree("query", TableName="T", Limit=1, **asked)["LastEvaluatedKey"] == _OTHER
    assert ways.agree("query", TableName="T", Select="COUNT", **asked)["Count"] == 2
    both = ways.agree("batch_get_item", RequestItems={"T": {"Keys": [_KEY, _OTHER]}})
    assert len(both["Responses"]["T"]) == 2
    ways.agree("delete_item", TableName="T", Key=_OTHER)
    got = ways.agree("transact_get_items", TransactItems=[{"Get": {"TableName": "T", "Key": _KEY}}])
    assert got["Responses"][0]["Item"]["none"] == {"NULL": True}
    changed = ways.agree(
        "update_item",
        TableName="T",
        Key=_KEY,
        UpdateExpression="SET #b = :b ADD #n :n",
        ExpressionAttributeNames={"#b": "bytes", "#n": "count"},
        ExpressionAttributeValues={":b": {"B": b"\x01"}, ":n": {"N": "2"}},
        ReturnValues="ALL_NEW",
    )
    assert changed["Attributes"]["count"] == {"N": "2"}
    assert ways.agree("delete_item", TableName="T", Key=_KEY, ReturnValues="ALL_OLD")["Attributes"]["sk"] == {"S": "é"}
    assert "Item" not in ways.agree("get_item", TableName="T", Key=_KEY)


@pytest.mark.parametrize("returned", ["NONE", "ALL_OLD"])
def test_a_failed_condition_is_raised_alike_with_the_item(ways: Ways, returned: str) -> None:
    ways.agree("put_item", TableName="T", Item=_ITEM)
    failed = ways.agree(
        "put_item",
        TableName="T",
        Item=_KEY,
        ConditionExpression=_FREE,
        ReturnValuesOnConditionCheckFailure=returned,
    )
    assert failed["class"] == "ConditionalCheckFailedException"
    assert ("Item" in failed) is (returned == "ALL_OLD")


def test_a_cancelled_transaction_is_raised_alike_with_each_writes_reason(ways: Ways) -> None:
    ways.agree("put_item", TableName="T", Item=_ITEM)
    write = {"TableName": "T", "Item": _KEY, "ConditionExpression": _FREE}
    writes = [
        {"Put": {"TableName": "T", "Item": _OTHER}},
        {"Put": {**write, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}},
    ]
    token = str(uuid4())
    cancelled = ways.agree("transact_write_items", TransactItems=writes, ClientRequestToken=token)
    assert cancelled["class"] == "TransactionCanceledException"
    assert [reason["Code"] for reason in cancelled["CancellationReasons"]] == ["None", "ConditionalCheckFailed"]
    assert "Item" not in ways.agree("get_item", TableName="T", Key=_OTHER)


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("get_item", {"TableName": "T", "Key": {"pk": {"S": "a"}}}),
        ("get_item", {"TableName": "no-such-table", "Key": _KEY}),
        ("put_item", {"TableName": "T", "Item": {**_KEY, "big": {"S": "x" * 410_000}}}),
        ("update_item", {"TableName": "T", "Key": _KEY, "UpdateExpression": "SET ??"}),
    ],
    ids=["half a key", "no table", "too large", "no expression"],
)
def test_what_dynamodb_refuses_is_raised_alike(ways: Ways, operation: str, parameters: dict[str, Any]) -> None:
    refused = ways.agree(operation, **parameters)
    assert refused["status"] == 400
    assert refused["Error"]["Message"]


_SCALARS = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=20).map(lambda text: {"S": text}),
    st.integers(-(10**37), 10**37).map(lambda number: {"N": str(number)}),
    st.binary(max_size=20).map(lambda content: {"B": content}),
    st.booleans().map(lambda flag: {"BOOL": flag}),
)
_VALUES: st.SearchStrategy[Any] = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda each: {"L": each}),
        st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3).map(lambda each: {"M": each}),
    ),
    max_leaves=6,
)


@given(value=_VALUES)
def test_any_value_comes_back_alike(ways: Ways, value: Any) -> None:
    ways.agree("put_item", TableName="T", Item={**_KEY, "value": value})
    found = ways.agree("get_item", TableName="T", Key=_KEY)
    assert found["Item"]["value"] == _plain(value, ways.tables[0])
