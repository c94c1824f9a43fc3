"""What the egress client takes, a request, and what it gives, an exchange.

ExchangeFailed    one exchange ended without a usable answer; `kind` says how
"""

import ssl
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, Literal, NamedTuple

Method = Literal["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"]

MAX_KEPT_HEADERS: Final = 4096
# Kept first when an answer carries more headers than are kept.
TELLING_HEADERS: Final = frozenset({"content-length", "content-type", "date", "location", "retry-after", "server"})


class ErrorKind(StrEnum):
    """How an exchange failed, in the words that partners read."""

    REFUSED = "refused"  # no connection could be made
    RESET = "reset"  # the peer closed before it had answered
    TIMEOUT = "timeout"  # nothing came by the deadline: no connection, or no first byte of an answer
    DNS = "dns"  # the host has no address
    TLS = "tls"  # the certificate is not valid for the host, or no TLS could be agreed on
    BLOCKED_ADDRESS = "blocked_address"  # the URL or an address of its host is one we never call
    REDIRECT = "redirect"  # a 3xx answer, never followed
    TOO_SLOW = "too_slow"  # the peer was still answering at the deadline
    PROTOCOL = "protocol"  # what came is not HTTP/1.1, or too large


class ExchangeFailed(Exception):
    """One exchange ended without a usable answer; `detail` is a short phrase, safe to show to the partner."""

    def __init__(self, kind: ErrorKind, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


def tls_failure(error: ssl.SSLError) -> ExchangeFailed:
    """The failure to report for `error`, in OpenSSL's own words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return ExchangeFailed(ErrorKind.TLS, f"certificate: {error.verify_message}")
    return ExchangeFailed(ErrorKind.TLS, f"TLS: {(error.reason or 'failed').replace('_', ' ').lower()}")


class OutboundRequest(NamedTuple):
    """One call to a partner's URL; `body` is sent byte for byte.

    `own_headers` are this service's and win over `partner_headers`; of these, those that a partner may not set are
    left out. `wanted_headers` are the names, in lower case, of the answer's headers that the caller reads.
    """

    method: Method
    url: str
    own_headers: Mapping[str, str] = {}
    body: bytes = b""
    partner_headers: Mapping[str, str] = {}
    wanted_headers: frozenset[str] = frozenset()


class Exchange(NamedTuple):
    """What became of one call.

    `status` is None when no answer's headers came. `headers` have lower-case names, repeated ones joined by
    ", ", about 4 KiB of them. `head` is the body's beginning as it was sent, never decompressed; `bytes_read`
    counts the body's bytes that were read. `latency_ms` runs from the start to the answer's headers, or to
    the failure when none came. `detail` is a short phrase about `error`, safe to show to the partner.
    """

    status: int | None
    headers: dict[str, str]
    head: bytes
    error: ErrorKind | None
    latency_ms: int
    bytes_read: int
    detail: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether a 2xx came in time: its headers, and with `whole_body` its body."""
        return self.error is None and self.status is not None and 200 <= self.status < 300


def kept_headers(received: Iterable[tuple[bytes, bytes]], *, wanted: frozenset[str] = frozenset()) -> dict[str, str]:
    """The answer's headers by lower-case name, up to 4 KiB: `wanted` first, then `TELLING_HEADERS`, then the others."""
    decoded = [(name.decode("ascii"), value.decode("latin-1")) for name, value in received]
    kept: dict[str, str] = {}
    room = MAX_KEPT_HEADERS
    for name, value in sorted(decoded, key=lambda header: (header[0] not in wanted, header[0] not in TELLING_HEADERS)):
        size = len(name) + len(value)
        if size <= room:
            room -= size
            kept[name] = f"{kept[name]}, {value}" if name in kept else value
    return kept
