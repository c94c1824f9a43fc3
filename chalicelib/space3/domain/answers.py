"""Reads a partner's answer, strictly: an answer that breaks the contract says nothing about the mission."""

from codecs import BOM_UTF8
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

from chalicelib.core.errors import ApiError
from chalicelib.core.http.parse import parse_json
from chalicelib.core.times import InvalidTime, parse_time
from chalicelib.space3.domain.windows import TimeWindow

Kind = Literal["simple", "accumulative"]
Counting = Literal["sum", "latest", "max"]
Verdict = Literal["done", "not_done", "unknown"]
Reason = Literal[
    "missing_identity",
    "outside_window",
    "partner_down",
    "timeout",
    "bad_response",
    "blocked_address",
    "unsafe_value",
]
MAX_TIMES: Final = 2**53 - 1


class BadResponse(Exception):
    """The answer does not have the form of the contract, so it does not say whether the mission is done.

    The text says what is wrong.
    """


class Reading(NamedTuple):
    """What an answer says: whether the mission is done, and how far the user has come."""

    is_done: bool
    progress: int


def json_of(body: bytes) -> Any:
    """The JSON value of an answer, behind a byte order mark too. Raises `BadResponse`, also for duplicate keys, NaN."""
    try:
        return parse_json(body.removeprefix(BOM_UTF8))  # RFC 8259 lets a reader pass over it
    except ApiError as error:
        raise BadResponse(error.message) from error


def object_of(body: bytes) -> Mapping[str, Any]:
    """The JSON object of an answer. Raises `BadResponse`."""
    value = json_of(body)
    if not isinstance(value, dict):
        raise BadResponse("The answer is not a JSON object.")
    return value


def yes_or_no(is_done: bool) -> Reading:
    """The reading of a plain answer."""
    return Reading(is_done, int(is_done))


def boolean(value: Any, name: str) -> Reading:
    """The reading of a JSON boolean. Raises `BadResponse`."""
    if not isinstance(value, bool):
        raise BadResponse(f"{name} is not a JSON boolean.")
    return yes_or_no(value)


def result_in(body: bytes, name: str) -> Mapping[str, Any]:
    """The object of this name in an answer. Raises `BadResponse`, also where an error stands beside it."""
    whole = object_of(body)
    _refuse_error(whole.get("error"))
    part = whole.get(name)
    if not isinstance(part, dict):
        raise BadResponse(f"{name} is not an object.")
    return part


def _refuse_error(error: Any) -> None:
    """Raises `BadResponse` where the field `error` of an answer tells of a failure: the result beside it is void then.

    Null, an empty text and the code 0 mean that there is no error.
    """
    code = error.get("code", error.get("message")) if isinstance(error, dict) else error
    if code not in (None, "", 0, "0") or isinstance(code, bool):
        raise BadResponse("The answer tells of an error.")


def whole_number(value: Any, name: str) -> int:
    """A count that fits a double, as JSON's integer. Raises `BadResponse`."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_TIMES:
        raise BadResponse(f"{name} is not a whole number.")
    return value


def progress_of(body: bytes, *, window: TimeWindow, counting: Counting, target: int) -> Reading:
    """The reading of an accumulative answer: entries outside the window do not count, the last of one time does."""
    entries = json_of(body)
    if not isinstance(entries, list):
        raise BadResponse("The answer is not a JSON array.")
    times: dict[datetime, int] = {}
    for number, entry in enumerate(entries):
        moment, completed = _entry(entry, number)
        if window.holds(moment):
            times[moment] = completed
    if not times:
        return Reading(False, 0)
    if counting == "sum":
        progress = min(sum(times.values()), MAX_TIMES)
    elif counting == "latest":
        progress = times[max(times)]
    else:
        progress = max(times.values())
    return Reading(progress >= target, progress)


def _entry(entry: Any, number: int) -> tuple[datetime, int]:
    if not isinstance(entry, dict):
        raise BadResponse(f"[{number}] is not an object.")
    completed = whole_number(entry.get("completedTimes"), f"[{number}].completedTimes")
    timestamp = entry.get("timestamp")
    if not isinstance(timestamp, str):
        raise BadResponse(f"[{number}].timestamp is not a string.")
    try:
        return parse_time(timestamp), completed
    except InvalidTime as error:
        raise BadResponse(f"[{number}].timestamp is not an ISO 8601 time.") from error
