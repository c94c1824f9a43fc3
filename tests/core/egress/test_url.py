"""Which URLs are accepted, what is read in them, and why the others are refused."""

from urllib.parse import urlsplit

import pytest
import urllib3
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.core.egress.policy import EgressPolicy
from chalicelib.core.egress.refusals import (
    AddressRefused,
    EgressRefused,
    HostRefused,
    MalformedUrl,
    OwnAddressRefused,
    PortRefused,
    SchemeRefused,
    UserinfoRefused,
)
from chalicelib.core.egress.url import Target, parse_target

DEPLOYED = EgressPolicy()
LOCAL = EgressPolicy(local=True)

ADDRESS_SPELLINGS = [
    "0.0.0.0", "127.1", "127.0.1", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "2130706433", "017700000001",
    "127.0.0.0x1", "%31%32%37.0.0.1", "0", "1.2.3.4.5", "127.0.0.01", "8.8.8.8", "169.254.169.254", "[::]",
    "[::ffff:127.0.0.1]", "[0:0:0:0:0:0:0:1]", "[::1%25lo]", "[fd00:ec2::254]", "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]", "[2001:0:7f00:1::]", "\uff11\uff12\uff17.0.0.1", "127\u30020\u30020\u30021",
    "\u2460\u2461\u2466.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://partner.example", Target("https", "partner.example", 443, "/", "partner.example")),
        ("https://partner.example:443/a", Target("https", "partner.example", 443, "/a", "partner.example")),
        (
            "https://partner.example:8443/a/?b=c[]&d",
            Target("https", "partner.example", 8443, "/a/?b=c[]&d", "partner.example:8443"),
        ),
        ("HTTPS://Partner.Example?x", Target("https", "partner.example", 443, "/?x", "partner.example")),
        ("https://partner.example/a#part", Target("https", "partner.example", 443, "/a", "partner.example")),
        (
            "https://partner.example/%41/../b",
            Target("https", "partner.example", 443, "/%41/../b", "partner.example"),
        ),
        (
            "https://bücher.example/",
            Target("https", "xn--bcher-kva.example", 443, "/", "xn--bcher-kva.example"),
        ),
        (
            "https://xn--bcher-kva.example/",
            Target("https", "xn--bcher-kva.example", 443, "/", "xn--bcher-kva.example"),
        ),
        (
            "https://1and1.4chan.example/",
            Target("https", "1and1.4chan.example", 443, "/", "1and1.4chan.example"),
        ),
    ],
)
def test_public_https_url_is_read(url: str, target: Target) -> None:
    assert parse_target(url, DEPLOYED) == target


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://127.0.0.1:9/x", Target("http", "127.0.0.1", 9, "/x", "127.0.0.1:9", loopback=True)),
        ("http://[::1]:9/x", Target("http", "::1", 9, "/x", "[::1]:9", loopback=True)),
        ("http://localhost/", Target("http", "localhost", 80, "/", "localhost", loopback=True)),
        (
            "https://localhost:65535/",
            Target("https", "localhost", 65535, "/", "localhost:65535", loopback=True),
        ),
    ],
)
def test_loopback_is_open_in_a_local_run(url: str, target: Target) -> None:
    assert parse_target(url, LOCAL) == target


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_loopback_address_is_refused_when_deployed(scheme: str, host: str) -> None:
    with pytest.raises(AddressRefused):
        parse_target(f"{scheme}://{host}/", DEPLOYED)


def test_localhost_is_refused_when_deployed() -> None:
    with pytest.raises(HostRefused):
        parse_target("https://localhost/", DEPLOYED)


@pytest.mark.parametrize("policy", [DEPLOYED, LOCAL], ids=["deployed", "local"])
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", ADDRESS_SPELLINGS)
def test_every_spelling_of_an_address_is_refused(host: str, scheme: str, policy: EgressPolicy) -> None:
    with pytest.raises(AddressRefused):
        parse_target(f"{scheme}://{host}/", policy)


@pytest.mark.parametrize("policy", [DEPLOYED, LOCAL], ids=["deployed", "local"])
@pytest.mark.parametrize(
    "host",
    [
        "localhost.", "LOCALHOST", "\u24dbocalhost", "app.localhost", "127.0.0.1.", "partner.example.",
        "intranet", "printer.local", "db.internal", "router.home.arpa", "a..example", ".example",
        "-a.example", "a-.example", "a%2eexample.org", "a,b.example", "a" * 64 + ".example",
        ".".join(["a" * 60] * 5), "xn--a.example", "xn--.example", "exa\u0338mple..org", "a\uff0fb.example",
        "a\uff20b.example", "a.example\uff1a80",
    ],
)  # fmt: skip
def test_host_that_is_no_public_name_is_refused(host: str, policy: EgressPolicy) -> None:
    with pytest.raises(HostRefused):
        parse_target(f"https://{host}/", policy)


@pytest.mark.parametrize(
    "url",
    [
        "", "partner.example", "//partner.example", "https:partner.example", "https:/partner.example",
        "https:///a", "https://", "https://:443/", "https://partner.example:/",
        "https://partner.example:443:80/", "https://partner.example:0/", "https://partner.example:0443/",
        "https://partner.example:65536/", "https://partner.example:+443/",
        "https://partner.example:\uff14\uff14\uff13/", "https://partner.example:44 3/", "https://[::1",
        "https://::1]/", "https://[::1]x/", "https://[[::1]]/", "https://a\\@partner.example/",
        "https://partner.example\\.evil.example/", "https://partner.example/a b",
        " https://partner.example/", "https://partner.example/\n", "https://part\tner.example/",
        "https://partner.example/\x00", "https://partner.example/\x7f", "https://partner.example/a\u2028",
        "https://partner.example/ä", "https://partner.example/%zz", "https://partner.example/<a>",
        "https://partner.example/?\u00a0", "https://partner.example/" + "a" * 2048,
        "https://partner.example/#\r\nHost: a",
    ],
)  # fmt: skip
def test_malformed_url_is_refused(url: str) -> None:
    with pytest.raises(MalformedUrl):
        parse_target(url, LOCAL)


@pytest.mark.parametrize(
    "authority",
    [
        "a@partner.example",
        "a:b@partner.example",
        "a@b@partner.example",
        "@partner.example",
        "127.0.0.1:80@b.example",
    ],
)
def test_user_name_or_password_is_refused(authority: str) -> None:
    with pytest.raises(UserinfoRefused):
        parse_target(f"https://{authority}/", LOCAL)


@pytest.mark.parametrize(
    "url", ["http://partner.example/", "ftp://partner.example/", "file:///etc/passwd", "gopher://127.0.0.1/"]
)
def test_other_scheme_is_refused(url: str) -> None:
    with pytest.raises(SchemeRefused):
        parse_target(url, LOCAL)


@pytest.mark.parametrize("port", [22, 80, 8080, 9443])
def test_other_port_is_refused(port: int) -> None:
    with pytest.raises(PortRefused):
        parse_target(f"https://partner.example:{port}/", LOCAL)


def test_port_listed_by_the_operator_is_allowed() -> None:
    policy = EgressPolicy(extra_ports=frozenset({9443}))
    assert parse_target("https://partner.example:9443/", policy).port == 9443


def test_refusal_is_a_sentence() -> None:
    with pytest.raises(EgressRefused, match=r"^The URL must not hold a user name or a password\.$"):
        parse_target("https://a@partner.example/", DEPLOYED)


def test_longest_url_is_accepted() -> None:
    url = "https://partner.example/".ljust(2048, "a")
    assert len(parse_target(url, DEPLOYED).path_and_query) == 2048 - len("https://partner.example")


@given(st.text(alphabet="hops:/@\\[]%.0127afx#?&;-_ \t\n\u3002\uff0e\u2460\uff0fae\u0301", max_size=40))
@example("a@b@c")
@example("partner.example#@127.0.0.1")
@example("partner.example?@127.0.0.1")
def test_an_accepted_url_has_the_same_host_for_other_parsers(rest: str) -> None:
    url = f"https://{rest}"
    try:
        target = parse_target(url, DEPLOYED)
    except EgressRefused:
        return
    if rest.isascii():
        assert urlsplit(url).hostname == target.host
        assert urllib3.util.parse_url(url).host == target.host
        assert (urlsplit(url).port or 443) == target.port


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        target = parse_target(text, LOCAL)
    except EgressRefused:
        return
    assert target.host.isascii()


@pytest.mark.parametrize("host", ["my_host.example", "_dmarc.example", "a_.b-c.example"])
def test_a_host_with_an_underscore_is_taken(host: str) -> None:
    assert parse_target(f"https://{host}/in", DEPLOYED).host == host


OWN = DEPLOYED._replace(own_hosts=frozenset({"api.example.com"}))
OWN_RUN = LOCAL._replace(own_port=8000)


@pytest.mark.parametrize("url", ["https://api.example.com/in", "https://API.Example.COM:8443/in"])
def test_our_own_names_are_refused(url: str) -> None:
    with pytest.raises(OwnAddressRefused):
        parse_target(url, OWN)


@pytest.mark.parametrize("url", ["https://api.example.com.example/in", "https://hooks.api.example.com/in"])
def test_a_name_that_holds_ours_is_another(url: str) -> None:
    assert not parse_target(url, OWN).loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_a_local_runs_own_port_is_refused_in_each_spelling(host: str) -> None:
    with pytest.raises(OwnAddressRefused):
        parse_target(f"http://{host}:8000/in", OWN_RUN)
    assert parse_target(f"http://{host}:8001/in", OWN_RUN).loopback


@pytest.mark.parametrize(("path", "taken"), [("/missions/spacex/1", True), ("/missionsx", False), ("/webhooks", False)])
def test_what_answers_for_partners_may_be_asked_at_our_own_address(path: str, taken: bool) -> None:
    policy = OWN._replace(own_path="/missions/")
    if taken:
        assert parse_target(f"https://api.example.com{path}", policy).path_and_query == path
    else:
        with pytest.raises(OwnAddressRefused):
            parse_target(f"https://api.example.com{path}", policy)
