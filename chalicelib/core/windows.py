"""A part of a list. Pure.

Positions are sort keys of one length: the list's prefix, then Crockford's base 32. So "before" and "after" a position
can be written as inclusive bounds: no position lies between one and the bound that is made of it.
"""

from typing import NamedTuple

_LOWEST = "!"
_HIGHEST = "~"


class Window(NamedTuple):
    """`limit` items next to a position (exclusive), none below `since` or from `until` on, which may be prefixes.

    `after` walks to older items, `before` to newer ones; at most one of them is given.
    """

    limit: int
    after: str | None = None
    before: str | None = None
    since: str | None = None
    until: str | None = None

    @property
    def bounds(self) -> tuple[str, str]:
        """The lowest and the highest position that may be answered, inclusive."""
        lowest = max(self.since or _LOWEST, self.before + _HIGHEST if self.before else _LOWEST)
        highest = min(self.until or _HIGHEST, _below(self.after) if self.after else _HIGHEST)
        return lowest, highest


def _below(position: str) -> str:
    return position[:-1] + chr(ord(position[-1]) - 1) + _HIGHEST
