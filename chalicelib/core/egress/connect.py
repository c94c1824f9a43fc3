"""Opens a connection to one of several checked addresses, and verifies it for https."""

import errno
import functools
import socket
import ssl
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, cast

from chalicelib.core.egress.deadline import Deadline
from chalicelib.core.egress.exchange import ErrorKind, ExchangeFailed, tls_failure
from chalicelib.core.egress.url import Target

# Opens a TCP connection to (address, port) within so many seconds; raises `OSError`.
Dial = Callable[[str, int, float], socket.socket]
# Adds authorities to those that a context trusts.
Trust = Callable[[ssl.SSLContext], None]

MAX_ADDRESSES_TRIED: Final = 6
# Errors of this machine, which must not count as the partner's failure.
OUR_SHORTAGES: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


@functools.cache
def shared_tls_context(trust: Trust | None = None, *, checks_host: bool = True) -> ssl.SSLContext:
    """A context with the system's trusted roots, made once, since loading them is slow; `trust` may add others."""
    context = ssl.create_default_context()
    context.check_hostname = checks_host
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if trust is not None:
        trust(context)
    return context


def dial(address: str, port: int, timeout: float) -> socket.socket:
    """A TCP connection to exactly this numeric address: nothing is looked up again."""
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.settimeout(timeout)
        sock.connect((address, port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        sock.close()
        raise
    return sock


def open_socket(
    target: Target,
    addresses: Sequence[str],
    *,
    deadline: Deadline,
    trust: Trust | None,
    dial: Dial,
) -> socket.socket:
    """A connection to the first of `addresses` that takes one, its certificate checked for the URL's host.

    Raises `ExchangeFailed`: `refused`, `timeout`, `reset` or `tls`; `OSError` when no socket can be had.
    """
    sock = _first_to_answer(addresses, target.port, deadline=deadline, dial=dial)
    if target.scheme == "http":
        return sock
    # OpenSSL matches no wildcard to a name with an underscore, and authorities issue no other certificates for such a
    # name. So we check these names ourselves, as browsers do.
    by_us = "_" in target.host
    context = shared_tls_context(trust, checks_host=not by_us)
    try:
        sock.settimeout(deadline.remaining())
        secured = context.wrap_socket(sock, server_hostname=target.host)
    except OSError as error:
        sock.close()
        raise _handshake_failure(error) from None
    if by_us and not _is_for(secured.getpeercert(), target.host):
        secured.close()
        raise ExchangeFailed(ErrorKind.TLS, f"certificate: it is not valid for '{target.host}'")
    return secured


def _is_for(certificate: Mapping[str, object] | None, host: str) -> bool:
    """Whether a certificate names the host, or has a wildcard for its parent domain (RFC 6125 § 6.4.3)."""
    listed = cast("Iterable[tuple[str, str]]", (certificate or {}).get("subjectAltName", ()))
    names = {value.lower() for kind, value in listed if kind == "DNS"}
    _, _, parent = host.partition(".")
    return host in names or ("." in parent and f"*.{parent}" in names)


def _first_to_answer(addresses: Sequence[str], port: int, *, deadline: Deadline, dial: Dial) -> socket.socket:
    """Each address gets an equal share of the time left, so that one black hole does not hide the next."""
    tried = addresses[:MAX_ADDRESSES_TRIED]
    kind, detail = ErrorKind.REFUSED, "no connection was accepted"
    for position, address in enumerate(tried):
        try:
            return dial(address, port, deadline.remaining() / (len(tried) - position))
        except TimeoutError:
            kind, detail = ErrorKind.TIMEOUT, "no connection was made in time"
        except OSError as error:
            if error.errno in OUR_SHORTAGES:
                raise
    raise ExchangeFailed(kind, detail)


def _handshake_failure(error: OSError) -> ExchangeFailed:
    match error:
        case ssl.SSLError():
            return tls_failure(error)
        case TimeoutError():
            return ExchangeFailed(ErrorKind.TIMEOUT, "TLS was not agreed on in time")
        case _:
            return ExchangeFailed(ErrorKind.RESET, "the connection was closed while TLS was being agreed on")
