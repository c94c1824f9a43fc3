"""Nested forms mean what their JSON would."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import BadRequest, PayloadTooLarge
from chalicelib.core.http.forms import flat_form, form_pairs, nested_form

_NAMES = st.text(st.characters(exclude_characters="[]\x00", exclude_categories=["Cs"]), min_size=1).filter(
    lambda name: not name.isdigit()
)
_TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1)
_VALUES = st.recursive(
    _TEXTS,
    lambda inner: st.lists(inner, min_size=1, max_size=4) | st.dictionaries(_NAMES, inner, min_size=1, max_size=4),
    max_leaves=12,
)


def _pairs(value: Any, name: str) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [pair for part, child in value.items() for pair in _pairs(child, f"{name}[{part}]")]
    if isinstance(value, list):
        return [pair for part, child in enumerate(value) for pair in _pairs(child, f"{name}[{part}]")]
    return [(name, value)]


@given(st.dictionaries(_NAMES, _VALUES, max_size=4))
def test_every_nesting_comes_back(value: dict[str, Any]) -> None:
    pairs = [pair for name, child in value.items() for pair in _pairs(child, name)]
    assert nested_form(form_pairs(urlencode(pairs).encode())) == value, json.dumps(value)


def test_empty_value_is_null_and_brackets_without_a_number_append() -> None:
    assert nested_form([("a", ""), ("b[]", "1"), ("b[]", "2"), ("c[d]", "")]) == {
        "a": None,
        "b": ["1", "2"],
        "c": {"d": None},
    }


@pytest.mark.parametrize(
    "pairs",
    [
        [("a", "1"), ("a", "2")],
        [("a", "1"), ("a[b]", "2")],
        [("a[b]", "2"), ("a", "1")],
        [("a[0]", "1"), ("a[2]", "2")],
        [("a[1]", "1")],
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
