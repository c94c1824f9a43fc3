"""Limits, opaque positions, envelopes and links."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import BadRequest
from chalicelib.core.pagination import (
    MAX_ANSWER_BYTES,
    AnswerRoom,
    Page,
    decode_position,
    encode_position,
    envelope,
    next_link,
    parse_limit,
)

POSITION = r"[A-Z]+#[0-9A-Za-z]{1,20}"


@pytest.mark.parametrize(("text", "limit"), [(None, 20), ("1", 1), ("100", 100)])
def test_a_limit_within_its_bounds_is_read(text: str | None, limit: int) -> None:
    assert parse_limit(text, default=20, maximum=100) == limit


@pytest.mark.parametrize(
    "text",
    [
        "0",
        "101",
        "-1",
        "007",
        "1_0",
        "-0",
        "1.0",
        "",
        " 1",
        "1 ",
        "+1",
        "1e1",
        "all",
        "\u0661",
        "9" * 10_000,
    ],
)
def test_any_other_limit_is_refused(text: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        parse_limit(text, default=20, maximum=100)
    assert refusal.value.param == "limit"


@given(st.from_regex(POSITION, fullmatch=True, alphabet=st.characters(max_codepoint=127)))
def test_a_position_survives_the_way_out_and_in(position: str) -> None:
    cursor = encode_position(position)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", cursor)
    assert decode_position(cursor, pattern=POSITION) == position


@given(st.text("Aa09-_=+/é \n", max_size=30))
def test_text_that_is_no_cursor_is_refused(text: str) -> None:
    for cursor in (text, encode_position(text), encode_position("SCAN#0000000001") + "=="):
        with pytest.raises(BadRequest) as refusal:
            decode_position(cursor, pattern=POSITION)
        assert refusal.value.param == "starting_after"


@pytest.mark.parametrize("change", ["=", "\n", " ", "*", "A"])
def test_a_changed_cursor_is_refused(change: str) -> None:
    with pytest.raises(BadRequest):
        decode_position(encode_position("SCAN#1") + change, pattern="SCAN#[0-9]+")


def test_an_envelope_says_how_many_and_whether_more_follow() -> None:
    assert envelope(Page([1, 2], has_more=True), url="/things") == {
        "object": "list",
        "count": 2,
        "has_more": True,
        "url": "/things",
        "data": [1, 2],
    }


def test_a_link_keeps_the_filters_and_moves_the_position() -> None:
    link = next_link("https://x.test/list", {"q": "a b&c", "starting_after": "old", "limit": "5"}, "SCAN#2")
    assert link.endswith('>; rel="next"')
    query = parse_qs(urlsplit(link[1:].partition(">")[0]).query)
    assert query == {"q": ["a b&c"], "limit": ["5"], "starting_after": [encode_position("SCAN#2")]}


def test_an_answer_has_room_up_to_five_megabytes() -> None:
    room = AnswerRoom()
    item = b"x" * 999
    taken = 0
    while room.takes(item):
        taken += 1
    assert taken * 1000 + 2 <= MAX_ANSWER_BYTES < (taken + 1) * 1000 + 2


def test_an_answer_full_of_quotes_has_room_for_what_lambda_can_wrap() -> None:
    room = AnswerRoom()
    item = b'"\\"' * 333
    taken = 0
    while room.takes(item):
        taken += 1
    assert taken * 1000 < MAX_ANSWER_BYTES
    assert 5_800_000 < taken * 2000 < 6_000_000
