"""The egress client: one call to a partner's URL, with its address checked and its time and size limited."""

import time
from typing import Final

import h11

from chalicelib.core.egress import connect
from chalicelib.core.egress.deadline import Deadline
from chalicelib.core.egress.exchange import ErrorKind, Exchange, ExchangeFailed, OutboundRequest, kept_headers
from chalicelib.core.egress.headers import join_headers
from chalicelib.core.egress.policy import EgressPolicy
from chalicelib.core.egress.pool import ConnectionPool
from chalicelib.core.egress.refusals import EgressRefused
from chalicelib.core.egress.resolve import AddressBook, Resolver, system_addresses
from chalicelib.core.egress.url import Target, parse_target
from chalicelib.core.egress.wire import Body, Connection

DEADLINE_SECONDS: Final = 15.0
READ_LIMIT: Final = 64 * 1024
KEEP: Final = 16 * 1024
# A 2xx or 3xx is decided by its status alone, so its body gets no more time than this.
DECIDED_GRACE_SECONDS: Final = 0.5


class EgressClient:
    """Calls partners' URLs under `policy`: one client for the whole process, safe for many threads at a time.

    `trust` adds to the system's trusted roots; `resolver` and `dial` replace its DNS and TCP.
    """

    def __init__(
        self,
        policy: EgressPolicy,
        trust: connect.Trust | None = None,
        resolver: Resolver | None = None,
        *,
        dial: connect.Dial = connect.dial,
    ) -> None:
        self._policy = policy
        self._trust = trust
        self._dial = dial
        self._addresses = AddressBook(policy, resolver or system_addresses)
        self._pool = ConnectionPool()

    def send(
        self,
        request: OutboundRequest,
        *,
        deadline_seconds: float = DEADLINE_SECONDS,
        read_limit: int = READ_LIMIT,
        keep: int = KEEP,
        whole_body: bool = False,
    ) -> Exchange:
        """Make one call and say what became of it; nothing the partner does raises.

        DNS, connection, TLS, request, headers and body together end by `deadline_seconds`. At most
        `read_limit` bytes of the body are read and `keep` of them kept. A 2xx whose headers came in time has
        no error whatever its body does; a 3xx is the error `redirect` and is not followed; any other status
        keeps the error its body ended with, if any.

        With `whole_body` the body of a 2xx counts too: it may take all of the time, and one that did not come whole
        leaves its error on the exchange; one over `read_limit` is the error `protocol`.

        Raises `HeaderRefused` when `request.own_headers` are at fault, `OSError` when no socket can be had.
        """
        started = time.monotonic()
        deadline = Deadline(deadline_seconds)
        headers = join_headers(own=request.own_headers, partner=request.partner_headers)
        try:
            target = parse_target(request.url, self._policy)
        except EgressRefused as refusal:
            return _failed(ExchangeFailed(ErrorKind.BLOCKED_ADDRESS, str(refusal)), started)
        try:
            connection, response = self._ask(request, target, headers, deadline)
        except ExchangeFailed as failure:
            return _failed(failure, started)
        latency_ms = _milliseconds_since(started)
        decided = response.status_code < 400 and not (whole_body and response.status_code < 300)
        body = connection.read_body(
            deadline=deadline.at_most(DECIDED_GRACE_SECONDS) if decided else deadline,
            read_limit=read_limit,
            keep=keep,
        )
        ended = connection.has_ended
        self._pool.give(target, connection)
        if whole_body and body.failure is None and not ended:
            body = Body(body.head, body.bytes_read, ExchangeFailed(ErrorKind.PROTOCOL, "the body is too large"))
        return _answered(response, body, latency_ms, whole_body=whole_body, wanted=request.wanted_headers)

    def close(self) -> None:
        """Close the idle connections and take no further lookups."""
        self._pool.close()
        self._addresses.close()

    def _ask(
        self, request: OutboundRequest, target: Target, headers: dict[str, str], deadline: Deadline
    ) -> tuple[Connection, h11.Response]:
        """Ask on a kept connection, and on a fresh one when there is none or the peer has closed it."""
        kept = self._pool.take(target)
        if kept is not None:
            try:
                return kept, self._ask_on(kept, request, target, headers, deadline)
            except ExchangeFailed as failure:
                if kept.heard or failure.kind not in {ErrorKind.RESET, ErrorKind.TLS}:
                    raise
        fresh = self._open(target, deadline)
        return fresh, self._ask_on(fresh, request, target, headers, deadline)

    def _open(self, target: Target, deadline: Deadline) -> Connection:
        addresses = self._addresses.addresses(target, deadline)
        return Connection(connect.open_socket(target, addresses, deadline=deadline, trust=self._trust, dial=self._dial))

    @staticmethod
    def _ask_on(
        connection: Connection,
        request: OutboundRequest,
        target: Target,
        headers: dict[str, str],
        deadline: Deadline,
    ) -> h11.Response:
        try:
            return connection.ask(request.method, target, headers=headers, body=request.body, deadline=deadline)
        except Exception:
            connection.close()
            raise


def _failed(failure: ExchangeFailed, started: float) -> Exchange:
    return Exchange(None, {}, b"", failure.kind, _milliseconds_since(started), 0, failure.detail)


def _answered(
    response: h11.Response, body: Body, latency_ms: int, *, whole_body: bool, wanted: frozenset[str]
) -> Exchange:
    status = response.status_code
    if status < 300:
        failure = body.failure if whole_body else None
    elif status < 400:
        failure = ExchangeFailed(ErrorKind.REDIRECT, "redirects are not followed")
    else:
        failure = body.failure
    return Exchange(
        status=status,
        headers=kept_headers(response.headers, wanted=wanted),
        head=body.head,
        error=failure.kind if failure else None,
        latency_ms=latency_ms,
        bytes_read=body.bytes_read,
        detail=failure.detail if failure else "",
    )


def _milliseconds_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
