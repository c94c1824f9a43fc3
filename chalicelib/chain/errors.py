"""Refusals that name a chain, with the messages that callers read."""

from collections.abc import Sequence

from chalicelib.core.errors import NotFound
from chalicelib.core.settings import settings


class NoSuchChain(NotFound):
    """The stage has no chain of this name; the message names those it has."""

    def __init__(self, chain: str, known: Sequence[str]) -> None:
        self.sentence = f"there is no chain {chain} on this stage; there {'is' if len(known) == 1 else 'are'} "
        self.sentence += f"{', '.join(known)}." if known else "none."
        super().__init__(f"T{self.sentence[1:]}")


def require_chain(chain: str) -> None:
    """Raises `NoSuchChain` for one that the stage does not have."""
    if chain not in settings().chain_names:
        raise NoSuchChain(chain, settings().chain_names)
