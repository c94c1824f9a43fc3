"""What the operator allows beyond the fixed rules of egress."""

from ipaddress import IPv4Network, IPv6Network
from typing import Final, NamedTuple

HTTPS_PORTS: Final = frozenset({443, 8443})
LOOPBACK_ADDRESSES: Final = frozenset({"127.0.0.1", "::1"})


class EgressPolicy(NamedTuple):
    """The operator's choices.

    `local` is for a developer's machine alone: it opens http and https to `127.0.0.1`, `[::1]` and
    `localhost`, any port. `extra_ports` are https ports allowed beside 443 and 8443. `extra_denied` are
    networks refused beside the fixed table: a VPC's own public IPv6 block belongs here, since its addresses
    look like anybody's.
    """

    local: bool = False
    extra_ports: frozenset[int] = frozenset()
    extra_denied: tuple[IPv4Network | IPv6Network, ...] = ()

    def allows_port(self, port: int) -> bool:
        """Whether a public https URL may name `port`."""
        return port in HTTPS_PORTS or port in self.extra_ports
