"""A fixed moment by which a whole piece of work must be done, however many steps it has."""

import time


class Deadline:
    """Counts down from its making, on the monotonic clock."""

    __slots__ = ("_ends",)

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left, more than 0. Raises `TimeoutError` when there are none."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("deadline passed")
        return left

    def at_most(self, seconds: float) -> "Deadline":
        """This deadline, or `seconds` from now when that is sooner."""
        sooner = Deadline(seconds)
        sooner._ends = min(sooner._ends, self._ends)
        return sooner
