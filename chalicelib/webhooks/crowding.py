"""How much of a lane one endpoint, or one partner, may hold: a worker is held by its slowest call, up to 15 s. Pure.

A lane is the workers of one queue. Each stores what it has in hand, with a lease, and reads what the others stored.
Room is counted in workers and not in calls, since a batch of ten calls holds a worker no longer than its slowest does.

    calm       an endpoint may hold a tenth of the lane and a partner a quarter, and each twice its flow on top
    pressed    half of the workers without a slow call are busy, or messages wait: an endpoint may hold one worker, or
               its flow

The *flow* of an endpoint is how many workers it kept busy with calls that it answered, within the last second. So a
busy, healthy endpoint has as much room as it fills; one that stops answering loses it within a second.
Times are microseconds since 1970.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from chalicelib.webhooks.breaker import SECOND

SLOWEST_SECONDS: Final = 15.0  # the longest call
SUSPECT_SECONDS: Final = 2.0  # a call that is open this long is slow
FLOW_SECONDS: Final = 1.0
# How long a worker that stores nothing more counts: it may have ended its batch, or have died.
SHORT_LEASE: Final = 3 * SECOND
LONG_LEASE: Final = 20 * SECOND  # above the 15 s of a call, from when it is known as slow
_ENDPOINTS_SHARE, _PARTNERS_SHARE = 10, 4
_ENDPOINTS_MOST, _PARTNERS_MOST = 0.4, 0.5  # of the lane, however well they are
_ROOM_TO_GROW = 2
_BATCH = 10


class Name(NamedTuple):
    """An endpoint, whose id is the partner's own."""

    origin: str
    endpoint_id: str


class Share(NamedTuple):
    """What an endpoint has of a worker: whether calls are in hand, whether one is slow, and its flow, from 0 to 1."""

    in_hand: bool
    is_slow: bool
    flow: float


def calls_at_once(width: int) -> int:
    """How many calls of an endpoint a lane of `width` workers makes at once, if their batches are full of them."""
    return _BATCH * _least(width, _ENDPOINTS_SHARE)


def _least(width: int, share: int) -> int:
    return max(2, width // share)


class Work(NamedTuple):
    """What a worker has in hand since `at`, which counts until `until`."""

    worker: str
    at: int
    until: int
    shares: Mapping[Name, Share]


class Crowd:
    """What the other workers of a lane have in hand, as one of them sees it."""

    def __init__(self, mine: Work, others: Iterable[Work], *, width: int, at: int, is_behind: bool = False) -> None:
        self._width = width
        self._room = _least(width, _ENDPOINTS_SHARE)
        self._ahead: defaultdict[Name | str, int] = defaultdict(int)
        self._flow: defaultdict[Name | str, float] = defaultdict(float)
        self._slow: set[Name] = set()
        short = slow = 0
        for work in others:
            if work.worker == mine.worker:
                continue
            if work.at > at - FLOW_SECONDS * SECOND:
                self._add_flow(work)
            if work.until <= at or not any(share.in_hand for share in work.shares.values()):
                continue
            is_slow = self._add_in_hand(work, before=mine)
            slow += is_slow
            short += not is_slow
        self._add_flow(mine)
        # Workers beyond an endpoint's room are about to give its calls up.
        staying = sum(min(count, self._room) for name, count in self._ahead.items() if isinstance(name, Name))
        self._is_pressed = is_behind or min(short, staying) >= (width - slow) / 2
        self._busy_workers = short + slow

    @property
    def is_busy(self) -> bool:
        """True where the lane is so full that a worker should store that its batch has ended."""
        is_pressed = self._is_pressed and self._busy_workers > 0
        return is_pressed or self._busy_workers >= self._width / 4 or any(count >= 2 for count in self._ahead.values())

    def is_slow(self, name: Name) -> bool:
        """True while another worker has a slow call of the endpoint open."""
        return name in self._slow

    def has_room(self, name: Name, *, is_trusted: bool = False) -> bool:
        """Whether one more worker may call the endpoint; a trusted one has the most room, but in a pressed lane."""
        own = self._limit(name, share=_ENDPOINTS_SHARE, most=_ENDPOINTS_MOST, is_trusted=is_trusted)
        partners = self._limit(name.origin, share=_PARTNERS_SHARE, most=_PARTNERS_MOST, is_trusted=is_trusted)
        return self._ahead[name] < own and (self._is_pressed or self._ahead[name.origin] < partners)

    def _limit(self, whose: Name | str, *, share: int, most: float, is_trusted: bool) -> float:
        flow = self._flow[whose]
        if self._is_pressed:
            return max(1.0, min(flow, most * self._width))
        least = _least(self._width, share)
        if is_trusted:
            return max(least, most * self._width)
        return max(least, min(least + _ROOM_TO_GROW * flow, most * self._width))

    def _add_in_hand(self, work: Work, *, before: Work) -> bool:
        """Counts a worker's endpoints if it came first, else the slow ones alone; True where one is slow."""
        slow = {name for name, share in work.shares.items() if share.is_slow}
        self._slow |= slow
        came_first = (work.at, work.worker) < (before.at, before.worker)
        names = {name for name, share in work.shares.items() if share.in_hand and (came_first or share.is_slow)}
        several: set[Name | str] = {*names, *(name.origin for name in names)}
        for whose in several:
            self._ahead[whose] += 1
        return bool(slow)

    def _add_flow(self, work: Work) -> None:
        for name, share in work.shares.items():
            self._flow[name] += share.flow
            self._flow[name.origin] += share.flow
