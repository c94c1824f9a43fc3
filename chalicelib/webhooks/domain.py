"""Rules of delivery: which endpoints an event goes to, when to try again, when to give up. Pure.

`scale` multiplies the delays of the schedules (and Retry-After, before it is clamped); it is 1 on a
deployed stage.
"""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from math import inf
from typing import Any, Final, Literal, NamedTuple, get_args

from chalicelib.partners.domain import LEAST_DAYS_KEPT
from chalicelib.webhooks.breaker import DISABLED_AFTER

Status = Literal["scheduled", "delivered", "exhausted", "disabled", "canceled"]
Schedule = Literal["standard", "hourly"]
Ordering = Literal["none", "per_subject"]

DisabledCode = Literal["failures", "asked", "gone"]

RecoverableStatus = Literal["exhausted", "disabled", "canceled"]  # what a recovery can begin anew

PER_SUBJECT: Final = "per_subject"
STATUSES: Final[tuple[str, ...]] = get_args(Status)
RECOVERABLE: Final[tuple[str, ...]] = get_args(RecoverableStatus)
MISSED: Final = ("exhausted", "disabled")  # what a recovery begins anew by default
JITTER: Final = 0.2
MAX_ENDPOINTS: Final = 20  # of a partner; one event goes to all of them in one transaction
MAX_OWN_LISTS: Final = 20  # of a partner's endpoints, deleted ones too: the partner's list is merged from so many
MOST_STREAMED: Final = 100  # events of one answer of the stream
# How much of receivers' answers the API shows at once. A character can take 14 bytes there, since Lambda carries JSON
# within JSON, and Lambda carries 6 MB. So at most 30 heads of 16 KiB, or 100 lists of 25 short ones.
HEAD_BYTES: Final = 16 * 1024
WHOLE_HEADS: Final = 30
SHORT_HEAD_CHARACTERS: Final = 100
RECENT_ATTEMPTS: Final = 25
# How many characters of an answer's headers an attempt keeps, names and values together. With them most attempts' rows
# stay below a kilobyte, and so cost one write unit.
HEADER_CHARACTERS: Final = 512
MAX_RETRY_AFTER_FACTOR: Final = 4.0

_MINUTE = 60.0
_HOUR = 3600.0
# The delay before each try, in seconds; as many tries as there are delays.
SCHEDULES: Final[dict[str, tuple[float, ...]]] = {
    "standard": (
        0.0,
        5.0,
        5 * _MINUTE,
        30 * _MINUTE,
        2 * _HOUR,
        5 * _HOUR,
        10 * _HOUR,
        14 * _HOUR,
        20 * _HOUR,
        24 * _HOUR,
    ),
    "hourly": (0.0, *[_HOUR] * 23),
}

# The event types about endpoints and deliveries themselves.
FAILING_EVENT: Final = "endpoint.failing"
DISABLED_EVENT: Final = "endpoint.disabled"
EXHAUSTED_EVENT: Final = "delivery.exhausted"

# Why an endpoint was disabled where its partner did not do it.
DISABLED_REASONS: Final[Mapping[DisabledCode, str]] = {
    "failures": f"{DISABLED_AFTER} of failures",
    "asked": "its receiver asked for that",
    "gone": "its address answered 410",
}

# The header of a delivery that holds the endpoint's `api_key_header`.
API_KEY_HEADER: Final = "X-API-key"
# What a receiver may ask for in its answer, by the header of this name.
INSTRUCTION_HEADER: Final = "webhook-delivery"
ABORT: Final = "abort-message"
DISABLE: Final = "disable"

SHORTEST_RETENTION: Final = timedelta(days=LEAST_DAYS_KEPT)
# The event of an unfinished delivery lives for `KEPT_AHEAD` beyond the next attempt; one that would not is kept until
# `KEPT_ON` after that attempt. So the functions may stand still for `KEPT_AHEAD` and nothing is lost.
KEPT_AHEAD: Final = timedelta(days=2)
KEPT_ON: Final = SHORTEST_RETENTION

LEASE_SECONDS: Final = 30.0  # above the 15 s of an exchange and the time to store its outcome
CLOCK_SKEW_SECONDS: Final = 0.5  # between the clocks of the one who schedules and the one who claims
_GRACE_SECONDS = 120.0
_GRACE_FLOOR_SECONDS = 2.0
_FIRST_HOLD_SECONDS = 60.0
_LONGEST_HOLD_SECONDS = 3600.0
MAX_FAULTS: Final = 20  # about 15 hours of a worker failing at each claim

_TELLS_A_SECRET = ("auth", "cookie", "credential", "key", "password", "secret", "session", "signature", "token")

_DELAY_SECONDS = re.compile(r"[0-9]+")
_FAR_DIGITS = 12


class EventType(NamedTuple):
    """A type of events; `sample` makes the content of a test event.

    A `by_name_only` type is sent to endpoints that name it, not to those that want all types; one that is `named_only`
    too is recorded only while there is such an endpoint, enabled or not. `owner` is the surface that lists the
    deliveries of its events as its own. `subject` gives what an event with a content is about, such as an NFT:
    endpoints may ask for deliveries about one subject in order. `about_endpoint` gives the id of the endpoint that an
    event tells of: that endpoint is not sent the event, and deliveries of the event make no further events.
    """

    name: str
    sample: Callable[[], Mapping[str, Any]]
    by_name_only: bool = False
    named_only: bool = False
    owner: str | None = None
    subject: Callable[[Any], str | None] | None = None
    about_endpoint: Callable[[Any], str | None] | None = None


class Choice(NamedTuple):
    """Which deliveries are meant: those of these statuses and of these types; no types stands for all."""

    statuses: Collection[str] = MISSED
    event_types: Collection[str] = ()

    def takes(self, *, status: str, event_type: str) -> bool:
        """Whether a delivery is meant."""
        return status in self.statuses and (not self.event_types or event_type in self.event_types)


class Verdict(NamedTuple):
    """What becomes of a delivery after an attempt; `delay_seconds` until the next one where it is `scheduled`."""

    status: Status
    delay_seconds: float | None = None


def schedule_text(schedule: str) -> str:
    """Such as "24 tries over 23 hours"."""
    delays = SCHEDULES[schedule]
    return f"{len(delays)} tries over {sum(delays) / _HOUR:.0f} hours"


def matches(event_types: Collection[str], event_type: str, *, by_name_only: bool = False) -> bool:
    """Whether an endpoint that names these types wants an event of that type; naming none means all usual ones."""
    return event_type in event_types or not (event_types or by_name_only)


def grace_seconds(scale: float) -> float:
    """How many seconds the sweep leaves a delivery to the message that was queued for it."""
    return max(_GRACE_FLOOR_SECONDS, _GRACE_SECONDS * scale)


def hold_seconds(faults: int) -> float:
    """How many seconds to leave a delivery alone whose workers have failed `faults` times in a row, one or more."""
    return min(_LONGEST_HOLD_SECONDS, _FIRST_HOLD_SECONDS * 2.0 ** min(faults - 1, 16))


def judge(
    *,
    succeeded: bool,
    aborted: bool,
    gone: bool,
    schedule: str,
    tries: int,
    retry_after_seconds: float | None,
    jitter: float,
    scale: float,
) -> Verdict:
    """The verdict after the attempt that was number `tries` (from 1) of the schedule.

    `aborted` says that the receiver asked for no further attempt, `gone` that the endpoint was disabled by the answer;
    `jitter` is random, from -1 to 1.
    """
    if succeeded:
        return Verdict("delivered")
    if aborted:
        return Verdict("canceled")
    if gone:
        return Verdict("disabled")
    if tries >= len(SCHEDULES[schedule]):
        return Verdict("exhausted")
    delay = retry_delay(schedule, tries=tries, retry_after_seconds=retry_after_seconds, jitter=jitter, scale=scale)
    return Verdict("scheduled", delay)


def retry_delay(schedule: str, *, tries: int, retry_after_seconds: float | None, jitter: float, scale: float) -> float:
    """Seconds until the next try after `tries` of them: the schedule's delay ± 20 %.

    A Retry-After is clamped to 1 to 4 times the schedule's delay; jitter then only lengthens.
    """
    scheduled = SCHEDULES[schedule][tries] * scale
    jittered = scheduled * (1 + JITTER * jitter)
    if retry_after_seconds is None:
        return jittered
    longest = scheduled * MAX_RETRY_AFTER_FACTOR
    return min(max(retry_after_seconds * scale, jittered, scheduled), longest)


def parse_instructions(text: str | None) -> list[str]:
    """What a receiver asks for by the header `webhook-delivery`: `ABORT`, `DISABLE`, both or nothing."""
    words = {word.strip().lower() for word in (text or "").split(",")}
    return [word for word in (ABORT, DISABLE) if word in words]


def kept_answer_headers(headers: Mapping[str, str], *, room: int) -> dict[str, str]:
    """The answer's headers that an attempt keeps: in order, those that fit `room` characters and tell no secret."""
    kept: dict[str, str] = {}
    for name, value in headers.items():
        size = len(name) + len(value)
        if size <= room and not any(word in name for word in _TELLS_A_SECRET):
            room -= size
            kept[name] = value
    return kept


def short_attempt(attempt: Mapping[str, Any]) -> dict[str, Any]:
    """An attempt as lists show it, and as its delivery's row holds it if it has a row of its own."""
    left = {name: value for name, value in attempt.items() if name not in ("inside", "detail", "headers")}
    return {**left, "head": attempt["head"][:SHORT_HEAD_CHARACTERS]}


def parse_retry_after(text: str | None, *, at: datetime) -> float | None:
    """Seconds that a Retry-After header asks for (RFC 9110 § 10.2.3); None without one, or for a malformed one.

    A date in the past gives a negative number.
    """
    if text is None:
        return None
    text = text.strip()
    if _DELAY_SECONDS.fullmatch(text):
        return float(text) if len(text) <= _FAR_DIGITS else inf
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return ((date if date.tzinfo else date.replace(tzinfo=UTC)) - at).total_seconds()
