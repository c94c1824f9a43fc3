"""The one reader of whole numbers that are written as text: in queries, forms, paths and settings.

Python's own `int` also takes blanks, underscores, a plus sign, leading zeros and the digits of every script.
"""

import re
from typing import Final

_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]*)")
_LONGEST: Final = 308  # characters; as in `json_reader`: the range of a double


def is_whole(text: str) -> bool:
    """True of a whole number as JSON writes one, of any length."""
    return _WHOLE.fullmatch(text) is not None


def read_whole(text: str, *, least: int | None = None, most: int | None = None) -> int | None:
    """The whole number that a text writes as JSON does; None where it is none, or is not from `least` to `most`.

    With a `least` of 0 or more, `-0` is refused as well.
    """
    if len(text) > _LONGEST or not is_whole(text) or (text[0] == "-" and least is not None and least >= 0):
        return None
    number = int(text)
    if (least is not None and number < least) or (most is not None and number > most):
        return None
    return number
