"""The circuit breaker of one endpoint: when to stop calling, when to try again, how to come back. Pure.

    closed    calls go through; in the first seven seconds after a probe, the backlog at 1, 2, 4, … calls a second
    open      no call until `open_until`, then one probe under a lease; deliveries are put off and lose no attempt

A probe that succeeds closes the breaker; one that fails opens it for twice as long. `scale` multiplies every duration;
it is 1 on a deployed stage. Times are microseconds since 1970.
"""

from math import log2
from typing import Final, NamedTuple

SECOND: Final = 1_000_000
STREAK_TO_OPEN: Final = 10
WINDOW_SECONDS: Final = 300.0
WINDOW_CALLS: Final = 10
WINDOW_FAILED_PERCENT: Final = 70
FIRST_OPEN_SECONDS: Final = 60.0
LONGEST_OPEN_SECONDS: Final = 3600.0
PROBE_LEASE_SECONDS: Final = 30.0  # above the 15 s of an exchange, which no scale shortens
RELEASE_SECONDS: Final = 7.0  # 1 + 2 + … + 64 are out by then, and nothing is held back any more
DISABLE_SECONDS: Final = 5 * 24 * 3600.0
HALF_WAY_SECONDS: Final = DISABLE_SECONDS / 2
STREAK_TO_TELL: Final = 3
FIRST_NOTICE_PAUSE_SECONDS: Final = 24 * 3600.0

CLOSED, OPEN = "closed", "open"
_DAY = 24 * 3600.0
# The durations in words.
DISABLED_AFTER: Final = f"{DISABLE_SECONDS / _DAY:g} days"
HALF_WAY: Final = f"{HALF_WAY_SECONDS / _DAY:g} days"


class Health(NamedTuple):
    """What is known of an endpoint's answers; the defaults are those of an endpoint without trouble.

    `streak` counts failures in a row, retries of one event included. The window begins with its first failure.
    `trouble_since` is the first failure after the last success; `notices` how many of the partner's three letters
    about it were sent; `told_at` when a first letter was last sent. `released_at` is when a probe last succeeded.
    """

    state: str = CLOSED
    streak: int = 0
    window_start: int = 0
    window_ok: int = 0
    window_failed: int = 0
    openings: int = 0
    open_until: int = 0
    released_at: int = 0
    trouble_since: int = 0
    notices: int = 0
    told_at: int = 0

    @property
    def in_trouble(self) -> bool:
        """True from the first failure until a success has set everything right again."""
        return self.state == OPEN or self.trouble_since > 0


def after_failure(health: Health, *, at: int, ok_before: int, probe: bool, scale: float) -> Health:
    """The health after a failed call; `ok_before` successes before it were counted in memory and not stored.

    While open only the probe counts: calls that were under way when the breaker opened end late.
    """
    if health.state == OPEN:
        return _opened(health, at=at, scale=scale) if probe else health
    in_window = _in_window(health, at=at, scale=scale)
    counted = health._replace(
        streak=health.streak + 1 if ok_before == 0 else 1,
        window_start=health.window_start if in_window else at,
        window_ok=health.window_ok + ok_before if in_window else 0,
        window_failed=health.window_failed + 1 if in_window else 1,
        trouble_since=health.trouble_since if health.trouble_since and ok_before == 0 else at,
    )
    return _opened(counted, at=at, scale=scale) if _must_open(counted) else counted


def after_success(health: Health, *, at: int, ok_before: int, probe: bool, scale: float) -> Health:
    """The health after a success. While open, a probe's closes and begins the release; a late one changes nothing."""
    if health.state == OPEN:
        return Health(released_at=at, told_at=health.told_at) if probe else health
    in_window = _in_window(health, at=at, scale=scale)
    return health._replace(
        streak=0,
        window_ok=health.window_ok + ok_before + 1 if in_window else 0,
        window_failed=health.window_failed if in_window else 0,
        trouble_since=0,
        notices=0,
    )


def is_releasing(health: Health, *, at: int, scale: float) -> bool:
    """True while the backlog goes out step by step."""
    return health.state == CLOSED and at < health.released_at + RELEASE_SECONDS * SECOND * scale


def release_slot(number: int, *, released_at: int, scale: float) -> int:
    """When the delivery that is `number` (from 1) of the backlog goes out: 1, 2, 4, … of them in each second."""
    return released_at + round(log2(number) * SECOND * scale)


def open_seconds(openings: int) -> float:
    """How long the n-th opening in a row lasts: 60 s, doubling to an hour."""
    return min(FIRST_OPEN_SECONDS * 2.0 ** min(openings - 1, 16), LONGEST_OPEN_SECONDS)


def must_disable(health: Health, *, at: int, scale: float) -> bool:
    """True after `DISABLE_SECONDS` without one success.

    Only while the breaker is open, which every schedule brings about by ten failures within that time. Single failures
    weeks apart prove nothing: a worker may have counted a success in between and not stored it.
    """
    return health.state == OPEN and at - health.trouble_since >= DISABLE_SECONDS * SECOND * scale


def notice_due(health: Health, *, at: int, scale: float) -> int | None:
    """Which letter to send now, None for none: 1 at trouble, 2 half-way to disabling, 3 with disabling.

    Trouble is an open breaker or three failures in a row. An endpoint that keeps failing and recovering gets the first
    letter once a day.
    """
    if must_disable(health, at=at, scale=scale):
        due = 3
    elif health.trouble_since and at - health.trouble_since >= HALF_WAY_SECONDS * SECOND * scale:
        due = 2
    elif health.state == OPEN or health.streak >= STREAK_TO_TELL:
        told_lately = health.told_at and at - health.told_at < FIRST_NOTICE_PAUSE_SECONDS * SECOND * scale
        due = 0 if told_lately else 1
    else:
        due = 0
    return due if due > health.notices else None


def noticed(health: Health, number: int, *, at: int) -> Health:
    """The health with the letter `number` noted as sent."""
    return health._replace(notices=number, told_at=at if number == 1 else health.told_at)


def _in_window(health: Health, *, at: int, scale: float) -> bool:
    return health.window_failed > 0 and at - health.window_start <= WINDOW_SECONDS * SECOND * scale


def _must_open(health: Health) -> bool:
    calls = health.window_ok + health.window_failed
    too_many = calls >= WINDOW_CALLS and 100 * health.window_failed >= WINDOW_FAILED_PERCENT * calls
    return too_many or health.streak >= STREAK_TO_OPEN


def _opened(health: Health, *, at: int, scale: float) -> Health:
    openings = health.openings + 1
    until = at + round(open_seconds(openings) * SECOND * scale)
    return health._replace(state=OPEN, openings=openings, open_until=until)
