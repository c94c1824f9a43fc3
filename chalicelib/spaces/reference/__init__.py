"""What the API reference says of the Spaces API and its events."""

from chalicelib.spaces.reference.hooks import HOOKS
from chalicelib.spaces.reference.resources import SPACES
from chalicelib.spaces.reference.words import WORDS

__all__ = ["HOOKS", "SECTIONS", "WORDS"]

SECTIONS = (SPACES,)
