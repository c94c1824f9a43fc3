"""What the operator allows beyond the fixed rules of egress."""

from ipaddress import IPv4Network, IPv6Network
from typing import Final, NamedTuple

HTTPS_PORTS: Final = frozenset({443, 8443})
LOOPBACK_ADDRESSES: Final = frozenset({"127.0.0.1", "::1"})
# The path beneath which this service answers for partners, and calls nobody.
ANSWERING: Final = "/missions"


class EgressPolicy(NamedTuple):
    """The operator's choices.

    `local` is for a developer's machine alone: it opens http and https to `127.0.0.1`, `[::1]` and
    `localhost`, any port. `extra_ports` are https ports allowed beside 443 and 8443. `extra_denied` are
    networks refused beside the fixed table: a VPC's own public IPv6 block belongs here, since its addresses
    look like anybody's. `own_hosts` are this service's own names, `own_port` is where it listens on this machine's
    loopback: calls there are refused, since they could loop for ever, but for paths that begin with `own_path`.
    """

    local: bool = False
    extra_ports: frozenset[int] = frozenset()
    extra_denied: tuple[IPv4Network | IPv6Network, ...] = ()
    own_hosts: frozenset[str] = frozenset()
    own_port: int | None = None
    own_path: str | None = None

    def allows_port(self, port: int) -> bool:
        """Whether a public https URL may name `port`."""
        return port in HTTPS_PORTS or port in self.extra_ports
