"""Which events an endpoint wants by what they say: groups of conditions, in each of which one must hold. Pure.

A condition is a dictionary of a field's path, such as `user.level`, and one test. What a test cannot compare does not
hold: a field that is absent, text with a number, true with 1.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

Condition = Mapping[str, Any]
Filter = Sequence[Sequence[Condition]]

FIELD: Final = "field"
_ABSENT: Final = object()


def passes(groups: Filter, content: Any) -> bool:
    """Whether an event with this content passes: true of no groups."""
    return all(any(_holds(condition, content) for condition in group) for group in groups)


def _holds(condition: Condition, content: Any) -> bool:
    [(test, wanted)] = [(name, value) for name, value in condition.items() if name != FIELD]
    return _TESTS[test](_found(content, condition[FIELD].split(".")), wanted)


def _found(value: Any, names: Sequence[str]) -> Any:
    """What lies at a path: names of an object's fields, and places of an array from 0; else `_ABSENT`."""
    for name in names:
        if isinstance(value, Mapping) and name in value:
            value = value[name]
        elif isinstance(value, list | tuple) and name.isascii() and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return _ABSENT
    return value


def _is_same(found: Any, wanted: Any) -> bool:
    return isinstance(found, bool) == isinstance(wanted, bool) and bool(found == wanted)


def _compared(holds: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """A test of two numbers, or of two texts by their characters, which suits times in ISO 8601."""

    def compare(found: Any, wanted: Any) -> bool:
        texts = isinstance(found, str) and isinstance(wanted, str)
        return (texts or (_is_number(found) and _is_number(wanted))) and holds(found, wanted)

    return compare


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_TESTS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "equals": _is_same,
    "in": lambda found, wanted: any(_is_same(found, each) for each in wanted),
    "exists": lambda found, wanted: (found is not _ABSENT) is bool(wanted),
    "gte": _compared(lambda found, wanted: found >= wanted),
    "lte": _compared(lambda found, wanted: found <= wanted),
    "prefix": lambda found, wanted: isinstance(found, str) and found.startswith(wanted),
}
TESTS: Final = tuple(_TESTS)
