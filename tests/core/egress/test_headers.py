"""Headers that partners may set, and what becomes of those they may not."""

import pytest

from chalicelib.core.egress.headers import check_header, join_headers
from chalicelib.core.egress.refusals import HeaderRefused


@pytest.mark.parametrize(
    ("name", "value"),
    [("Authorization", "Bearer a.b=="), ("X-Empty", ""), ("x-latin", "caf\xe9"), ("x-tab", "a\tb")],
)
def test_ordinary_header_is_accepted(name: str, value: str) -> None:
    check_header(name, value)


@pytest.mark.parametrize(
    "name",
    [
        "Host", "host", "Content-Length", "TRANSFER-ENCODING", "Connection", "webhook-id",
        "Webhook-Signature", "webhook-x", "Accept-Encoding", "Expect", "Upgrade", "TE", "Trailer",
        "Keep-Alive", "Proxy-Authorization",
    ],
)  # fmt: skip
def test_reserved_name_is_refused(name: str) -> None:
    with pytest.raises(HeaderRefused, match="set by this service"):
        check_header(name, "1")


@pytest.mark.parametrize("name", ["", "a b", "a:", "a\r\nb", "é", "a\x00", "Host ", "x" * 129, "(a)"])
def test_name_that_is_no_token_is_refused(name: str) -> None:
    with pytest.raises(HeaderRefused):
        check_header(name, "1")


@pytest.mark.parametrize(
    "value",
    [
        "a\r\nb: c",
        "a\nb",
        "a\rb",
        "a\x00b",
        "\u010d\u010a",
        "\u20ac",
        " a",
        "a ",
        "a\n",
        "\x1b[0m",
        "a\x7f",
        "x" * 4097,
    ],
)
def test_value_that_could_break_the_request_is_refused(value: str) -> None:
    with pytest.raises(HeaderRefused):
        check_header("x-a", value)


def test_own_header_wins_over_the_partners_in_any_case() -> None:
    assert join_headers(own={"User-Agent": "ours"}, partner={"user-agent": "theirs"}) == {"user-agent": "ours"}


def test_partners_forbidden_header_is_left_out() -> None:
    assert join_headers(own={}, partner={"Host": "a", "webhook-id": "b", "x": "c\r\nd", "y": "e"}) == {"y": "e"}


def test_own_signature_header_is_sent() -> None:
    assert join_headers(own={"webhook-id": "a"}, partner={"Webhook-Id": "b"}) == {"webhook-id": "a"}


@pytest.mark.parametrize(("name", "value"), [("Host", "a"), ("content-length", "0"), ("x-a", "b\r\nc")])
def test_own_header_that_breaks_framing_is_refused(name: str, value: str) -> None:
    with pytest.raises(HeaderRefused):
        join_headers(own={name: value}, partner={})
