"""Where on a chain something happened, as a text that sorts by it."""

from typing import NamedTuple


class Place(NamedTuple):
    """A block, and an event's number in it; without that, the block before all its events.

    What happens to a token is in this order, over all generations of a chain.
    """

    generation: int
    block: int
    log_index: int | None = None

    @property
    def text(self) -> str:
        """As rows keep it."""
        block = f"{self.generation:06d}.{self.block:012d}"
        return block if self.log_index is None else f"{block}.{self.log_index:06d}"
