"""Requests into values: the order of refusals, and sentences that never repeat what was sent."""

import json
import re
import time
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter

from chalicelib.core.errors import BadRequest, PayloadTooLarge
from chalicelib.core.http.parse import (
    content_type,
    parse_json,
    path_value,
    query_of,
    validated,
    validated_as,
)
from chalicelib.core.http.refusals import MAX_FIELDS
from chalicelib.core.json_reader import MAX_INTEGER_DIGITS
from chalicelib.core.schemas import Name, Wire

NAMES = ["name", "inner", "many", "few", "way", "details", "count", "x"]
LIBRARY_WORDS = re.compile("Input|Field|String|constrained|function|dict|valid")
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**300), 10**300)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text('aé🎉\u202e"\\/\n\x01\x7f', max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "é"]), inner, max_size=3),
    max_leaves=8,
)


@given(json_values, st.booleans())
def test_every_storable_value_is_read_as_it_was_written(value: Any, escaped: bool) -> None:
    assert parse_json(json.dumps(value, ensure_ascii=escaped).encode()) == value


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"\xff{}", "UTF-8"),
        (b"{", "not valid JSON"),
        (b"\xef\xbb\xbf{}", "not valid JSON"),
        (b'{"a": 1,}', "not valid JSON, at line 1, column"),
        (b"[NaN]", "NaN is not a JSON number"),
        (b"[-Infinity]", "-Infinity is not a JSON number"),
        (b"[1e400]", "out of range"),
        (b"[" + b"1" * (MAX_INTEGER_DIGITS + 1) + b"]", "out of range"),
        (b'{"a":1,"b":2,"a":3}', "'a' stands twice"),
        (b'[{"a":{"b":1,"b":1}}]', "'b' stands twice"),
        (b"[" * 33 + b"]" * 33, "deeper than 32"),
        (b"[" * 200_000, "deeper than 32"),
        (b'["\\ud800"]', "half a surrogate pair"),
        (b'{"\\u0000":1}', "NUL"),
    ],
)
def test_what_is_no_storable_json_is_refused_with_the_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(BadRequest, match=reason):
        parse_json(raw)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"[" * 32 + b"]" * 32, None),
        (b"[1e308, -0, 1E2]", [1e308, 0, 100.0]),
        (b"[" + b"9" * MAX_INTEGER_DIGITS + b"]", [int("9" * MAX_INTEGER_DIGITS)]),
        (b'["\\ud83c\\udf89", "\\u0001"]', ["🎉", "\x01"]),
        (b' "text" ', "text"),
        (json.dumps(["[" * 99, '{"\\' * 99]).encode(), ["[" * 99, '{"\\' * 99]),
    ],
)
def test_what_lies_just_within_the_limits_is_read(raw: bytes, value: Any) -> None:
    read = parse_json(raw)
    assert value is None or read == value


def test_the_size_is_refused_before_anything_is_read() -> None:
    with pytest.raises(PayloadTooLarge):
        parse_json(b"\xff" * 11, max_bytes=10)
    assert parse_json(b'"12345678"', max_bytes=10) == "12345678"


def test_a_late_duplicate_among_many_names_is_found_in_linear_time() -> None:
    names = b",".join(b'"n%06d":0' % number for number in range(80_000))
    started = time.thread_time()
    with pytest.raises(BadRequest, match="twice"):
        parse_json(b"{" + names + b',"n079999":0}')
    assert time.thread_time() - started < 3


class Inner(Wire):
    """An inner object."""

    count: int


class Outer(Wire):
    """An outer object."""

    name: Name
    inner: Inner | None = None
    many: list[Inner] = Field(default_factory=list)
    few: Annotated[list[Annotated[int, Field(ge=1, le=9)]], Field(min_length=1, default_factory=lambda: [1])]
    way: Literal["left", "right"] = "left"
    when: Inner | None = Field(default=None, alias="if")
    details: Annotated[str, Field(max_length=5)] | dict[str, Annotated[str, Field(max_length=5)]] | None = None


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, "name: is required"),
        ({"name": "x", "inner": {"count": "5"}}, "inner.count: must be a whole number"),
        ({"name": "x", "inner": {"count": True}}, "inner.count: must be a whole number"),
        ({"name": "x", "many": [{"count": 1}, {}]}, "many[1].count: is required"),
        ({"name": "x", "other": "secret"}, "other: is not a field here"),
        ({"naem": "x", "name": "y"}, "naem: is not a field here; did you mean name?"),
        ({"name": "x", "many": [{"count": 1, "Count": 2}]}, "many[0].Count: is not a field here; did you mean count?"),
        ({"name": "x", "when": {}}, "when: is not a field here"),
        ({"name": "x", "if": {"cuont": 1, "count": 1}}, "if.cuont: is not a field here; did you mean count?"),
        ({"name": "", "inner": 5}, "name: must not be empty; inner: must be an object"),
        ({"name": "x" * 129}, "name: must have at most 128 characters"),
        ({"name": None, "many": {}}, "name: must be a text; many: must be an array"),
        ({"name": "x", "few": []}, "few: must have at least 1 entry"),
        ({"name": "x", "few": [0, 10, 4]}, "few[0]: must be at least 1; few[1]: must be at most 9"),
        ({"name": "x", "way": "up"}, "way: must be 'left' or 'right'"),
        ({"name": "x", "details": 5}, "details: must be a text or an object"),
        ({"name": "x", "details": "y" * 6}, "details: must have at most 5 characters"),
        ({"name": "x", "details": {"a": 5}}, "details.a: must be a text"),
        (
            {"name": "x", "details": {"constrained-str": "y" * 6}},
            "details.constrained-str: must have at most 5 characters",
        ),
    ],
    ids=lambda given: str(given)[:40],
)
def test_a_refusal_names_every_wrong_field_as_it_was_written(value: Any, message: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        validated(Outer, value)
    assert refusal.value.message == message
    assert refusal.value.param == message.partition(":")[0]


def test_what_is_wrong_as_a_whole_has_no_place() -> None:
    with pytest.raises(BadRequest) as refusal:
        validated(Outer, [])
    assert (refusal.value.message, refusal.value.param) == ("The body must be an object.", "")


def test_names_that_the_caller_chose_are_cut() -> None:
    with pytest.raises(BadRequest) as refusal:
        validated(Outer, {"name": "x", "y" * 5000: 1})
    assert len(refusal.value.message) < 120


def test_no_more_than_twenty_fields_are_named() -> None:
    with pytest.raises(BadRequest) as refusal:
        validated(Outer, {"name": "x", **{f"unknown{number}": 1 for number in range(50_000)}})
    names = ", ".join(f"unknown{number}" for number in range(MAX_FIELDS))
    assert refusal.value.message == f"{names}: are not fields here; and more"


def test_an_adapter_is_refused_in_the_same_words_under_its_name() -> None:
    adapter = TypeAdapter(list[Inner])
    assert validated_as(adapter, [{"count": 1}]) == [Inner(count=1)]
    with pytest.raises(BadRequest) as refusal:
        validated_as(adapter, [{}, {"cuont": 1, "count": 2}], name="many")
    message = "many[0].count: is required; many[1].cuont: is not a field here; did you mean count?"
    assert (refusal.value.message, refusal.value.param) == (message, "many[0].count")


@given(
    st.recursive(
        st.none() | st.integers() | st.text("ab", max_size=3) | st.booleans(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
        max_leaves=10,
    )
)
def test_what_is_named_stands_in_what_was_sent(value: Any) -> None:
    message = _refused(value)
    assert not LIBRARY_WORDS.search(message)
    for place, reason in re.findall(r"(?:^|; )([^ ]+): ([^;]+)", message):
        _follow(value, place if reason != "is required" else place.rpartition(".")[0])


def _refused(value: Any) -> str:
    try:
        validated(Outer, value)
    except BadRequest as refusal:
        return refusal.message
    return ""


def _follow(value: Any, place: str) -> None:
    for part in re.findall(r"[^.\[\]]+", place):
        value = value[int(part)] if isinstance(value, list) else value[part]


class Parameters(dict[str, list[str]]):
    """Query parameters as Chalice gives them."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


def test_a_query_is_one_value_a_name() -> None:
    assert query_of(None) == {}
    assert query_of(Parameters(a=["1"], b=[""])) == {"a": "1", "b": ""}
    assert query_of(Parameters(a=["1", "2"]), repeatable=frozenset({"a"})) == {"a": "2"}


@pytest.mark.parametrize(
    "parameters",
    [
        Parameters(a=["1", "1"]),
        Parameters(a=["x\x00"]),
        Parameters({"\x00": ["x"]}),
        Parameters(a=["\ud800"]),
        Parameters(a=["x" * 65_537]),
    ],
)
def test_a_query_that_repeats_or_cannot_be_stored_is_refused(parameters: Parameters) -> None:
    with pytest.raises(BadRequest):
        query_of(parameters)


@pytest.mark.parametrize(
    ("raw", "value"), [("a%20b", "a b"), ("a%2Fb", "a/b"), ("%25", "%"), ("é", "é"), ("a+b", "a+b")]
)
def test_a_path_variable_is_decoded_once(raw: str, value: str) -> None:
    assert path_value(raw) == value


@pytest.mark.parametrize("raw", ["%ff", "%00", "%ed%a0%80"])
def test_a_path_variable_that_is_no_text_is_refused(raw: str) -> None:
    with pytest.raises(BadRequest):
        path_value(raw)


@pytest.mark.parametrize(
    ("headers", "media_type"),
    [
        ({}, "application/json"),
        ({"content-type": "Text/Plain; charset=utf-8"}, "text/plain"),
        ({"content-type": ""}, ""),
    ],
)
def test_a_content_type_is_compared_without_case_and_parameters(headers: dict[str, str], media_type: str) -> None:
    assert content_type(headers) == media_type
