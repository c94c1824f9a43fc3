"""Where runs have come to once, so that another one may go on from there."""

from collections import OrderedDict
from typing import NamedTuple, TypeVar

from tests.faults.interleavings.outcomes import Answers
from tests.faults.interleavings.repeating import Moment
from tests.faults.interleavings.rewinding import State

K = TypeVar("K")
V = TypeVar("V")


class Past(NamedTuple):
    """What some steps were answered, one after the other, and all that was stored then."""

    answers: Answers
    state: State
    moment: Moment


class Death(NamedTuple):
    """All that was stored when a step ended after this request."""

    request: str
    past: Past


class Recent(OrderedDict[K, V]):
    """The newest entries alone."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        if len(self) > self._most:
            self.popitem(last=False)
