"""The API reference of the Spaces API and its events."""

from chalicelib.spaces.reference.hooks import HOOKS
from chalicelib.spaces.reference.resources import SPACES

__all__ = ["HOOKS", "SECTIONS"]

SECTIONS = (SPACES,)
