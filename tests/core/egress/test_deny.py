"""The deny table, against two independent readings of the registries: netaddr's and Python's."""

import ipaddress
from collections.abc import Iterator

import netaddr
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.egress.deny import DENIED_V4, DENIED_V6, DeniedRange, denial

# What we refuse although netaddr calls it reachable: sinks, tunnels, clouds' own addresses, returned space.
STRICTER = [
    ipaddress.ip_network(cidr)
    for cidr in (
        "168.63.129.16/32", "192.0.0.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.175.48.0/24",
        "2001::/23", "2620:4f:8000::/48", "3ffe::/16", "3fff::/20", "fec0::/10",
    )
]  # fmt: skip

BOUNDARIES = sorted(
    {
        str(type(row.network.network_address)(value))
        for row in (*DENIED_V4, *DENIED_V6, *(DeniedRange(network, "", "") for network in STRICTER))
        for edge in (int(row.network.network_address), int(row.network.broadcast_address))
        for value in (edge - 1, edge, edge + 1)
        if 0 <= value < 2**row.network.max_prefixlen
    }
    | {"1fff:ffff::1", "2000::", "3fff:ffff:ffff::1", "4000::"}
)

v4_addresses = st.integers(0, 2**32 - 1).map(ipaddress.IPv4Address)
v6_addresses = st.one_of(
    st.integers(0, 2**128 - 1),
    st.integers(0x2000 << 112, (0x4000 << 112) - 1),
    st.builds(lambda high, low: high << 112 | low, st.integers(0x2000, 0x2F00), st.integers(0, 2**112 - 1)),
).map(ipaddress.IPv6Address)


def is_ordinary_for_netaddr(address: str) -> bool:
    known = netaddr.IPAddress(address)
    return known.is_global() and known.is_unicast() and not known.is_reserved()


def is_stricter(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    return any(parsed in network for network in STRICTER)


def rows() -> Iterator[DeniedRange]:
    yield from DENIED_V4
    yield from DENIED_V6


@pytest.mark.parametrize("address", BOUNDARIES)
def test_boundary_addresses_agree_with_netaddr(address: str) -> None:
    assert (denial(address) is None) == (is_ordinary_for_netaddr(address) and not is_stricter(address))


@given(st.one_of(v4_addresses, v6_addresses))
def test_random_addresses_agree_with_netaddr(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    text = str(address)
    assert (denial(address) is None) == (is_ordinary_for_netaddr(text) and not is_stricter(text))


@given(st.one_of(v4_addresses, v6_addresses))
def test_what_is_allowed_is_global_for_the_standard_library_too(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    assert denial(address) is not None or (address.is_global and not address.is_multicast)


@pytest.mark.parametrize("row", list(rows()), ids=str)
def test_both_ends_of_each_row_are_denied_with_a_reason(row: DeniedRange) -> None:
    assert row.name
    assert row.source
    assert denial(row.network.network_address)
    assert denial(row.network.broadcast_address)


@pytest.mark.parametrize("row", list(rows()), ids=str)
def test_each_row_is_the_reason_for_some_address(row: DeniedRange) -> None:
    ends = {denial(row.network.network_address), denial(row.network.broadcast_address)}
    assert f"{row.name} ({row.source})" in ends | {denial(row.network.network_address + row.network.num_addresses // 2)}


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("169.254.169.254", "cloud metadata"),
        ("fd00:ec2::254", "cloud metadata"),
        ("169.254.170.2", "container credentials"),
        ("100.100.100.200", "cloud metadata"),
        ("100.64.0.1", "carrier-grade NAT"),
        ("0.0.0.0", "this network"),
        ("255.255.255.255", "limited broadcast"),
        ("::ffff:8.8.8.8", "IPv4-mapped"),
        ("::8.8.8.8", "IPv4-compatible"),
        ("64:ff9b::808:808", "NAT64"),
        ("64:ff9b:1::808:808", "NAT64, local use"),
        ("2002:808:808::1", "6to4"),
        ("2001:0:808:808::1", "Teredo"),
        ("fec0::1", "site-local"),
        ("5f00::1", "segment routing (SRv6)"),
        ("fe80::1%eth0", "scoped to one interface"),
        ("2a00:1450:4001::1%2", "scoped to one interface"),
        ("4000::1", "outside global unicast"),
        ("127.1", "not an IP address"),
        ("", "not an IP address"),
    ],
)
def test_reason_names_the_range(address: str, name: str) -> None:
    assert (denial(address) or "").startswith(name)


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "192.0.1.1", "2606:4700:4700::1111", "2a00:1450:4001::1"])
def test_ordinary_public_addresses_are_allowed(address: str) -> None:
    assert denial(address) is None
