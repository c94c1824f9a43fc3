"""Rate limits by fixed time windows. Around the border of two windows, up to twice the limit may pass."""

import math
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from chalicelib.core.clock import now
from chalicelib.core.transactions import Transaction
from chalicelib.limits import repository

_V6_PREFIX = 64


class Limit(NamedTuple):
    """A limit of `most` uses by one subject per window of `seconds`."""

    name: str
    most: int
    seconds: int


class LimitReached(Exception):
    """No use is left in this window, which ends in `retry_after` seconds."""

    def __init__(self, limit: Limit, retry_after: int) -> None:
        super().__init__(limit.name)
        self.retry_after = retry_after


def add_use(transaction: Transaction, limit: Limit, subject: str) -> None:
    """Adds a use to a transaction; the commit raises `LimitReached`, and counts nothing, where the limit is reached."""
    moment = now().timestamp()
    window = int(moment // limit.seconds)
    ends = (window + 1) * limit.seconds
    repository.add_use(
        transaction,
        limit.name,
        subject,
        window=window,
        most=limit.most,
        ends=datetime.fromtimestamp(ends, UTC),
        otherwise=LimitReached(limit, max(1, math.ceil(ends - moment))),
    )


def use(limit: Limit, subject: str) -> None:
    """Counts a use by itself, in one request. Raises `LimitReached`."""
    transaction = Transaction()
    add_use(transaction, limit, subject)
    transaction.commit()


def network_of(address: str) -> str:
    """The subject of an IP address: for IPv6 its /64 network, which belongs to one household."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, _V6_PREFIX), strict=False)) if parsed.version == 6 else str(parsed)
