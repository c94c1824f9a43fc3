"""The embedded engine answers as moto does by itself: random writes, then every way to read, page by page."""

import os
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import botocore.session
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.engine import start_engine
from tests.local.plain_moto import Call, Plain, outcome, plain_moto

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("AWS_ENDPOINT_URL")), reason="these are tests of the embedded engine itself"
)
_PROJECTIONS = {
    "by_color": {"ProjectionType": "ALL"},
    "by_owner": {"ProjectionType": "KEYS_ONLY"},
    "by_size": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["note", "tags"]},
}
# Index to its hash key and range key.
_INDEXES = {"by_color": ("color", "size"), "by_owner": ("owner", None), "by_size": ("size", "sk")}
_KEYS = {"": ("pk", "sk"), **_INDEXES}
_KINDS = {"pk": "S", "sk": "S", "color": "S", "owner": "S", "size": "N"}
_TEXTS = {
    "pk": ["p", "q"],
    "sk": ["a", "a#1", "a#2", "b", "b#é", "z", "\U0001f600"],
    "color": ["red", "rose", "blue"],
    "owner": ["ada", "bob"],
    "size": ["-3", "0", "1", "1.0", "2.50", "10", "9"],
}


def _value(name: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from([{_KINDS[name]: text} for text in _TEXTS[name]])


_key = st.fixed_dictionaries({name: _value(name) for name in ("pk", "sk")})
_rest = st.fixed_dictionaries(
    {},
    optional={
        **{name: _value(name) for name in ("color", "owner", "size")},
        "note": st.sampled_from([{"S": "x"}, {"NULL": True}, {"B": b"\x00\xff"}, {"BS": [b"\x01", b"\x02"]}]),
        "tags": st.sampled_from([{"SS": ["u", "v"]}, {"NS": ["1", "2"]}, {"L": [{"M": {"B": {"S": "y"}}}, {"L": []}]}]),
        "deep": st.sampled_from([{"M": {"x": {"N": "1"}, "y": {"BOOL": False}}}, {"M": {}}]),
    },
)
_CONDITIONS: list[dict[str, Any]] = [
    {},
    {"ConditionExpression": "attribute_not_exists(pk)"},
    {"ConditionExpression": "attribute_exists(#o) OR color = :red"},
]
_UPDATES = [
    "SET color = :red",
    "SET #o = :ada, note = if_not_exists(note, :red)",
    "REMOVE color, #s",
    "ADD #s :one",
    "ADD color :one",  # of a wrong type
    "SET deep.x = :one",  # where there may be none
    "SET color = :red REMOVE #o ADD #s :one",
]
_NAMES = {"#o": "owner", "#s": "size"}
_OPERANDS = {":red": {"S": "red"}, ":ada": {"S": "ada"}, ":one": {"N": "1"}}


def _used(*texts: str, names: dict[str, str], values: dict[str, Any]) -> dict[str, Any]:
    text = " ".join(texts)
    used = {
        "ExpressionAttributeNames": {each: name for each, name in names.items() if each in text},
        "ExpressionAttributeValues": {each: value for each, value in values.items() if each in text},
    }
    return {field: found for field, found in used.items() if found}


@st.composite
def _writes(draw: st.DrawFn) -> Call:
    kind = draw(st.sampled_from(["PutItem", "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"]))
    if kind != "TransactWriteItems":
        returned = {"ReturnValues": draw(st.sampled_from(["NONE", "ALL_OLD"]))}
        return kind, {**_write(draw, kind), **returned}
    kinds = draw(st.lists(st.sampled_from(["Put", "Update", "Delete"]), min_size=1, max_size=4))
    return kind, {
        "TransactItems": [{each: _write(draw, f"{each}Item")} for each in kinds],
        "ClientRequestToken": uuid4().hex,
    }


def _write(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    key, condition = draw(_key), draw(st.sampled_from(_CONDITIONS))
    asked: dict[str, Any] = {"TableName": "", **condition}
    update = draw(st.sampled_from(_UPDATES)) if kind == "UpdateItem" else ""
    if update:
        asked["UpdateExpression"] = update
    asked |= {"Item": {**key, **draw(_rest)}} if kind == "PutItem" else {"Key": key}
    if condition and draw(st.booleans()):
        asked["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return asked | _used(condition.get("ConditionExpression", ""), update, names=_NAMES, values=_OPERANDS)


@st.composite
def _queries(draw: st.DrawFn) -> Call:
    index = draw(st.sampled_from(sorted(_KEYS)))
    hash_name, range_name = _KEYS[index]
    condition, values = "#h = :h", {":h": draw(_value(hash_name))}
    names = {"#h": hash_name}
    compared = draw(st.sampled_from([None, "=", "<", "<=", ">", ">=", "BETWEEN", "begins_with"]))
    if compared == "begins_with" and range_name != "sk":
        compared = ">="
    if range_name is not None and compared is not None:
        names["#r"], values[":low"], values[":high"] = range_name, draw(_value(range_name)), draw(_value(range_name))
        condition += {
            "BETWEEN": " AND #r BETWEEN :low AND :high",
            "begins_with": " AND begins_with(#r, :low)",
        }.get(compared, f" AND #r {compared} :low")
    asked: dict[str, Any] = {
        "TableName": "",
        "KeyConditionExpression": condition,
        "ScanIndexForward": draw(st.booleans()),
        **({"IndexName": index} if index else {"ConsistentRead": draw(st.booleans())}),
    }
    if limit := draw(st.sampled_from([None, 1, 2, 3])):
        asked["Limit"] = limit
    if draw(st.integers(0, 3)) == 0:
        asked["FilterExpression"] = "attribute_exists(note)"
    if draw(st.integers(0, 3)) == 0:
        asked["ProjectionExpression"] = draw(st.sampled_from(["sk, note", "pk, deep.x", "tags, missing"]))
    return "Query", asked | _used(condition, names=names, values=values)


_reads = st.one_of(
    _queries(),
    st.tuples(st.just("GetItem"), st.fixed_dictionaries({"TableName": st.just(""), "Key": _key})),
    st.lists(_key, min_size=1, max_size=3).map(lambda keys: ("BatchGetItem", {"RequestItems": {"": {"Keys": keys}}})),
    st.lists(_key, min_size=1, max_size=3).map(
        lambda keys: ("TransactGetItems", {"TransactItems": [{"Get": {"TableName": "", "Key": key}} for key in keys]})
    ),
)


class _Both:
    """A table here and one in plain moto, of one name."""

    def __init__(self, plain: Plain) -> None:
        self._plain, self.name = plain, f"table-{uuid4().hex}"
        self._client = botocore.session.get_session().create_client("dynamodb")
        self.same("CreateTable", _definition(self.name), compare=False)

    def same(self, operation: str, parameters: dict[str, Any], *, compare: bool = True) -> Any:
        """The outcome of a call on both."""
        asked = _named(parameters, self.name)
        theirs = self._plain.outcome((operation, asked))
        ours = outcome(self._client, (operation, asked))
        assert not compare or ours == theirs, (operation, asked)
        return theirs


def _named(value: Any, table: str) -> Any:
    """The call, of this table."""
    match value:
        case dict():
            named = {name or table: _named(each, table) for name, each in value.items()}
            return {**named, "TableName": table} if "TableName" in named else named
        case list():
            return [_named(each, table) for each in value]
    return value


def _definition(table: str) -> dict[str, Any]:
    def schema(hash_name: str, range_name: str | None) -> list[dict[str, str]]:
        found = [{"AttributeName": hash_name, "KeyType": "HASH"}]
        return [*found, {"AttributeName": range_name, "KeyType": "RANGE"}] if range_name else found

    return {
        "TableName": table,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": schema("pk", "sk"),
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": kind} for name, kind in _KINDS.items()],
        "GlobalSecondaryIndexes": [
            {"IndexName": index, "KeySchema": schema(*keys), "Projection": _PROJECTIONS[index]}
            for index, keys in _INDEXES.items()
        ],
    }


@pytest.fixture(scope="module")
def plain() -> Iterator[Plain]:
    start_engine()
    with plain_moto() as process:
        yield process


@settings(max_examples=int(os.environ.get("EXAMPLES", "25")), derandomize=not os.environ.get("EXAMPLES"))
@given(calls=st.lists(st.one_of(_writes(), _writes(), _reads), min_size=15, max_size=40))
def test_every_call_has_the_answer_of_plain_moto(plain: Plain, calls: list[Call]) -> None:
    both = _Both(plain)
    for operation, parameters in calls:
        asked = {**parameters}
        for _ in range(12):
            answer = both.same(operation, asked)
            if "LastEvaluatedKey" not in answer:
                break
            asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
