"""Secrets are compared as bytes, whatever text a caller presents."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.comparing import is_same_secret

TEXTS = st.text(st.characters(), max_size=20)  # surrogates too


@given(TEXTS, TEXTS)
def test_texts_are_the_same_secret_where_they_are_equal(known: str, given: str) -> None:
    assert is_same_secret(known, known)
    assert is_same_secret(known, given) is (known == given)
