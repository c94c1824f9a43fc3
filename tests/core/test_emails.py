"""How e-mail addresses compare, and which of them can be written to."""

import unicodedata
from string import ascii_letters

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from chalicelib.core.emails import InvalidEmail, canonical_email, why_not_mailable

_DOMAINS = ["example.com", "bücher.example", "BÜCHER.example", "straße.example", "xn--bcher-kva.example"]
_LETTERS = st.characters(codec="utf-8", categories=["L", "N", "M"]) | st.sampled_from(ascii_letters)
_TRICKY = "\u00df\u017f\ufb01\u212a\u1fef\u0060\u00b4\u037e\u00e9\u00c9\u0130\u0131\u03a3\u03c2.+_-"
local_parts = st.text(_LETTERS | st.sampled_from(_TRICKY), min_size=1, max_size=12)
domains = st.sampled_from(_DOMAINS)


def _canonical(local_part: str, domain: str = "example.com") -> str:
    """The canonical form; a case whose text is no mailbox is passed over."""
    try:
        return canonical_email(f"{local_part}@{domain}")
    except InvalidEmail:
        assume(False)
        raise


def _ascii_lower(text: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


@given(local_parts, domains)
@example("H\u0331", "example.com")  # one character in NFC once the H is small
@example("\u212a", "example.com")
@example("\u1fef", "example.com")
def test_canonical_form_of_a_canonical_form_is_itself(local_part: str, domain: str) -> None:
    canonical = _canonical(local_part, domain)
    assert canonical_email(canonical) == canonical


@given(local_parts, domains)
def test_case_of_ascii_letters_makes_no_difference(local_part: str, domain: str) -> None:
    swapped = "".join(letter.swapcase() if letter.isascii() else letter for letter in local_part)
    assert _canonical(local_part, domain) == _canonical(swapped, domain)


@given(local_parts, local_parts)
@example("maßmann", "massmann")
@example("\u017fam", "sam")
@example("ﬁn", "fin")
@example("\u212aim", "kim")
@example("\u1fef", "`")
@example("É", "é")
@example("ΟΣ", "ος")
def test_what_differs_by_more_than_nfc_and_ascii_case_is_another_mailbox(one: str, other: str) -> None:
    forms = [_ascii_lower(unicodedata.normalize("NFC", _ascii_lower(text))) for text in (one, other)]
    has_lookalike = any(letter in text for text in (one, other) for letter in "\u212a\u1fef\u037e")
    assume(one != other and (has_lookalike or unicodedata.normalize("NFC", forms[0]) != forms[1]))
    assert _canonical(one) != _canonical(other)


@given(local_parts)
def test_only_ascii_becomes_ascii(local_part: str) -> None:
    assert _canonical(local_part).isascii() == local_part.isascii()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Max@Gardenlab.IO", "max@gardenlab.io"),
        ("max@münchen.example", "max@xn--mnchen-3ya.example"),
        ("max@MÜNCHEN.example", "max@XN--MNCHEN-3YA.example"),
        ("jose\u0301@example.com", "josé@example.com"),
        ("a+b@example.test", "A+B@EXAMPLE.test"),
    ],
)
def test_spellings_of_one_address_are_one_person(one: str, other: str) -> None:
    assert canonical_email(one) == canonical_email(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a+b@example.com", "a@example.com"),
        ("a.b@example.com", "ab@example.com"),
        ("max@straße.example", "max@strasse.example"),
        ("straße@example.com", "strasse@example.com"),
    ],
)
def test_other_letters_tags_and_dots_make_another_address(one: str, other: str) -> None:
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
        "a\u037eb@example.com",
        "a" * 250 + "@example.com",
    ],
)
def test_what_is_no_mailbox_is_refused(text: str) -> None:
    with pytest.raises(InvalidEmail):
        canonical_email(text)


@pytest.mark.parametrize(
    ("address", "is_mailable"),
    [
        ("ada@xn--bcher-kva.example", True),
        (f"{'a' * 64}@example.com", True),
        (f"{'a' * 65}@example.com", False),
        ("adä@example.com", False),
    ],
)
def test_addresses_that_the_mail_service_takes(address: str, is_mailable: bool) -> None:
    assert (why_not_mailable(canonical_email(address)) is None) == is_mailable
