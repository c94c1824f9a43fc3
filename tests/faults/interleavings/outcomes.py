"""What came of two calls, as texts that can be compared.

Ids are named in the order in which the world and then the answers show them, times are all alike, and lists of objects
are sorted.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tests.platform import Answer

_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")
_ID = re.compile(
    r"whsec_[\w+/=-]+|\b0x[0-9a-fA-F]{40,64}\b|\bbafy[a-z2-7]{20,}|\b[a-z]{2,5}_[0-9A-Za-z_-]{12,}|\b(?:[0-9A-Z]{20}|[0-9a-z]{20})\b|\b[0-9a-f]{16,}\b"
    r"|\bp[a-z0-9]{10}\b|\b(?=[a-z]*\d)[a-z0-9]{12}\b|\b[a-z0-9]{32}\b"
)
_ALIASES = {"owner_id": "user_id"}
_WORDS = {"message", "error_description"}  # a refusal may be worded otherwise
_WHOLE = {"id", "secret"}  # named as they are, whatever they look like
_A_TIME = 1_000_000_000
_UNKNOWN = "#?"
_REFUSALS = (400, 500)
_UNAVAILABLE = 503


Answers = Sequence[tuple[str, Any]]
"""What the actors were told, each by the name of its step."""


class Outcome(NamedTuple):
    """The answers, by the names of the steps, and the state at rest."""

    answers: str
    state: str


def plain(value: Any) -> Any:
    """An answer's status and JSON; anything else as it is."""
    return {"status": value.status, "json": value.json} if isinstance(value, Answer) else value


def is_refusal(answer: Any) -> bool:
    """True of an answer that says that nothing was done."""
    status = answer.get("status") if isinstance(answer, dict) else answer
    return isinstance(status, int) and (status == _UNAVAILABLE or _REFUSALS[0] <= status < _REFUSALS[1])


def canonical(known: Any, answers: Answers, state: Any) -> Outcome:
    """The outcome with ids named as they are met: the world's first, then those of the answers, by the steps' names."""
    names = _names(known, answers)
    return Outcome(_shown(answers, names), json.dumps(_sorted(_named(state, names)), sort_keys=True))


def told(known: Any, answers: Answers) -> str:
    """The answers alone, as the outcome has them."""
    return _shown(answers, _names(known, answers))


def exact(answers: Answers) -> list[str]:
    """The answers with all that is in them, times aside, in an order of their own."""
    return sorted(json.dumps([name, _timeless(answer)], sort_keys=True, default=str) for name, answer in answers)


def differences(wanted: Outcome, got: Outcome) -> list[str]:
    """The lines in which two outcomes differ, `-` for what was wanted and `+` for what came, each with its place."""
    before, after = (list(_lines(json.loads(f"[{','.join(each.answers.splitlines())}]"))) for each in (wanted, got))
    before += _lines(json.loads(wanted.state))
    after += _lines(json.loads(got.state))
    return [
        *(f"- {line}" for line in (Counter(before) - Counter(after)).elements()),
        *(f"+ {line}" for line in (Counter(after) - Counter(before)).elements()),
    ]


def _names(known: Any, answers: Answers) -> dict[str, str]:
    names: dict[str, str] = {}
    _learn(known, names)
    for _, answer in sorted(answers, key=lambda each: each[0]):
        _learn(answer, names)
    return names


def _shown(answers: Answers, names: Mapping[str, str]) -> str:
    # Of two runs of one and the same step either may be called the first.
    shown = sorted(json.dumps([name, _sorted(_named(answer, names))], sort_keys=True) for name, answer in answers)
    return "\n".join(shown)


def _lines(value: Any, place: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _lines(each, f"{place} {name}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _lines(each, f"{place} [{number}]")
    else:
        yield f"{place.strip()}: {json.dumps(value)}"


def _learn(value: Any, names: dict[str, str], key: str = "") -> None:
    if isinstance(value, dict):
        for name, each in value.items():
            _learn(each, names, name)
    elif isinstance(value, list | tuple):
        for each in value:
            _learn(each, names, key)
    elif isinstance(value, str):
        for found in [value] if key in _WHOLE else [each[0] for each in _ID.finditer(value)]:
            names.setdefault(found, f"#{len(names)}")
    elif isinstance(value, int) and not isinstance(value, bool) and key.endswith("_id"):
        names.setdefault(_number(key, value), f"#{len(names)}")


def _named(value: Any, names: Mapping[str, str], key: str = "") -> Any:
    if isinstance(value, dict):
        is_refusal = "code" in value or "error" in value
        return {
            names.get(name, name): _named(each, names, name)
            for name, each in value.items()
            if not (is_refusal and name in _WORDS)
        }
    if isinstance(value, list | tuple):
        return [_named(each, names, key) for each in value]
    if isinstance(value, str):
        return names.get(value, _UNKNOWN) if key in _WHOLE else _text(value, names)
    if isinstance(value, int) and not isinstance(value, bool):
        if key.endswith("_id"):
            return names.get(_number(key, value), _UNKNOWN)
        if value > _A_TIME:
            return "T"
    return value


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _timeless(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_timeless(each) for each in value]
    if isinstance(value, str):
        return _TIME.sub("T", value)
    return "T" if isinstance(value, int) and not isinstance(value, bool) and value > _A_TIME else value


def _text(value: str, names: Mapping[str, str]) -> str:
    if value in names:
        return names[value]
    return _ID.sub(lambda found: names.get(found[0], _UNKNOWN), _TIME.sub("T", value))


def _number(key: str, value: int) -> str:
    return f"{_ALIASES.get(key, key)}:{value}"


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted(each) for name, each in value.items()}
    if not isinstance(value, list | tuple):
        return value
    each = [_sorted(one) for one in value]
    if each and isinstance(each[0], dict):
        return sorted(each, key=lambda one: json.dumps(one, sort_keys=True))
    return each
