"""Nested forms mean what their JSON would."""

import json
from typing import Annotated, Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, StringConstraints

from chalicelib.core.errors import BadRequest, PayloadTooLarge
from chalicelib.core.http.forms import flat_form, form_pairs, nested_form, validated_form
from chalicelib.core.http.parse import validated
from chalicelib.core.schemas import Wire


class Line(Wire):
    """A line of an order."""

    amount: int = Field(default=0, le=10**9)
    note: str = ""
    code: Annotated[str, StringConstraints(min_length=1)] | None = None


class Order(Wire):
    """What a form may be: every kind of field that a schema has."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=20)] = "x"
    count: int | None = None
    lines: list[Line] = Field(default_factory=list)
    tags: list[str] = Field(default_factory=list)
    details: str | dict[str, str] | None = None


_TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=8)
_NAMES = st.text(st.characters(exclude_characters="[]\x00", exclude_categories=["Cs"]), min_size=1, max_size=8)
_DIGITS = st.sampled_from(["0", "7", "2024", "00"])
_LINES = st.fixed_dictionaries({"amount": st.integers(-(10**12), 10**9), "note": _TEXTS, "code": _TEXTS.filter(bool)})
_ORDERS = st.fixed_dictionaries(
    {},
    optional={
        "name": _TEXTS.filter(bool),
        "count": st.integers(-(10**30), 10**30),
        "lines": st.lists(_LINES, min_size=1, max_size=3),
        "tags": st.lists(_TEXTS, min_size=1, max_size=12),
        "details": _TEXTS | st.dictionaries(_NAMES | _DIGITS, _TEXTS, min_size=1, max_size=4),
    },
)
# What Python's `int`, or a lax schema, would take for a number.
_LOOKALIKES = ["19.00", "1e3", "2.0", "29_40", " 5", "5 ", "+5", "007", "-", "--1", "0x10", "٥", "５", "1\n", "true"]  # noqa: RUF001


def _pairs(value: Any, name: str) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for part, child in value.items() for pair in _pairs(child, f"{name}[{part}]")]
    if isinstance(value, list):
        return [pair for part, child in enumerate(value) for pair in _pairs(child, f"{name}[{part}]")]
    return [(name, str(value))]


def _form(value: dict[str, Any]) -> list[tuple[str, str]]:
    pairs = [pair for name, child in value.items() for pair in _pairs(child, name)]
    return form_pairs(urlencode(pairs).encode())


@given(_ORDERS)
def test_form_means_what_the_same_json_means(value: dict[str, Any]) -> None:
    assert validated_form(Order, _form(value)) == validated(Order, value)


@given(st.from_regex(r"[-+ 0-9._eE]{1,6}", fullmatch=True) | st.sampled_from(_LOOKALIKES) | _TEXTS.filter(bool))
def test_text_is_a_number_in_a_form_just_where_it_is_one_in_json(text: str) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        expected = None
    is_number = type(expected) is int and text == text.strip() and expected <= 10**9
    pairs = [("lines[0][amount]", text)]
    if is_number:
        assert validated_form(Order, pairs).lines[0].amount == expected
    else:
        with pytest.raises(BadRequest, match=r"^lines\[0\]\[amount\]: "):
            validated_form(Order, pairs)


@pytest.mark.parametrize("text", _LOOKALIKES)
def test_lookalike_of_a_number_is_refused_as_in_json(text: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        validated_form(Order, [("count", text)])
    assert (refusal.value.message, refusal.value.param) == ("count: must be a whole number", "count")


def test_empty_value_is_the_empty_text_where_json_takes_one_and_null_elsewhere() -> None:
    read = validated_form(
        Order, [("lines[0][note]", ""), ("lines[0][code]", ""), ("count", ""), ("details[a]", ""), ("tags[]", "")]
    )
    assert read == Order(lines=[Line(note="", code=None)], count=None, details={"a": ""}, tags=[""])
    assert validated_form(Order, [("details", "")]).details == ""


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([("name", "")], "name: must not be empty"),
        ([("lines[0][amount]", "")], "lines[0][amount]: must be a whole number"),
        ([("lines", "")], "lines: must be an array"),
        ([("lines[a]", "1")], "lines: must be an array"),
        ([("lines[0]", "1")], "lines[0]: must be an object"),
        ([("details[a][b]", "1")], "details[a]: must be a text"),
        ([("details[]", "1")], "details: must be a text or an object"),
        ([("lines[0][amuont]", "1")], "lines[0][amuont]: is not a field here; did you mean amount?"),
        (
            [("name", ""), ("count", "x"), ("lines[0][amount]", "1.0"), ("lines[1][code]", "a"), ("zzz", "")],
            "name: must not be empty; count: must be a whole number; lines[0][amount]: must be a whole number; "
            "zzz: is not a field here",
        ),
    ],
    ids=lambda given: str(given)[:40],
)
def test_refused_field_is_named_as_it_was_written(pairs: list[tuple[str, str]], message: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        validated_form(Order, pairs)
    assert refusal.value.message == message
    assert refusal.value.param == message.partition(":")[0]


@pytest.mark.parametrize("numbers", [["0", "2"], ["1"], ["0", "1", "3"]], ids=str)
def test_array_with_a_gap_is_refused(numbers: list[str]) -> None:
    with pytest.raises(BadRequest, match="'tags' must be numbered from 0 without a gap"):
        validated_form(Order, [(f"tags[{number}]", "x") for number in numbers])


@pytest.mark.parametrize(
    "pairs",
    [
        [("a", "1"), ("a", "2")],
        [("a", "1"), ("a[b]", "2")],
        [("a[b]", "2"), ("a", "1")],
        [("a[0]", "1"), ("a[]", "2")],
        [("a[]", "1"), ("a[b]", "2")],
        [("a[][b]", "1")],
        [("a[b", "1")],
        [("a]b[", "1")],
        [("a[b]c", "1")],
        [("", "1")],
        [("a" + "[b]" * 40, "1")],
    ],
    ids=str,
)
def test_contradiction_is_refused(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(BadRequest):
        nested_form(pairs)


def test_limits_of_a_form() -> None:
    with pytest.raises(PayloadTooLarge):
        form_pairs(b"x" * 11, max_bytes=10)
    for raw in (b"a=%ff", b"a=\xff", b"a=%00", b"a&" * 20_000):
        with pytest.raises(BadRequest):
            form_pairs(raw)
    with pytest.raises(BadRequest):
        flat_form([("a", "1"), ("a", "2")])
