"""Which addresses this service never connects to.

The table is explicit and names the rule behind each row, because `ipaddress.is_global` answers by version of
Python and lets several special ranges through. Sources: the IANA registries of special-purpose addresses
(IPv4 and IPv6), the IPv6 address space registry, and the clouds' own documents for their metadata services.
"""

import ipaddress
from typing import Final, NamedTuple

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class DeniedRange(NamedTuple):
    """One row: the network, what it is called, and the document that sets it apart."""

    network: ipaddress.IPv4Network | ipaddress.IPv6Network
    name: str
    source: str


def _v4(cidr: str, name: str, source: str) -> DeniedRange:
    return DeniedRange(ipaddress.IPv4Network(cidr), name, source)


def _v6(cidr: str, name: str, source: str) -> DeniedRange:
    return DeniedRange(ipaddress.IPv6Network(cidr), name, source)


# The first row that holds an address names it, so the narrow rows stand before the wide ones.
DENIED_V4: Final = (
    _v4("0.0.0.0/8", "this network", "RFC 791"),
    _v4("10.0.0.0/8", "private use", "RFC 1918"),
    _v4("100.100.100.200/32", "cloud metadata", "Alibaba Cloud"),
    _v4("100.64.0.0/10", "carrier-grade NAT", "RFC 6598"),
    _v4("127.0.0.0/8", "loopback", "RFC 1122"),
    _v4("168.63.129.16/32", "cloud metadata", "Azure"),
    _v4("169.254.169.254/32", "cloud metadata", "AWS, Google Cloud, Azure"),
    _v4("169.254.170.2/32", "container credentials", "AWS"),
    _v4("169.254.0.0/16", "link-local", "RFC 3927"),
    _v4("172.16.0.0/12", "private use", "RFC 1918"),
    _v4("192.0.0.192/32", "cloud metadata", "Oracle Cloud"),
    _v4("192.0.0.0/24", "IETF protocol assignments", "RFC 6890"),
    _v4("192.0.2.0/24", "documentation", "RFC 5737"),
    _v4("192.31.196.0/24", "AS112 sink", "RFC 7535"),
    _v4("192.52.193.0/24", "multicast tunnelling (AMT)", "RFC 7450"),
    _v4("192.88.99.0/24", "6to4 relay anycast", "RFC 7526"),
    _v4("192.168.0.0/16", "private use", "RFC 1918"),
    _v4("192.175.48.0/24", "AS112 sink", "RFC 7534"),
    _v4("198.18.0.0/15", "benchmarking", "RFC 2544"),
    _v4("198.51.100.0/24", "documentation", "RFC 5737"),
    _v4("203.0.113.0/24", "documentation", "RFC 5737"),
    _v4("224.0.0.0/4", "multicast", "RFC 5771"),
    _v4("255.255.255.255/32", "limited broadcast", "RFC 919"),
    _v4("240.0.0.0/4", "reserved", "RFC 1112"),
)

DENIED_V6: Final = (
    _v6("::/128", "unspecified", "RFC 4291"),
    _v6("::1/128", "loopback", "RFC 4291"),
    _v6("::ffff:0:0/96", "IPv4-mapped", "RFC 4291"),
    _v6("::ffff:0:0:0/96", "IPv4-translated", "RFC 2765"),
    _v6("::/96", "IPv4-compatible", "RFC 4291"),
    _v6("64:ff9b::/96", "NAT64", "RFC 6052"),
    _v6("64:ff9b:1::/48", "NAT64, local use", "RFC 8215"),
    _v6("100::/64", "discard-only", "RFC 6666"),
    _v6("100:0:0:1::/64", "dummy prefix", "RFC 9780"),
    _v6("2001::/32", "Teredo", "RFC 4380"),
    _v6("2001:2::/48", "benchmarking", "RFC 5180"),
    _v6("2001:10::/28", "ORCHID", "RFC 4843"),
    _v6("2001:20::/28", "ORCHIDv2", "RFC 7343"),
    _v6("2001:30::/28", "drone remote identification", "RFC 9374"),
    _v6("2001::/23", "IETF protocol assignments", "RFC 2928"),
    _v6("2001:db8::/32", "documentation", "RFC 3849"),
    _v6("2002::/16", "6to4", "RFC 3056"),
    _v6("2620:4f:8000::/48", "AS112 sink", "RFC 7534"),
    _v6("3ffe::/16", "6bone, returned", "RFC 3701"),
    _v6("3fff::/20", "documentation", "RFC 9637"),
    _v6("5f00::/16", "segment routing (SRv6)", "RFC 9602"),
    _v6("fd00:ec2::254/128", "cloud metadata", "AWS"),
    _v6("fd00:ec2::23/128", "container credentials", "AWS"),
    _v6("fd20:ce::254/128", "cloud metadata", "Google Cloud"),
    _v6("fc00::/7", "unique-local", "RFC 4193"),
    _v6("fe80::/10", "link-local", "RFC 4291"),
    _v6("fec0::/10", "site-local", "RFC 3879"),
    _v6("ff00::/8", "multicast", "RFC 4291"),
)

# All unicast that the registries hand out lies here; what lies outside is not in use by anybody.
GLOBAL_UNICAST_V6: Final = ipaddress.IPv6Network("2000::/3")


def denial(address: str | IpAddress) -> str | None:
    """Why no connection may be made to `address`, such as "private use (RFC 1918)"; None for an ordinary public one.

    A text that is not a plain IP address, and an IPv6 address with a scope ("fe80::1%eth0"), is denied too.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "not an IP address"
    if isinstance(parsed, ipaddress.IPv4Address):
        return _first_match(parsed, DENIED_V4)
    if parsed.scope_id is not None:
        return "scoped to one interface (RFC 4007)"
    named = _first_match(parsed, DENIED_V6)
    if named is None and parsed not in GLOBAL_UNICAST_V6:
        return "outside global unicast (RFC 4291)"
    return named


def _first_match(address: IpAddress, table: tuple[DeniedRange, ...]) -> str | None:
    return next((f"{row.name} ({row.source})" for row in table if address in row.network), None)
