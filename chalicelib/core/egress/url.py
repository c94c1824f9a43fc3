r"""A partner's URL, read strictly. Pure: nothing is looked up.

The text is matched against one grammar (a subset of RFC 3986) and nothing is repaired, so that no other
parser can see a different host in it: `urllib.parse.urlsplit`, for one, drops tabs and line ends, and takes
`https://a\@b`.
"""

import re
from typing import Final, Literal, NamedTuple, cast

from chalicelib.core.egress.policy import EgressPolicy
from chalicelib.core.egress.refusals import (
    AddressRefused,
    HostRefused,
    MalformedUrl,
    OwnAddressRefused,
    PortRefused,
    SchemeRefused,
    UserinfoRefused,
)

Scheme = Literal["http", "https"]

MAX_URL_LENGTH: Final = 2048
DEFAULT_PORTS: Final = {"http": 80, "https": 443}

# The only spellings that mean this machine, each with the host to connect to.
LOOPBACK_SPELLINGS: Final = {"127.0.0.1": "127.0.0.1", "[::1]": "::1", "localhost": "localhost"}

# RFC 6761, 6762, 7686, 8375, 9476 and ICANN's reservation of 2024: no public DNS name ends so.
PRIVATE_SUFFIXES: Final = (
    ".alt", ".home.arpa", ".internal", ".invalid", ".local", ".localdomain", ".localhost", ".onion",
)  # fmt: skip

_UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\\]")
_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<rest>[^#]*)(?:#.*)?")
_HOST_AND_PORT = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*)(?::(?P<port>.*))?")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_REST = re.compile(
    r"(?P<path>(?:/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})*)*)"
    r"(?P<query>\?(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?\[\]]|%[0-9A-Fa-f]{2})*)?"
)
# RFC 952 allows no underscores in names of hosts, but such hosts exist, and DNS and other clients take them.
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")


class Target(NamedTuple):
    """Where a URL leads.

    `host` is an ASCII DNS name (or, in a local run, a loopback address without brackets); `authority` is the Host
    header's value; `path_and_query` begins with a slash; `loopback` says that it is this machine.
    """

    scheme: Scheme
    host: str
    port: int
    path_and_query: str
    authority: str
    loopback: bool = False


def parse_target(url: str, policy: EgressPolicy) -> Target:
    """Read `url`, at registration and again before each call; a fragment is dropped.

    Raises `MalformedUrl`, `SchemeRefused`, `UserinfoRefused`, `HostRefused`, `PortRefused`,
    `AddressRefused` or `OwnAddressRefused`.
    """
    if len(url) > MAX_URL_LENGTH:
        raise MalformedUrl(f"The URL is longer than {MAX_URL_LENGTH} characters.")
    if _UNSAFE.search(url):
        raise MalformedUrl("The URL holds a space, a control character or a backslash.")
    parts = _URL.fullmatch(url)
    if parts is None:
        raise MalformedUrl("The URL must have the form https://host/path.")
    scheme = _scheme(parts["scheme"])
    if "@" in parts["authority"]:
        raise UserinfoRefused("The URL must not hold a user name or a password.")
    written_host, port = _host_and_port(parts["authority"], scheme=scheme)
    path_and_query = _path_and_query(parts["rest"])
    if policy.local and written_host in LOOPBACK_SPELLINGS:
        host, loopback = LOOPBACK_SPELLINGS[written_host], True
    else:
        host, loopback = _public_host(written_host), False
        if scheme != "https":
            raise SchemeRefused("The URL must begin with https://.")
        if not policy.allows_port(port):
            raise PortRefused(f"Port {port} is not allowed; use 443 or 8443.")
    own = port == policy.own_port if loopback else host in policy.own_hosts
    if own and not (policy.own_path and path_and_query.startswith(policy.own_path)):
        raise OwnAddressRefused("The URL leads back to this service.")
    shown_host = f"[{host}]" if ":" in host else host
    authority = shown_host if port == DEFAULT_PORTS[scheme] else f"{shown_host}:{port}"
    return Target(scheme, host, port, path_and_query, authority, loopback)


def _scheme(written: str) -> Scheme:
    scheme = written.lower()
    if scheme not in DEFAULT_PORTS:
        raise SchemeRefused("The URL must begin with https://.")
    return cast(Scheme, scheme)


def _host_and_port(authority: str, *, scheme: Scheme) -> tuple[str, int]:
    parts = _HOST_AND_PORT.fullmatch(authority)
    if parts is None or not parts["host"]:
        raise MalformedUrl("The URL must name one host.")
    if parts["port"] is None:
        return parts["host"], DEFAULT_PORTS[scheme]
    if not _PORT.fullmatch(parts["port"]) or int(parts["port"]) > 65535:
        raise MalformedUrl("The port must be a plain number from 1 to 65535.")
    return parts["host"], int(parts["port"])


def _path_and_query(rest: str) -> str:
    parts = _REST.fullmatch(rest)
    if parts is None:
        raise MalformedUrl("The path or query holds a character that must be percent-encoded.")
    return (parts["path"] or "/") + (parts["query"] or "")


def _public_host(written: str) -> str:
    """The host as an ASCII DNS name in lower case; refuses every spelling of an address."""
    if written.startswith("["):
        raise AddressRefused("The URL must name its host, not give an IP address.")
    host = written.lower() if written.isascii() else _to_ascii(written)
    if host.endswith("."):
        raise HostRefused("The host must not end with a dot.")
    labels = host.split(".")
    # Any host whose last label is a number is read as an IPv4 address by some parser (127.1, 0177.0.0.1,
    # 2130706433, 0x7f.1).
    if _NUMBER.fullmatch(labels[-1]):
        raise AddressRefused("The URL must name its host, not give an IP address.")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise HostRefused("The host is not a valid DNS name.")
    if len(labels) == 1 or host.endswith(PRIVATE_SUFFIXES):
        raise HostRefused("The host must be a public DNS name.")
    if any(label.startswith("xn--") for label in labels):
        _check_ascii_labels(host)
    return host


def _to_ascii(written: str) -> str:
    """IDNA 2008 after the mapping of UTS 46, which makes plain digits of full-width ones."""
    import idna  # its tables take a while to load, and hosts beyond ASCII are rare

    try:
        return idna.encode(written, uts46=True, std3_rules=True).decode("ascii")
    except UnicodeError:
        raise HostRefused("The host is not a valid international DNS name.") from None


def _check_ascii_labels(host: str) -> None:
    import idna

    try:
        idna.decode(host)
    except UnicodeError:
        raise HostRefused("The host is not a valid international DNS name.") from None
