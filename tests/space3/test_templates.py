"""Templates and the values put into them never change where a request goes, its shape or its headers."""

from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.core.egress.policy import EgressPolicy
from chalicelib.core.egress.url import parse_target
from chalicelib.space3.domain.templates import (
    IDENTITIES,
    MissingIdentity,
    TemplateRefused,
    UnsafeValue,
    parse_template,
)

POLICY = EgressPolicy()
TEMPLATE = "https://partner.example/m/<Email>/x{UID}y/1?wallet=<wallet>&{discordid}=d&to=<toDate>"
NASTY = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40),
    st.sampled_from(
        [
            "../../admin", "..", ".", "%2e%2e", "a/b", "a?b=c", "a#b", "a&b=c", "a\r\nHost: evil", "@evil.example",
            "a b", "a+b", "%", "%41", "\\", "<Email>", "{email}", "://evil.example", "😀", "a\u2028b", "a;b",
        ]
    ),
)  # fmt: skip


# Texts of many kinds take a while to make, and longer on a busy machine.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(values=st.fixed_dictionaries(dict.fromkeys((*IDENTITIES, "toDate"), NASTY)))
def test_values_stay_where_they_are_put(values: dict[str, str]) -> None:
    template = parse_template(TEMPLATE, POLICY)
    try:
        address = template.fill(values)
    except UnsafeValue:
        assert {".", ".."} & set(values.values())
        return
    target = parse_target(address, POLICY)
    assert (target.scheme, target.host, target.port) == ("https", "partner.example", 443)
    parts = urlsplit(address)
    segments = parts.path.split("/")
    assert [unquote(segment) for segment in segments] == [
        "", "m", values["email"], f"x{values['uid']}y", "1",
    ]  # fmt: skip
    pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True)
    assert pairs == [("wallet", values["wallet"]), (values["discordId"], "d"), ("to", values["toDate"])]
    assert not parts.fragment
    assert address.isascii()
    assert address.isprintable()
    assert " " not in address


@pytest.mark.parametrize(
    "written",
    ["<Email>", "{Email}", "<EMAIL>", "{email}", "<eMail>"],
)
def test_places_are_written_in_either_way_and_any_case(written: str) -> None:
    template = parse_template(f"https://partner.example/{written}/{written}?a={written}", POLICY)
    assert template.fill({"email": "a+b@c.d"}) == "https://partner.example/a%2Bb%40c.d/a%2Bb%40c.d?a=a%2Bb%40c.d"
    assert template.redacted == "https://partner.example/<email>/<email>?a=<email>"


@pytest.mark.parametrize(
    ("template", "named"),
    [
        ("https://<Email>.example/1", "<Email>"),
        ("https://partner.example:<uid>/1", "<uid>"),
        ("https://{uid}@partner.example/1", "{uid}"),
        ("<uid>://partner.example/1", "<uid>"),
        ("{uid}", "{uid}"),
        ("https://partner.example/1#<uid>", "fragment"),
        ("https://partner.example/1#", "fragment"),
        ("https://partner.example/<phone>", "<phone>"),
        ("https://partner.example/<>", "<>"),
        ("https://partner.example/{address}", "{address}"),
        ("https://partner.example/<uid", "percent-encoded"),
        ("https://partner.example/a b", "space"),
        ("https://partner.example/\r\nX: 1", "control"),
        ("https://partner.example/../<uid>", "segment"),
        ("https://partner.example/%2e%2E/<uid>", "segment"),
        ("https://partner.example/.", "segment"),
        ("http://partner.example/<uid>", "https"),
        ("https://127.0.0.1/<uid>", "IP address"),
        ("https://2130706433/<uid>", "IP address"),
        ("https://localhost/<uid>", "public"),
        ("https://metadata.internal/<uid>", "public"),
        ("https://partner.example:22/<uid>", "22"),
        ("https://user:pass@partner.example/<uid>", "password"),
        ("ftp://partner.example/<uid>", "https"),
        ("//partner.example/1", "form"),
        ("https:///<uid>", "host"),
    ],
)
def test_a_template_that_cannot_be_called_is_refused_by_name(template: str, named: str) -> None:
    with pytest.raises(TemplateRefused, match=named.replace("{", r"\{").replace("}", r"\}")):
        parse_template(template, POLICY)


@pytest.mark.parametrize("value", [".", ".."])
@pytest.mark.parametrize("template", ["https://p.example/<uid>", "https://p.example/1?a=<uid>"], ids=["path", "query"])
def test_dots_alone_are_no_value(template: str, value: str) -> None:
    with pytest.raises(UnsafeValue):
        parse_template(template, POLICY).fill({"uid": value})


def test_values_that_make_a_segment_of_dots_together_are_unsafe() -> None:
    template = parse_template("https://p.example/.<uid>/1", POLICY)
    assert template.fill({"uid": "a"}) == "https://p.example/.a/1"
    with pytest.raises(UnsafeValue):
        template.fill({"uid": "."})


@pytest.mark.parametrize("value", ["", None])
def test_a_place_without_a_value_is_missing(value: str | None) -> None:
    with pytest.raises(MissingIdentity):
        parse_template("https://p.example/<uid>", POLICY).fill({"uid": value})


@given(text=st.text(alphabet="<>{}/?#:@.%&= aEmailuid\r\n\\", max_size=40))
def test_no_text_is_more_than_refused(text: str) -> None:
    try:
        template = parse_template(f"https://partner.example/{text}", POLICY)
    except TemplateRefused:
        return
    filled = template.fill(dict.fromkeys((*IDENTITIES, "fromDate", "toDate"), "v"))
    assert parse_target(filled, POLICY).host == "partner.example"
