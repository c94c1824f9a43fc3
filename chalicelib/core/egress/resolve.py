"""Finds the addresses of a target that a connection may be made to, all of them checked.

The lookup happens once for each connection and only its answer is used, so a second, different DNS answer
changes nothing.
"""

import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from ipaddress import ip_address
from typing import Final

from chalicelib.core.egress.deadline import Deadline
from chalicelib.core.egress.deny import denial
from chalicelib.core.egress.exchange import ErrorKind, ExchangeFailed
from chalicelib.core.egress.policy import LOOPBACK_ADDRESSES, EgressPolicy
from chalicelib.core.egress.url import Target

# Gives a host's addresses as text, in the order to try them; raises `OSError` when there are none.
Resolver = Callable[[str], Sequence[str]]

MAX_LOOKUPS: Final = 16


def system_addresses(host: str) -> Sequence[str]:
    """The operating system's answer, in its order of preference, each address once."""
    answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(_address_text(sockaddr) for _, _, _, _, sockaddr in answers))


def _address_text(sockaddr: tuple[str | int | bytes, ...]) -> str:
    address = str(sockaddr[0])
    scope = int(sockaddr[3]) if len(sockaddr) == 4 else 0
    return f"{address}%{scope}" if scope and "%" not in address else address


class AddressBook:
    """Looks hosts up under a deadline and checks every address.

    `getaddrinfo` cannot be stopped, so it runs in a small pool of threads, and a caller stops waiting when its time is
    up. Callers for one host share one lookup, so a name whose DNS hangs holds one of these threads, not all.
    """

    def __init__(self, policy: EgressPolicy, resolver: Resolver = system_addresses) -> None:
        self._policy = policy
        self._resolver = resolver
        self._threads = ThreadPoolExecutor(MAX_LOOKUPS, thread_name_prefix="dns")
        self._under_way: dict[str, Future[Sequence[str]]] = {}
        self._lock = threading.Lock()

    def addresses(self, target: Target, deadline: Deadline) -> list[str]:
        """The checked addresses to try, at least one.

        Raises `ExchangeFailed`: `dns` when the host has none, `timeout` when no answer came, and
        `blocked_address` when any one of them is denied.
        """
        if target.host in LOOPBACK_ADDRESSES:
            return [target.host]
        found = self._look_up(target.host, deadline)
        for address in found:
            reason = self._denial(address, target)
            if reason is not None:
                raise ExchangeFailed(ErrorKind.BLOCKED_ADDRESS, f"the host has an address that is not called: {reason}")
        return list(found)

    def _look_up(self, host: str, deadline: Deadline) -> Sequence[str]:
        lookup = self._lookup_under_way(host)
        try:
            found = lookup.result(deadline.remaining())
        except TimeoutError:
            raise ExchangeFailed(ErrorKind.TIMEOUT, "no answer from DNS in time") from None
        except (OSError, UnicodeError):
            raise ExchangeFailed(ErrorKind.DNS, "the host has no address") from None
        if not found:
            raise ExchangeFailed(ErrorKind.DNS, "the host has no address")
        return found

    def _lookup_under_way(self, host: str) -> Future[Sequence[str]]:
        with self._lock:
            lookup = self._under_way.get(host)
            if lookup is None:
                lookup = self._threads.submit(self._resolve, host)
                self._under_way[host] = lookup
            return lookup

    def _resolve(self, host: str) -> Sequence[str]:
        try:
            return self._resolver(host)
        finally:
            with self._lock:
                self._under_way.pop(host, None)

    def _denial(self, address: str, target: Target) -> str | None:
        if target.loopback:
            return None if address in LOOPBACK_ADDRESSES else "not this machine's loopback"
        reason = denial(address)
        if reason is None and any(ip_address(address) in network for network in self._policy.extra_denied):
            return "denied by the operator"
        return reason

    def close(self) -> None:
        """Takes no further lookups; those under way end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)
