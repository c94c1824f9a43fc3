"""How e-mail addresses compare."""

import pytest

from chalicelib.activity.domain import InvalidEmail, canonical_email, email_identity


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Max@Gardenlab.IO", "max@gardenlab.io"),
        ("max@münchen.example", "max@xn--mnchen-3ya.example"),
        ("jose\u0301@example.com", "josé@example.com"),
        ("STRASSE@example.com", "straße@example.com"),
        ("a+b@example.test", "A+B@EXAMPLE.test"),
    ],
)
def test_spellings_of_one_address_are_one_person(one: str, other: str) -> None:
    assert canonical_email(one) == canonical_email(other)
    assert email_identity(one).digest == email_identity(other).digest


@pytest.mark.parametrize(
    ("one", "other"), [("a+b@example.com", "a@example.com"), ("a.b@example.com", "ab@example.com")]
)
def test_tags_and_dots_make_another_address(one: str, other: str) -> None:
    assert canonical_email(one) != canonical_email(other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "@example.com",
        "a@",
        "Max <max@example.com>",
        "a b@example.com",
        "a@b@c.example",
        "a@example..com",
    ],
)
def test_what_is_no_mailbox_is_refused(text: str) -> None:
    with pytest.raises(InvalidEmail):
        canonical_email(text)
