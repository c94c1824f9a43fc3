"""How far a reader of the stream of events has come, as text. Pure.

Events are listed by the time at which they were made, and an event may appear there some moments after a newer one: its
transaction was committed later, or its entry in the index came later. So a cursor holds a moment up to which all events
were given, and which of the events from then on were given already.
"""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from chalicelib.core.errors import BadRequest
from chalicelib.core.ids import TIME_LENGTH, first_position, millis_of

MOST_GIVEN: Final = 400  # so a cursor has some 5,000 characters at most, of the 8 KB that an address may have
_MOST_MARKS = MOST_GIVEN + 100  # those of one millisecond, at which a part was cut, come on top
_OFFSET_LENGTH, _RANDOM_LENGTH = 4, 6
_ENTRY_LENGTH = _OFFSET_LENGTH + _RANDOM_LENGTH
_FARTHEST_MILLIS: Final = 1_048_575  # what four letters count, some 17 minutes
_LETTER = "[0-9A-HJKMNP-TV-Z]"


class StreamCursor(NamedTuple):
    """All events before `millis` (since 1970) were given, and of those from then on the ones marked in `given`."""

    millis: int
    given: frozenset[str] = frozenset()

    @classmethod
    def at(cls, millis: int, given: Iterable[str]) -> "StreamCursor":
        """The cursor of a moment, with those marks that are not before it."""
        start = first_position(millis)
        return cls(millis, frozenset(mark for mark in given if mark >= start))

    def text(self) -> str:
        """As readers keep it: the moment, then each mark, its time counted from the moment."""
        entries = (
            first_position(millis_of(mark) - self.millis)[-_OFFSET_LENGTH:] + mark[TIME_LENGTH:]
            for mark in sorted(self.given)
        )
        return first_position(self.millis) + "".join(entries)

    def reaches(self, mark: str) -> bool:
        """Whether the mark is near enough to be held."""
        return millis_of(mark) <= self.millis + _FARTHEST_MILLIS


def mark_of(position: str) -> str:
    """What a cursor holds of an event: the time of its position in the list, and the last 30 of the random bits.

    The first ones may be the same for all that a process makes in one millisecond.
    """
    return position[:TIME_LENGTH] + position[-_RANDOM_LENGTH:]


def read_cursor(text: str, *, param: str = "after") -> StreamCursor:
    """Reads what `text` wrote. Raises `BadRequest`."""
    if not re.fullmatch(f"{_LETTER}{{{TIME_LENGTH}}}({_LETTER}{{{_ENTRY_LENGTH}}}){{0,{_MOST_MARKS}}}", text):
        raise BadRequest(f"{param}: is not a cursor of the stream", param=param)
    millis, entries = millis_of(text), text[TIME_LENGTH:]
    marks = (entries[start : start + _ENTRY_LENGTH] for start in range(0, len(entries), _ENTRY_LENGTH))
    return StreamCursor(
        millis,
        frozenset(first_position(millis + millis_of(mark[:_OFFSET_LENGTH])) + mark[_OFFSET_LENGTH:] for mark in marks),
    )
