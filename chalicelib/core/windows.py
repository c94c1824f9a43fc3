"""A part of a list. Pure.

Positions are texts of one length in Crockford's base 32, with one prefix for all of a list, so the
neighbours of a position can be written down: no valid position lies between it and its bound here.
"""

from typing import NamedTuple

_LOWEST = "!"
_HIGHEST = "~"


class Window(NamedTuple):
    """`limit` items next to a position (exclusive), none below the position `since` or from the position `until` on.

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
