"""What came of some steps, and whether two of them came to the same."""

from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any, NamedTuple

from tests.faults.interleavings.outcomes import Answers, Outcome, canonical, exact, told


class Run(NamedTuple):
    """What came of some steps: what names the ids, the answers by step, the state at rest once it is asked for.

    Runs with one `place` came to the same state.
    """

    known: Any
    answers: Answers
    state: Callable[[], Any]
    place: str | None

    def readings(self) -> Iterator["Reading"]:
        """How it may be told; where a step was taken twice, with either as the one that made the first id."""
        for order in permutations(self.answers):
            if [name for name, _ in order] == [name for name, _ in self.answers]:
                yield Reading(self.known, order, self.state)

    def without(self, *places: int) -> "Run":
        """The same with some answers unheard."""
        kept = [each for place, each in enumerate(self.answers) if place not in places]
        return self._replace(answers=kept)

    def agrees(self, other: "Run") -> bool:
        """True where both came to the same; looks only where the actors were told the same."""
        return any(
            mine.told == theirs.told and mine.outcome() == theirs.outcome()
            for mine in self.readings()
            for theirs in other.readings()
        )

    def is_plainly(self, other: "Run") -> bool:
        """True where both came to the same without a look at what that is."""
        return self.place is not None and self.place == other.place and exact(self.answers) == exact(other.answers)


class Reading:
    """One way to tell a run: what the actors were told, and with the state at rest the outcome."""

    def __init__(self, known: Any, answers: Answers, state: Callable[[], Any]) -> None:
        self.told = told(known, answers)
        self._known = known
        self._answers = answers
        self._state = state

    def outcome(self) -> Outcome:
        """The whole."""
        return canonical(self._known, self._answers, self._state())
