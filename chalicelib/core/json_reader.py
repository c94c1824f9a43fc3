"""The one reader of JSON from outside: requests, partners' answers, nodes' answers, messages, tokens.

It refuses what JSON does not have (NaN, Infinity), what readers take in different ways (a name twice in one object,
numbers beyond a double), and what nests deeper than `MAX_DEPTH`. Nesting is counted in the bytes before any parser sees
them: Python's own parser recurses once a level, and where the limit of recursion was raised, as an embedded chain does,
100,000 brackets crash the process on Python 3.11.
"""

import json
import re
from itertools import accumulate
from math import isinf
from typing import Any, Final

MAX_DEPTH: Final = 32
MAX_INTEGER_DIGITS: Final = 308  # the range of a double, as for numbers with a fraction
_SHOWN_NAME = 64
_SHOWN_NUMBER = 30
# A string, or one bracket. The quantifiers are possessive, so that no text makes this slow. A string without an end
# takes all the rest: no parser would read that.
_STRUCTURE = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{\]}]', re.DOTALL)
_STEPS = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}


class NotJson(ValueError):
    """The text is not JSON that is read here; the message says why, and begins with a verb: `is`, `nests`, `holds`."""


def read_json(raw: bytes) -> Any:
    """The JSON value of a text in UTF-8. Raises `NotJson`."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise NotJson("is not UTF-8 text") from error
    if not text.strip():
        raise NotJson("is empty; a JSON value is expected")
    if nests_deeper(raw, MAX_DEPTH):
        raise NotJson(f"nests deeper than {MAX_DEPTH} levels")
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise NotJson(f"is not valid JSON, at line {error.lineno}, column {error.colno}") from error


def nests_deeper(raw: bytes, max_depth: int) -> bool:
    """True where objects and arrays nest deeper than this many levels; brackets within strings do not count."""
    if raw.count(b"[") + raw.count(b"{") <= max_depth:
        return False
    steps = (_STEPS.get(found[0], 0) for found in _STRUCTURE.finditer(raw))
    return any(depth > max_depth for depth in accumulate(steps))


def _object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise NotJson(f"is not valid JSON: the key {name[:_SHOWN_NAME]!r} stands twice in one object")
            seen.add(name)
    return value


def _refuse_constant(name: str) -> Any:
    raise NotJson(f"is not valid JSON: {name} is not a JSON number")


def _finite_float(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise NotJson(f"holds a number out of range: {text[:_SHOWN_NUMBER]}")
    return number


def _bounded_int(text: str) -> int:
    if len(text) > MAX_INTEGER_DIGITS:
        raise NotJson(f"holds a number out of range: {text[:_SHOWN_NUMBER]}…")
    return int(text)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object_of, parse_constant=_refuse_constant, parse_float=_finite_float, parse_int=_bounded_int
)
