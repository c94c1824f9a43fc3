"""Text that others wrote, as it may be kept."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.outside import MOST_CHARACTERS, outside_text


@given(st.text(st.characters(), max_size=50) | st.text(st.characters(), min_size=990, max_size=1010))
def test_text_is_cut_and_can_always_be_written(text: str) -> None:
    kept = outside_text(text)
    assert len(kept) == min(len(text), MOST_CHARACTERS)
    assert kept.encode("utf-8").decode("utf-8") == kept


def test_half_of_a_surrogate_pair_is_replaced() -> None:
    assert outside_text("a\ud800b") == "a?b"
