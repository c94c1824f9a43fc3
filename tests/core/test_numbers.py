"""One reader of whole numbers: what JSON reads as one, and nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.numbers import is_whole, read_whole


@given(st.text("0123456789-+ ._eE\u0661\uff11\n", max_size=6) | st.integers().map(str))
def test_text_is_a_number_just_where_json_reads_a_whole_one(text: str) -> None:
    try:
        expected = json.loads(text) if text.strip() == text else None
    except ValueError:
        expected = None
    assert read_whole(text) == (expected if type(expected) is int else None)


@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(-50, 50))
def test_bounds_are_kept(number: int, least: int, most: int) -> None:
    assert read_whole(str(number), least=least, most=most) == (number if least <= number <= most else None)


def test_number_that_is_never_below_zero_has_no_sign() -> None:
    assert (read_whole("-0"), read_whole("-0", least=0), read_whole("-0", least=-1)) == (0, None, 0)


@pytest.mark.parametrize("digits", [309, 100_000])
def test_very_long_number_is_whole_and_not_read(digits: int) -> None:
    assert is_whole("1" * digits)
    assert read_whole("1" * digits) is None
