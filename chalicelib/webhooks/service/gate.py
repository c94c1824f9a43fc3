"""Whether a due delivery may go out now: the circuit breaker first, then the endpoint's rate limit.

A healthy endpoint without a limit costs no request here. Being put off costs a delivery no attempt.

The limit has two counters. A slot is the right to call at a moment, less than a second away. A place is when to come
back and ask for a slot, so that those who wait come back one after another. A delivery that comes back late, because
the queue is behind, still has to take a slot, so the limit holds.
"""

import random
import time
from typing import NamedTuple

from chalicelib.core.clock import epoch_micros, now
from chalicelib.core.settings import settings
from chalicelib.webhooks.breaker import OPEN, PROBE_LEASE_SECONDS, SECOND, Health, is_releasing, release_slot
from chalicelib.webhooks.crowding import SLOWEST_SECONDS, calls_at_once
from chalicelib.webhooks.models.endpoints import EndpointRow
from chalicelib.webhooks.queues import SLOW, workers_of
from chalicelib.webhooks.repository import endpoints as endpoint_rows
from chalicelib.webhooks.repository import health as repository

_SHORT_WAIT = SECOND // 4  # slept through by the worker
_PLACED_WAIT = SECOND  # the same of a delivery that comes back at its time, which SQS knows by whole seconds
_FARTHEST_PLACE = 600 * SECOND  # what SQS can delay, with room for a queue that is behind
_SPREAD = 0.2
_USUAL_SECONDS = 1.0  # of a call of an endpoint that is neither slow nor in trouble
_TOGETHER = 5 * SECOND  # what places are rounded up to, so that a worker gets several of an endpoint at a time


class Passage(NamedTuple):
    """`wait_until` (microseconds) puts the delivery off; `cleared` says that it keeps that time.

    `is_probe` marks the one call that finds out whether an endpoint is back.
    """

    wait_until: int | None = None
    cleared: bool = False
    is_probe: bool = False


def admit(endpoint: EndpointRow, *, cleared: bool) -> Passage:
    """Decides for one delivery; `cleared` says that an earlier passage gave it its time."""
    at, scale, known = epoch_micros(now()), settings().seconds_scale, endpoint.known_health
    if known.in_trouble or is_releasing(known, at=at, scale=scale):
        fresh = endpoint_rows.find_endpoint(endpoint.origin, endpoint.id) or endpoint
        health = fresh.known_health
        if health.state == OPEN:
            return _while_open(fresh, health, at=at)
        if not cleared and is_releasing(health, at=at, scale=scale):
            passage = _while_releasing(fresh, health, at=at)
            if passage.wait_until is not None:
                return passage
    return Passage() if endpoint.rate_limit is None else _within_rate(endpoint, cleared=cleared)


def place(endpoint: EndpointRow) -> Passage:
    """When a delivery is to come back for which the slow lane has no room: behind all others of its endpoint."""
    at, scale = epoch_micros(now()), settings().seconds_scale
    is_slow = endpoint.known_health.in_trouble or endpoint.is_slow(at=at)
    seconds = SLOWEST_SECONDS if is_slow else _USUAL_SECONDS
    interval = round(seconds * SECOND / calls_at_once(workers_of(SLOW)))
    found = repository.take_place(endpoint, at=at + round(seconds * SECOND), interval=interval, ahead=_FARTHEST_PLACE)
    until = at + round(random.uniform(0.25, 0.5) * _FARTHEST_PLACE) if found is None else found
    return Passage(wait_until=at + round((_together(until) - at) * min(1.0, scale)))


def _together(until: int) -> int:
    return -(-until // _TOGETHER) * _TOGETHER


def _while_open(row: EndpointRow, health: Health, *, at: int) -> Passage:
    if at < health.open_until:
        return Passage(wait_until=_spread(health.open_until, at=at))
    lease_end = at + round(PROBE_LEASE_SECONDS * SECOND)
    if repository.take_probe(row, at=at, until=lease_end):
        return Passage(is_probe=True)
    patience = round(settings().scaled(PROBE_LEASE_SECONDS) * SECOND)
    return Passage(wait_until=_spread(at + max(patience, _SHORT_WAIT), at=at))


def _while_releasing(row: EndpointRow, health: Health, *, at: int) -> Passage:
    number = repository.take_release_number(row)
    if number is None:
        return Passage(wait_until=at + _SHORT_WAIT)
    slot = release_slot(number, released_at=health.released_at, scale=settings().seconds_scale)
    return Passage(wait_until=slot, cleared=True) if slot - at > _SHORT_WAIT else _slept(slot)


def _within_rate(endpoint: EndpointRow, *, cleared: bool) -> Passage:
    at, interval = epoch_micros(now()), round(SECOND / int(endpoint.rate_limit))
    patience = _PLACED_WAIT if cleared else _SHORT_WAIT
    slot = repository.take_slot(endpoint, at=at, interval=interval, ahead=patience)
    if slot is not None:
        return _slept(slot)
    place = repository.take_place(endpoint, at=at + patience, interval=interval, ahead=_FARTHEST_PLACE)
    if place is None:
        # Back while others still wait for their places, so that the limit is used to the full.
        return Passage(wait_until=at + round(random.uniform(0.25, 0.5) * _FARTHEST_PLACE))
    return Passage(wait_until=place, cleared=True)


def _slept(slot: int) -> Passage:
    time.sleep(max(0, slot - epoch_micros(now())) / SECOND)
    return Passage()


def _spread(until: int, *, at: int) -> int:
    """A little later than `until`, at random, so that a backlog does not come back all at once."""
    return until + round(random.uniform(0, _SPREAD) * (until - at))
