"""Identifiers: sorted by creation, hard to guess, and digests that never meet."""

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.ids import digest, random_token, sortable_id

moments = st.datetimes(datetime(2000, 1, 1), datetime(2900, 1, 1), timezones=st.just(UTC))


@given(moments)
def test_a_sortable_id_has_its_prefix_and_20_characters(moment: datetime) -> None:
    assert re.fullmatch(r"evt_[0-9A-HJKMNP-TV-Z]{20}", sortable_id("evt_", at=moment))


@given(moments)
def test_ids_sort_by_the_millisecond_of_their_creation(moment: datetime) -> None:
    assert sortable_id(at=moment) < sortable_id(at=moment + timedelta(milliseconds=1))


def test_ids_of_one_millisecond_differ() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    assert len({sortable_id(at=moment) for _ in range(1000)}) == 1000


@given(moments)
def test_ids_of_one_millisecond_sort_by_their_creation(moment: datetime) -> None:
    made = [sortable_id(at=moment) for _ in range(10)]
    assert made == sorted(made)


def test_a_random_token_has_its_length_and_no_letter_that_reads_like_another() -> None:
    assert re.fullmatch(r"[0-9a-kmnp-z]{300}", random_token(300))
    assert random_token(12) != random_token(12)


@given(st.lists(st.text("a#é", max_size=3), max_size=3), st.lists(st.text("a#é", max_size=3), max_size=3))
def test_different_lists_of_parts_have_different_digests(one: list[str], other: list[str]) -> None:
    assert (digest(*one) == digest(*other)) == (one == other)
    assert re.fullmatch(r"[0-9a-f]{40}", digest(*one))
